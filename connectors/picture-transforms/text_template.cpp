#include "text_template.h"

#include <chrono>
#include <cstdio>
#include <ctime>
#include <stdexcept>
#include <utility>

namespace framespool::picture_transforms {
namespace {

constexpr std::string_view kConversions = "YmdHMSLyjabFTzZ%";

}  // namespace

std::optional<std::string> TimePattern::Problem(const std::string& pattern) {
  constexpr std::size_t kMost = 200;
  if (pattern.size() > kMost) return "must have at most " + std::to_string(kMost) + " characters";
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%') continue;
    ++i;
    if (i < pattern.size() && kConversions.find(pattern[i]) != std::string_view::npos) continue;
    return "must be a pattern for times, such as %Y-%m-%d %H:%M:%S, but is \"" + pattern +
           "\": behind % there must be one of " + std::string(kConversions);
  }
  return std::nullopt;
}

std::string TimePattern::Write(Timestamp time) const {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  const std::time_t at = std::chrono::system_clock::to_time_t(second);
  std::tm parts{};
  // Beyond the years that a calendar has: no text rather than a wrong one.
  if ((local ? localtime_r(&at, &parts) : gmtime_r(&at, &parts)) == nullptr) return "";
  char milliseconds[8];
  std::snprintf(milliseconds, sizeof milliseconds, "%03d", static_cast<int>((time - second).count()));
  std::string text;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%' || i + 1 == pattern.size()) {
      text += pattern[i];
      continue;
    }
    const char conversion = pattern[++i];
    if (conversion == 'L') {
      text += milliseconds;
      continue;
    }
    const char one[] = {'%', conversion, '\0'};
    char buffer[64];
    text.append(buffer, std::strftime(buffer, sizeof buffer, one, &parts));
  }
  return text;
}

std::optional<std::string> TextTemplate::Read(const std::string& text, std::vector<Piece>& pieces) {
  static const std::vector<std::pair<std::string_view, What>> kNames = {{"timestamp", What::kTimestamp},
                                                                        {"topic", What::kTopic},
                                                                        {"key", What::kKey},
                                                                        {"partition", What::kPartition},
                                                                        {"offset", What::kOffset}};
  constexpr std::string_view kHeader = "header:";
  std::size_t at = 0;
  for (std::size_t begin = 0; (begin = text.find("${", at)) != std::string::npos;) {
    const std::size_t end = text.find('}', begin);
    if (end == std::string::npos) return "has a ${ without a }: \"" + text.substr(begin, 40) + "\"";
    if (begin > at) pieces.push_back({What::kText, text.substr(at, begin - at)});
    const std::string name = text.substr(begin + 2, end - begin - 2);
    at = end + 1;
    if (name.starts_with(kHeader) && name.size() > kHeader.size()) {
      pieces.push_back({What::kHeader, name.substr(kHeader.size())});
      continue;
    }
    bool known = false;
    for (const auto& [word, what] : kNames) {
      if (word != name) continue;
      pieces.push_back({what, ""});
      known = true;
    }
    if (!known) {
      return "must have only ${timestamp}, ${topic}, ${key}, ${partition}, ${offset} and ${header:NAME}, but has ${" +
             name.substr(0, 40) + "}";
    }
  }
  if (at < text.size()) pieces.push_back({What::kText, text.substr(at)});
  return std::nullopt;
}

std::optional<std::string> TextTemplate::Problem(const std::string& text) {
  std::vector<Piece> pieces;
  return Read(text, pieces);
}

TextTemplate::TextTemplate(const std::string& text) {
  if (const auto problem = Read(text, pieces_)) throw std::invalid_argument("the text " + *problem);
}

std::string TextTemplate::Fill(const RecordRef& record, const TimePattern& time) const {
  std::string filled;
  for (const Piece& piece : pieces_) {
    switch (piece.what) {
      case What::kText: filled += piece.text; break;
      case What::kTimestamp: filled += time.Write(record.timestamp); break;
      case What::kTopic: filled += record.topic; break;
      case What::kKey:
        if (!record.key.is_null() && !record.key.data()) filled += record.key.text();
        break;
      case What::kPartition:
        if (record.partition) filled += std::to_string(*record.partition);
        break;
      case What::kOffset:
        if (record.offset) filled += std::to_string(*record.offset);
        break;
      case What::kHeader: filled += FindHeader(record.headers, piece.text).value_or(""); break;
    }
  }
  return filled;
}

}  // namespace framespool::picture_transforms
