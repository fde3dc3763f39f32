#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace framespool::transforms {

/// A pattern of Java's SimpleDateFormat, in UTC and English. ICU does the work; what ICU means otherwise by the same
/// letter (u, and S other than SSS) is refused. One thread at a time.
class DatePattern {
 public:
  /// What is wrong with `pattern`, as a sentence, or nothing.
  static std::optional<std::string> Problem(std::string_view pattern);

  /// Throws ConfigError for what Problem() refuses.
  explicit DatePattern(const std::string& pattern);
  ~DatePattern();

  std::string Format(std::int64_t milliseconds);
  /// From the beginning of `text`, as Java does; nothing when it does not fit.
  std::optional<std::int64_t> Parse(const std::string& text);

 private:
  class Icu;
  std::unique_ptr<Icu> icu_;
};

}  // namespace framespool::transforms
