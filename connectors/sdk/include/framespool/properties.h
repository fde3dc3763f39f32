#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <system_error>

/// Java's .properties format, as a worker's and a connector's config and the files of a config provider are written.
namespace framespool {

namespace detail {

inline constexpr std::string_view kBlankInProperties = " \t\f";

/// The next logical line: continuation lines joined, comments and blank lines left out.
inline bool NextPropertiesLine(std::string_view& text, std::string& line) {
  line.clear();
  bool continued = false;
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of("\r\n"), text.size());
    std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    part.remove_prefix(std::min(part.find_first_not_of(kBlankInProperties), part.size()));
    if (!continued && (part.empty() || part[0] == '#' || part[0] == '!')) continue;
    const auto last = part.find_last_not_of('\\');
    const auto backslashes = part.size() - (last == std::string_view::npos ? 0 : last + 1);
    continued = backslashes % 2 == 1;
    line += part.substr(0, part.size() - (continued ? 1 : 0));
    if (!continued) return true;
  }
  return !line.empty();
}

/// Half a character, whose other half is missing, becomes the sign for what cannot be read.
inline void AppendUtf8(std::string& out, std::uint32_t code) {
  if (code >= 0xd800 && code < 0xe000) code = 0xfffd;
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xc0 | (code >> 6));
  } else {
    if (code < 0x10000) {
      put(0xe0 | (code >> 12));
    } else {
      put(0xf0 | (code >> 18));
      put(0x80 | ((code >> 12) & 0x3f));
    }
    put(0x80 | ((code >> 6) & 0x3f));
  }
  put(0x80 | (code & 0x3f));
}

/// The four hexadecimal digits at the start of `text`; whether there are.
inline bool ReadHex(std::string_view text, std::uint32_t& code) {
  const auto digits = text.substr(0, 4);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
  return digits.size() == 4 && error == std::errc{} && end == digits.data() + 4;
}

inline std::string UnescapeProperties(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    switch (const char escaped = text[++i]) {
      case 'n': out += '\n'; break;
      case 't': out += '\t'; break;
      case 'r': out += '\r'; break;
      case 'f': out += '\f'; break;
      case 'u': {
        std::uint32_t code = 0;
        std::uint32_t low = 0;
        if (!ReadHex(text.substr(i + 1), code)) {
          out += escaped;
          break;
        }
        i += 4;
        // What Java writes as two halves is one character.
        const bool is_high = code >= 0xd800 && code < 0xdc00;
        if (is_high && text.substr(i + 1).starts_with("\\u") && ReadHex(text.substr(i + 3), low) && low >= 0xdc00 &&
            low < 0xe000) {
          code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
          i += 6;
        }
        AppendUtf8(out, code);
        break;
      }
      default: out += escaped;
    }
  }
  return out;
}

}  // namespace detail

/// Comments, continuation lines, `=`, `:` or blank between key and value, \n \t \uXXXX escapes. UTF-8, also with the
/// mark in front that editors on Windows write. Of a key that is there twice the last counts.
inline std::map<std::string, std::string> ParseProperties(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::map<std::string, std::string> values;
  std::string line;
  while (detail::NextPropertiesLine(text, line)) {
    std::size_t key_end = 0;
    while (key_end < line.size() && std::string_view("=: \t\f").find(line[key_end]) == std::string_view::npos) {
      key_end += line[key_end] == '\\' ? 2 : 1;
    }
    key_end = std::min(key_end, line.size());
    auto value = std::min(line.find_first_not_of(detail::kBlankInProperties, key_end), line.size());
    if (value < line.size() && (line[value] == '=' || line[value] == ':')) {
      value = std::min(line.find_first_not_of(detail::kBlankInProperties, value + 1), line.size());
    }
    values[detail::UnescapeProperties(std::string_view(line).substr(0, key_end))] =
        detail::UnescapeProperties(std::string_view(line).substr(value));
  }
  return values;
}

}  // namespace framespool
