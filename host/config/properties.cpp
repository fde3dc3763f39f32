#include "config/properties.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <numeric>
#include <system_error>
#include <utility>
#include <vector>

#include <base/escape.h>
#include <base/fields_json.h>
#include <nlohmann/json.hpp>

namespace framespool::config {

std::string ReadConfigFile(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) {
    throw ConfigError(file.string() + ": is a directory; name a .properties or .json file");
  }
  std::ifstream stream(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream.is_open() || stream.bad()) throw ConfigError(file.string() + ": cannot read: " + std::strerror(errno));
  return text;
}

bool IsWorkerFile(const std::filesystem::path& file) {
  if (file.extension() != ".properties") return false;
  const RawConfig config = ParseProperties(ReadConfigFile(file));
  return !config.contains("connector.class") && !config.contains("name");
}

namespace {

/// {"a": {…}, "b": {…}}, as PUT /connectors takes it. A "config" alone is one connector's, whose name is in it.
bool IsSet(const nlohmann::json& json) {
  return json.is_object() && !json.empty() && !(json.size() == 1 && json.contains("config")) &&
         std::ranges::all_of(json, [](const nlohmann::json& value) { return value.is_object(); });
}

std::vector<NamedConfig> ConnectorsOf(const nlohmann::json& json) {
  std::vector<NamedConfig> connectors;
  if (IsSet(json)) {
    for (const auto& [name, config] : json.items()) connectors.push_back({name, ConfigFromJson(config.dump())});
    return connectors;
  }
  const bool wrapped = json.is_object() && json.contains("config");
  connectors.push_back({"", ConfigFromJson((wrapped ? json.at("config") : json).dump())});
  if (wrapped && json.contains("name")) connectors.back().name = json.at("name").get<std::string>();
  return connectors;
}

}  // namespace

std::vector<NamedConfig> LoadConnectorFile(const std::filesystem::path& file) {
  const std::string text = ReadConfigFile(file);
  std::vector<NamedConfig> connectors;
  try {
    if (file.extension() == ".properties")
      connectors.push_back({"", ParseProperties(text)});
    else
      connectors = ConnectorsOf(nlohmann::json::parse(text));
  } catch (const std::exception& error) {
    throw ConfigError(file.string() + ": not a connector's config: " + error.what() +
                      "; wanted {\"name\": …, \"config\": {…}}, a flat object of keys and values, or a set of "
                      "connectors, {\"NAME\": {…}, …}");
  }
  for (NamedConfig& named : connectors) {
    for (const auto& [key, value] : named.config) {
      if (log::IsUtf8(key) && log::IsUtf8(value)) continue;
      throw ConfigError(file.string() + ": " + log::Escaped(key) + ": is no UTF-8: \"" + log::Escaped(value) +
                        "\"; save the file as UTF-8");
    }
    if (named.name.empty()) named.name = named.config.contains("name") ? named.config.at("name") : "";
    if (named.name.empty()) throw ConfigError(file.string() + ": name: is required; add \"name\": \"…\"");
  }
  return connectors;
}

namespace {

/// How long the words are that both begin with, "transforms.a." of transforms.a.field and transforms.a.feild.
std::size_t CommonWords(std::string_view one, std::string_view other) {
  std::size_t common = 0;
  for (std::size_t i = 0; i < std::min(one.size(), other.size()) && one[i] == other[i]; ++i) {
    if (one[i] == '.') common = i + 1;
  }
  return common;
}

/// Levenshtein's, one row at a time.
std::size_t Distance(std::string_view one, std::string_view other) {
  std::vector<std::size_t> row(other.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < one.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < other.size(); ++j) {
      const std::size_t replaced = diagonal + (one[i] == other[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

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
  std::size_t least = std::numeric_limits<std::size_t>::max();
  for (const std::string& candidate : known) {
    // What both have in front is no slip, however long it is.
    const std::size_t common = CommonWords(key, candidate);
    const std::string_view wrong = key.substr(common), right = std::string_view(candidate).substr(common);
    const std::size_t distance = Distance(wrong, right);
    const std::size_t most = std::max(std::min<std::size_t>(2, wrong.size() - 1), wrong.size() / 3);
    if (!wrong.empty() && distance <= most && distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace framespool::config
