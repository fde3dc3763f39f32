#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <framespool/transform.h>

namespace framespool::picture_transforms {

/// A time as text: strftime()'s conversions, those that mean the same everywhere, and %L for milliseconds.
struct TimePattern {
  std::string pattern;
  bool local = false;  // the worker's own zone; else UTC

  /// What is wrong with a pattern, as a sentence behind its key; or nothing.
  static std::optional<std::string> Problem(const std::string& pattern);
  std::string Write(Timestamp time) const;
};

/// A text with places that each record fills: ${timestamp}, ${topic}, ${key}, ${partition}, ${offset}, ${header:NAME}.
class TextTemplate {
 public:
  /// Throws std::invalid_argument for what Problem() finds fault with.
  explicit TextTemplate(const std::string& text);
  static std::optional<std::string> Problem(const std::string& text);

  /// What a record does not have is empty.
  std::string Fill(const RecordRef& record, const TimePattern& time) const;

 private:
  enum class What { kText, kTimestamp, kTopic, kKey, kPartition, kOffset, kHeader };
  struct Piece {
    What what = What::kText;
    std::string text;  // or the header's name
  };
  static std::optional<std::string> Read(const std::string& text, std::vector<Piece>& pieces);

  std::vector<Piece> pieces_;
};

}  // namespace framespool::picture_transforms
