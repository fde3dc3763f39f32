#include "date_pattern.h"

#include <unicode/simpletz.h>
#include <unicode/smpdtfmt.h>

#include <framespool/errors.h>

namespace framespool::transforms {

namespace {

constexpr std::size_t kLongestDateFormat = 200;
constexpr std::string_view kLetters = "GyYMLwWDdFEaHkKhmsSzZX";

}  // namespace

std::optional<std::string> DatePattern::Problem(std::string_view pattern) {
  const auto bad = [&](const std::string& why) {
    return "must be a pattern of SimpleDateFormat, as in yyyy-MM-dd'T'HH:mm:ss.SSS, but " + why;
  };
  if (pattern.empty()) return bad("is empty");
  if (pattern.size() > kLongestDateFormat) return bad("has more than " + std::to_string(kLongestDateFormat) + " bytes");
  bool quoted = false;
  for (std::size_t at = 0; at < pattern.size();) {
    const char c = pattern[at];
    if (c == '\'') {
      quoted = !quoted;
      ++at;
      continue;
    }
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (quoted || !is_letter) {
      ++at;
      continue;
    }
    const auto end = std::min(pattern.find_first_not_of(c, at), pattern.size());
    if (kLetters.find(c) == std::string_view::npos) {
      return bad("has the letter " + std::string(1, c) + (c == 'u' ? ", which is not supported here; write E" : "") +
                 "; put text between apostrophes");
    }
    if (c == 'S' && end - at != 3) return bad("has a fraction of a second that is not SSS, milliseconds");
    if (c == 'X' && end - at > 3) return bad("has more than three X");
    at = end;
  }
  if (quoted) return bad("has an apostrophe without its second one");
  return std::nullopt;
}

class DatePattern::Icu {
 public:
  explicit Icu(const std::string& pattern)
      : format_(icu::UnicodeString::fromUTF8(pattern), icu::Locale("en", "US"), status_) {
    if (U_FAILURE(status_)) throw ConfigError("the date format cannot be used: " + std::string(u_errorName(status_)));
    format_.adoptTimeZone(icu::TimeZone::getGMT()->clone());
    // Java takes the 31st of February, but no other text than the pattern has.
    format_.setLenient(false);
    format_.setCalendarLenient(true);
  }
  std::string Format(std::int64_t milliseconds) {
    icu::UnicodeString text;
    format_.format(static_cast<UDate>(milliseconds), text);
    std::string utf8;
    return text.toUTF8String(utf8);
  }
  std::optional<std::int64_t> Parse(const std::string& text) {
    icu::ParsePosition position(0);
    const UDate date = format_.parse(icu::UnicodeString::fromUTF8(text), position);
    if (position.getErrorIndex() != -1 || position.getIndex() == 0) return std::nullopt;
    return static_cast<std::int64_t>(date);
  }

 private:
  UErrorCode status_ = U_ZERO_ERROR;
  icu::SimpleDateFormat format_;
};

DatePattern::DatePattern(const std::string& pattern) {
  if (const auto problem = Problem(pattern)) throw ConfigError("the date format " + *problem);
  icu_ = std::make_unique<Icu>(pattern);
}
DatePattern::~DatePattern() = default;

std::string DatePattern::Format(std::int64_t milliseconds) { return icu_->Format(milliseconds); }
std::optional<std::int64_t> DatePattern::Parse(const std::string& text) { return icu_->Parse(text); }

}  // namespace framespool::transforms
