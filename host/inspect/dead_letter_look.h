#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include <broker/broker.h>
#include <inspect/inspection.h>

namespace framespool::inspect {

/// How far a look at a dead letter topic goes, and what it keeps of it.
struct LookLimits {
  std::int64_t records = 10'000;
  std::chrono::milliseconds time{3000};
  std::size_t reasons = 50;
  std::size_t letters = 200;
  std::size_t letters_of_a_reason = 20;
  std::size_t whole_value = 256 << 10;  // bytes of a value that is kept whole, as long as there is room for it
  std::size_t room_for_values = 4 << 20;
  std::size_t beginning = 1 << 10;  // bytes of one that is not
};

/// Reads the newest records of `topic` and tells which are `connector`'s and why they are there. A topic that there is
/// not is told as that, and not made. Waits for the broker; throws what that throws.
DeadLetterReport LookAtDeadLetters(broker::Broker& broker, const std::string& topic, const std::string& connector,
                                   const LookLimits& limits);

}  // namespace framespool::inspect
