#pragma once

#include <cstdint>
#include <string>

namespace framespool::mjpeg {

/// The process that listens on TCP `port` of this machine, as "python3 (pid 123)"; "another program" when this user may
/// not see it. Reads /proc.
std::string PortOwner(std::uint16_t port);

}  // namespace framespool::mjpeg
