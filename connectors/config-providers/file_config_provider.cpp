#include "file_config_provider.h"

#include <framespool/properties.h>

#include "text_file.h"

namespace framespool::config_providers {

const ConfigDef<FileConfigProvider::Config>& FileConfigProvider::Describe() {
  static const auto def =
      ConfigDef<Config>()
          .Field("allowed.paths", &Config::allowed_paths,
                 "Files and folders, absolute, comma-separated: only what lies below them is read. Empty: whatever the "
                 "worker's user may read.")
          .Group("Reading")
          .DisplayName("Allowed paths")
          .Rule("allowed.paths", [](const Config& config) { return AllowedPaths::ProblemOf(config.allowed_paths); });
  return def;
}

std::map<std::string, std::string> FileConfigProvider::Get(const std::string& path, const std::set<std::string>& keys) {
  std::map<std::string, std::string> found;
  for (auto& [key, value] : ParseProperties(ReadTextFile(allowed_.Require(path)))) {
    if (keys.contains(key)) found.emplace(key, std::move(value));
  }
  return found;
}

}  // namespace framespool::config_providers
