#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <framespool/fields.h>
#include <framespool/problem.h>

namespace framespool::base {

/// Values that nobody may read who reads a message, and how a text is written without them. A value stands in a text as
/// it is, escaped, or in pieces, since what is long is cut where it is quoted: of a value of 8 and more bytes each run
/// of 8 is hidden. One of less than 4 is hidden where it stands by itself, or every "1" would go. Immutable, cheap to
/// copy; any thread.
class Secrets {
 public:
  static constexpr std::string_view kHidden = "[hidden]";

  Secrets() = default;
  explicit Secrets(const std::set<std::string>& values);

  bool empty() const noexcept { return known_ == nullptr; }
  /// These and those.
  Secrets With(const Secrets& others) const;

  /// `text` with [hidden] in the place of each value.
  std::string Hidden(std::string_view text) const;
  /// Only of values of 8 and more bytes, and only where one stands whole: for texts that these values are not about.
  std::string HiddenWhole(std::string_view text) const;
  /// The message and the facts; a number that is a value of at least 4 digits is hidden as well.
  Problem Hidden(Problem problem) const;
  std::vector<Problem> Hidden(std::vector<Problem> problems) const;
  Fields Hidden(Fields fields) const;

 private:
  struct Known;
  std::shared_ptr<const Known> known_;
};

/// As long as what is returned lives, lines of the log do not show `secrets`: those of `owner`'s loggers ("camera",
/// "camera|task-0"; "root" has all) none of them, others no long one that stands whole. Any thread.
std::shared_ptr<const void> HideInLog(std::string owner, Secrets secrets);

/// For the log itself: a line, and what it says for programs, as it may be shown.
std::string WithoutSecrets(std::string_view logger, std::string_view message);
std::vector<Problem> WithoutSecrets(std::string_view logger, std::vector<Problem> problems);

}  // namespace framespool::base
