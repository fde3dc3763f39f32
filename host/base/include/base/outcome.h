#pragma once

#include <string>
#include <variant>

namespace framespool::base {

/// Why a request was not carried out: an HTTP status and a message for the caller.
struct Refusal {
  int code = 500;
  std::string message;
};

/// A value, or why there is none.
template <class T>
using Outcome = std::variant<T, Refusal>;
struct Done {};

}  // namespace framespool::base
