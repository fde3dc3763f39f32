#include "config/properties.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <numeric>
#include <vector>

#include <base/fields_json.h>
#include <base/numbers.h>
#include <nlohmann/json.hpp>

namespace framespool::config {

namespace {

constexpr std::string_view kBlank = " \t\f";

/// The next logical line: continuation lines joined, comments and blank lines left out.
bool NextLine(std::string_view& text, std::string& line) {
  line.clear();
  bool continued = false;
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of("\r\n"), text.size());
    std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    part.remove_prefix(std::min(part.find_first_not_of(kBlank), part.size()));
    if (!continued && (part.empty() || part[0] == '#' || part[0] == '!')) continue;
    const auto last = part.find_last_not_of('\\');
    const auto backslashes = part.size() - (last == std::string_view::npos ? 0 : last + 1);
    continued = backslashes % 2 == 1;
    line += part.substr(0, part.size() - (continued ? 1 : 0));
    if (!continued) return true;
  }
  return !line.empty();
}

void AppendUtf8(std::string& out, unsigned code) {
  const auto put = [&](unsigned byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | (code >> 6));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xe0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

std::string Unescape(std::string_view text) {
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
        const auto digits = text.substr(i + 1, 4);
        const auto code = base::ToInteger<unsigned>(digits, 16);
        if (code && digits.size() == 4) {
          AppendUtf8(out, *code);
          i += 4;
        } else {
          out += escaped;
        }
        break;
      }
      default: out += escaped;
    }
  }
  return out;
}

}  // namespace

RawConfig ParseProperties(std::string_view text) {
  RawConfig config;
  std::string line;
  while (NextLine(text, line)) {
    std::size_t key_end = 0;
    while (key_end < line.size() && std::string_view("=: \t\f").find(line[key_end]) == std::string_view::npos) {
      key_end += line[key_end] == '\\' ? 2 : 1;
    }
    key_end = std::min(key_end, line.size());
    auto value = std::min(line.find_first_not_of(kBlank, key_end), line.size());
    if (value < line.size() && (line[value] == '=' || line[value] == ':')) {
      value = std::min(line.find_first_not_of(kBlank, value + 1), line.size());
    }
    config[Unescape(std::string_view(line).substr(0, key_end))] = Unescape(std::string_view(line).substr(value));
  }
  return config;
}

std::string ReadConfigFile(const std::filesystem::path& file) {
  if (std::filesystem::is_directory(file)) {
    throw ConfigError(file.string() + ": is a directory; name a .properties or .json file");
  }
  std::ifstream stream(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream.is_open() || stream.bad()) throw ConfigError(file.string() + ": cannot read: " + std::strerror(errno));
  return text;
}

NamedConfig LoadConnectorFile(const std::filesystem::path& file) {
  const std::string text = ReadConfigFile(file);
  NamedConfig named;
  try {
    if (file.extension() == ".properties") {
      named.config = ParseProperties(text);
    } else {
      const auto json = nlohmann::json::parse(text);
      const bool wrapped = json.is_object() && json.contains("config");
      named.config = ConfigFromJson(wrapped ? json.at("config").dump() : text);
      if (wrapped && json.contains("name")) named.name = json.at("name").get<std::string>();
    }
  } catch (const std::exception& error) {
    throw ConfigError(file.string() + ": not a connector's config: " + error.what() +
                      "; wanted {\"name\": …, \"config\": {…}} or a flat object of keys and values");
  }
  if (named.name.empty()) named.name = named.config.contains("name") ? named.config.at("name") : "";
  if (named.name.empty()) throw ConfigError(file.string() + ": name: is required; add \"name\": \"…\"");
  return named;
}

std::string Nearest(std::string_view key, const std::vector<std::string>& known) {
  // "port" for http.port, "HTTP.PORT" for it.
  const auto lower = [](std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
  };
  for (const std::string& candidate : known) {
    if (lower(candidate) == lower(key)) return candidate;
  }
  for (const std::string& candidate : known) {
    const std::string_view end(candidate);
    const auto last = lower(key);
    if (end.size() > last.size() && end.ends_with(last) && end[end.size() - last.size() - 1] == '.') return candidate;
  }
  std::string nearest;
  std::size_t least = std::max<std::size_t>(2, key.size() / 3) + 1;
  for (const std::string& candidate : known) {
    // Levenshtein distance, one row at a time.
    std::vector<std::size_t> row(candidate.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < key.size(); ++i) {
      std::size_t diagonal = std::exchange(row[0], i + 1);
      for (std::size_t j = 0; j < candidate.size(); ++j) {
        const std::size_t replaced = diagonal + (key[i] == candidate[j] ? 0 : 1);
        diagonal = row[j + 1];
        row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
      }
    }
    if (row.back() < least) {
      least = row.back();
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace framespool::config
