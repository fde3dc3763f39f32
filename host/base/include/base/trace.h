#pragma once

#include <cstddef>
#include <exception>
#include <string>
#include <vector>

#include <framespool/problem.h>

namespace framespool::base {

/// What a plugin throws and reports may be of any size; what is kept and shown of it is not.

/// error.what(), where it has one, and no more of it than anybody reads.
std::string WhatOf(const std::exception& error);
/// The same of problems, and no more of them.
std::vector<Problem> Bounded(std::vector<Problem> problems);

/// Cuts the text where it has more bytes than `most`, and says how many more there were.
void Cut(std::string& text, std::size_t most);

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
