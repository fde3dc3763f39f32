#pragma once

#include <string>
#include <vector>

#include <framespool/problem.h>

namespace framespool::base {

/// "RuntimeError: message" of the exception under way, for a trace. Only within a catch.
std::string DescribeCurrentException();

/// The exception under way, for programs: "std::invalid_argument", and what it says. Only within a catch.
struct Caught {
  std::string class_name;
  std::string message;
};
Caught CurrentException();

/// What the exception under way says for programs: its own problems where it has some (framespool::Error). Only within
/// a catch; at least one.
std::vector<Problem> ProblemsOfCurrentException();

}  // namespace framespool::base
