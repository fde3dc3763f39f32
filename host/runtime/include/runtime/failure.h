#pragma once

#include <string>
#include <vector>

#include <framespool/problem.h>

namespace framespool::runtime {

/// Why a task is FAILED.
struct Failure {
  std::string trace;
  std::vector<Problem> problems;  // the same for programs
  /// A restart does not mend it: its config is wrong, or a record that would only come again. What is around a task (a
  /// file that is not there yet, a port that another process has) may come right, whatever has thrown.
  bool is_lasting = false;
};

/// Of the exception under way, without a trace of where. Only within a catch.
Failure CurrentFailure();

}  // namespace framespool::runtime
