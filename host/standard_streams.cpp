#include "standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>

namespace framespool {

void TakeStandardStreams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(stream, F_GETFD) >= 0 || errno != EBADF) continue;
    // It gets the least number that is free, and those below are taken.
    if (open("/dev/null", stream == STDOUT_FILENO ? O_RDONLY : O_RDWR) < 0) return;
  }
}

int AfterPrinting(int code) {
  std::cout.flush();
  if (std::cout) return code;
  std::cerr
      << "framespool: standard output cannot be written to; look whether its disk is full, or who reads it is gone\n";
  return code == 0 ? 1 : code;
}

}  // namespace framespool
