#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "framespool/fields.h"

namespace framespool {

/// What programs go by: a stable word in kebab-case, written out in the code, "disk-full". Who shows a problem chooses
/// words and a way out by its kind and its facts, never by its message. A connector may have kinds of its own.
class ProblemKind {
 public:
  template <std::size_t N>
  consteval ProblemKind(const char (&text)[N]) : text_(text, N - 1) {  // NOLINT(google-explicit-constructor)
    for (const char c : text_) {
      if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) throw "a kind is a word in kebab-case";
    }
    if (text_.empty()) throw "a kind is a word in kebab-case";
  }

  /// Valid as long as the process: libraries are never unloaded.
  constexpr std::string_view text() const noexcept { return text_; }
  friend constexpr bool operator==(const ProblemKind&, const ProblemKind&) = default;

 private:
  std::string_view text_;
};

/// One thing that is wrong, for programs and for people.
struct Problem {
  std::string field = {};  // the config key that it is about; empty: none
  std::string message =
      {};  // what was wanted, what was found, what to do; where there is a field, without its name in front
  ProblemKind kind = "invalid-value";
  Fields facts = {};        // the numbers and names that the message speaks of: {"port", 5000}; never a secret
  bool is_warning = false;  // of a check: worth saying, and no reason to refuse

  friend bool operator==(const Problem&, const Problem&) = default;
};

/// The kinds that the worker, or the admin page, does something about; schemas/openapi.yaml says what each one means
/// and which facts it has.
namespace kind {
// Of a value of a config key.
inline constexpr ProblemKind kInvalidValue = "invalid-value";
inline constexpr ProblemKind kRequired = "required";
inline constexpr ProblemKind kWrongType = "wrong-type";
inline constexpr ProblemKind kOutOfRange = "out-of-range";
inline constexpr ProblemKind kNotAllowed = "not-allowed";
inline constexpr ProblemKind kInvalidConfig = "invalid-config";
inline constexpr ProblemKind kFileNotFound = "file-not-found";
inline constexpr ProblemKind kFileUnreadable = "file-unreadable";
inline constexpr ProblemKind kFileUnusable = "file-unusable";
inline constexpr ProblemKind kCheckUnfinished = "check-unfinished";
inline constexpr ProblemKind kPortInUse = "port-in-use";
inline constexpr ProblemKind kPathInUse = "path-in-use";
// Of records, and of what is around a task.
inline constexpr ProblemKind kRecordTooLarge = "record-too-large";
inline constexpr ProblemKind kRecordRejected = "record-rejected";
inline constexpr ProblemKind kRecordRefused = "record-refused";
inline constexpr ProblemKind kDiskFull = "disk-full";
inline constexpr ProblemKind kNoFileDescriptors = "no-file-descriptors";
inline constexpr ProblemKind kBrokerUnreachable = "broker-unreachable";
inline constexpr ProblemKind kBrokerRefused = "broker-refused";
inline constexpr ProblemKind kRetriable = "retriable";
inline constexpr ProblemKind kUnexpected = "unexpected-error";
}  // namespace kind

/// As one sentence: the field, where there is one, and what is wrong with it.
inline std::string ToText(const Problem& problem) {
  return problem.field.empty() ? problem.message : problem.field + " " + problem.message;
}
/// Several in one line.
inline std::string ToText(const std::vector<Problem>& problems) {
  std::string text;
  for (const Problem& problem : problems) text.append(text.empty() ? "" : "; ").append(ToText(problem));
  return text;
}

}  // namespace framespool
