#pragma once

#include <framespool/config_def.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// Examples in pages of the docs, as tests run them.
namespace framespool::fakes {

using PageJson = nlohmann::ordered_json;

/// Throws where there is no such page.
inline std::string PageText(const std::filesystem::path& page) {
  std::ifstream file(page);
  if (!file) throw std::runtime_error("there is no page " + page.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

/// What stands between ```KIND and ```, in order.
inline std::vector<std::string> BlocksOf(std::string_view page, std::string_view kind) {
  std::vector<std::string> blocks;
  const std::string fence = "```" + std::string(kind) + "\n";
  for (std::size_t at = 0; (at = page.find(fence, at)) != std::string_view::npos;) {
    const auto begin = at + fence.size();
    at = page.find("```", begin);
    blocks.emplace_back(page.substr(begin, at - begin));
    at = at == std::string_view::npos ? at : at + 3;
  }
  return blocks;
}

inline RawConfig ConfigOf(const PageJson& json) {
  RawConfig config;
  for (const auto& [key, value] : json.items()) config[key] = value.get<std::string>();
  return config;
}

/// One plugin of a connector's config, and what the page shows of it.
struct PageExample {
  std::string type;  // as the page writes it: "org.apache.kafka.connect.transforms.Cast$Value"
  RawConfig config;  // its own keys
  PageJson json;     // all of the example: "before", "after" …
};

/// `json` holds a "config" whose list (transforms or predicates) names one alias, with that one's keys and no others.
inline PageExample PageExampleOf(PageJson json) {
  const RawConfig all = ConfigOf(json.at("config"));
  const std::string list = all.contains("predicates") ? "predicates" : "transforms";
  const std::string prefix = list + "." + all.at(list) + ".";
  PageExample example{.type = all.at(prefix + "type"), .config = {}, .json = std::move(json)};
  for (const auto& [key, value] : all) {
    if (key == list || key == prefix + "type") continue;
    if (!key.starts_with(prefix)) throw std::runtime_error(key + " is no key of " + prefix);
    example.config[key.substr(prefix.size())] = value;
  }
  return example;
}

/// Of `page`, each of whose JSON blocks is one.
inline std::vector<PageExample> PageExamplesIn(const std::filesystem::path& page) {
  std::vector<PageExample> examples;
  for (const std::string& block : BlocksOf(PageText(page), "json"))
    examples.push_back(PageExampleOf(PageJson::parse(block)));
  return examples;
}

}  // namespace framespool::fakes
