#pragma once

#include <string>

#include <framespool/problem.h>
#include <framespool/record.h>

namespace framespool::base {

/// A problem of the worker itself that an operator should see to. It is listed as long as it lasts; what was lost stays
/// until the worker ends, or until retention drops what is around it.
struct StandingProblem {
  std::string subject;  // what it is about: "topic frames"
  ProblemKind kind;     // data-lost, set-aside, topic-refused, sync-failed, disk-full …
  std::string message;  // what was found and what to do
  Timestamp since = {};
  bool blocks_storing = false;  // while it lasts, records cannot be stored
};

}  // namespace framespool::base
