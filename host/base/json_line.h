#pragma once

#include <span>
#include <string>
#include <string_view>

#include <base/log.h>
#include <framespool/problem.h>

namespace framespool::log {

/// Whose a line is: of a task's logger ("camera|task-0") the connector and the task.
struct Owner {
  std::string_view connector;  // empty: nobody's
  int task = -1;               // -1: of the connector's, and of no task
};
Owner OwnerOf(std::string_view logger);

/// A line of the log as one JSON object (RFC 8259) in ASCII, without a line feed: `time` (RFC 3339 in UTC, to the
/// millisecond), `level`, `logger`, `thread`, `message`; `connector` and `task` where it has an owner; `problems`, each
/// with kind, field, message and facts as REST's errors have them, where there are some. Texts are as they were given;
/// bytes that are no UTF-8 are replaced.
struct JsonParts {
  Timestamp time;
  std::string_view level;
  std::string_view logger;
  Owner owner;
  std::string_view thread;
  std::string_view message;
};
std::string JsonLine(const JsonParts& line, std::span<const Problem> problems);

}  // namespace framespool::log
