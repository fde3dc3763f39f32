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
#include <nlohmann/json.hpp>

namespace framespool::config {

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
