#pragma once

namespace framespool {

/// Ends this process at once, without a handler or a destructor of anybody: threads of plugins may still be at work.
[[noreturn]] void EndProcess(int status);

}  // namespace framespool
