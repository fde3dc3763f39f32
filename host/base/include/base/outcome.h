#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include <framespool/problem.h>

namespace framespool::base {

/// Whose fault it is that a request was not carried out, or when it may be. host/rest makes an HTTP status of it.
enum class Reason {
  kInvalid,      // the request, or the config in it, is wrong
  kNotFound,     // what it names is not there
  kConflict,     // it does not go together with what is there
  kUnavailable,  // not now: the worker is stopping, the broker is away
  kFailed,       // this worker, or a plugin, could not do it
};

/// Why a request was not carried out, for people and for programs.
struct Refusal {
  Reason reason = Reason::kFailed;
  std::string message;
  std::vector<Problem> problems;  // what the message tells of, one by one; at least one
};

/// A value, or why there is none.
template <class T>
using Outcome = tl::expected<T, Refusal>;
using Refused = tl::unexpected<Refusal>;

/// For `return Refuse(…)`.
inline Refused Refuse(Reason reason, Problem problem) {
  std::string message = ToText(problem);
  return Refused(Refusal{.reason = reason, .message = std::move(message), .problems = {std::move(problem)}});
}
/// Because of all of them; at least one.
inline Refused RefuseAll(Reason reason, std::vector<Problem> problems) {
  std::string message = ToText(problems);
  return Refused(Refusal{.reason = reason, .message = std::move(message), .problems = std::move(problems)});
}
inline Refused Refuse(Reason reason, std::string message, std::vector<Problem> problems) {
  return Refused(Refusal{.reason = reason, .message = std::move(message), .problems = std::move(problems)});
}

/// Another's refusal, passed on.
template <class T>
Refused PassOn(Outcome<T>& outcome) {
  return Refused(std::move(outcome).error());
}
template <class T>
Refused PassOn(const Outcome<T>& outcome) {
  return Refused(outcome.error());
}

}  // namespace framespool::base
