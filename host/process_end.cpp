#include "process_end.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <base/crash_recorder.h>

namespace framespool {

void EndProcess(int status) {
  while (true) syscall(SYS_exit_group, status);
}

}  // namespace framespool

#ifdef FRAMESPOOL_REPLACES_LIBC
// Who ends the process past all handlers ends everybody's connectors, and libraries of C do that where something is
// wrong. So this program has an _exit() of its own, before that of the C library for everybody who is loaded with it or
// into it. Sanitizers have one as well: with them there is none here.

extern "C" __attribute__((visibility("default"))) void _exit(int status) {
  framespool::base::NoteProcessExit("_exit()");
  framespool::EndProcess(status);
}

extern "C" __attribute__((visibility("default"))) void _Exit(int status) noexcept { _exit(status); }
#endif
