#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "framespool/problem.h"

#define FRAMESPOOL_EXPORT __attribute__((visibility("default")))

namespace framespool {

/// An exception that says what is wrong to programs as well: the status of a task that it ends shows its problems.
/// what() is for people and the log.
class FRAMESPOOL_EXPORT Error : public std::runtime_error {
 public:
  explicit Error(Problem problem) : Error(std::vector<Problem>{std::move(problem)}) {}
  explicit Error(std::vector<Problem> problems)
      : Error(std::make_shared<const std::vector<Problem>>(std::move(problems))) {}

  /// With words of its own for what(): more than one line, or where the problems are from.
  Error(const std::string& what, std::vector<Problem> problems)
      : std::runtime_error(what), problems_(std::make_shared<const std::vector<Problem>>(std::move(problems))) {}

  /// In the order of what().
  const std::vector<Problem>& problems() const noexcept { return *problems_; }

 private:
  explicit Error(std::shared_ptr<const std::vector<Problem>> problems)
      : std::runtime_error(ToText(*problems)), problems_(std::move(problems)) {}

  std::shared_ptr<const std::vector<Problem>> problems_;  // an exception's copies must not throw
};

/// The configuration cannot work. At create time the REST API refuses it; a running task goes to FAILED. A problem
/// names the key as its field; its message says what was wanted, what was found and what to do.
class FRAMESPOOL_EXPORT ConfigError : public Error {
 public:
  using Error::Error;
  explicit ConfigError(const std::string& message) : Error(Problem{.message = message, .kind = kind::kInvalidConfig}) {}
};

/// The same call may succeed later. The worker makes the same call again after a back-off (errors.retry.*).
/// Any other exception that leaves a connector puts its task in FAILED.
class FRAMESPOOL_EXPORT RetriableError : public Error {
 public:
  using Error::Error;
  explicit RetriableError(const std::string& message) : Error(Problem{.message = message, .kind = kind::kRetriable}) {}
};

}  // namespace framespool
