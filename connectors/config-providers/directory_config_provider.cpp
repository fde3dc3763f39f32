#include "directory_config_provider.h"

#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "text_file.h"

namespace framespool::config_providers {

const ConfigDef<DirectoryConfigProvider::Config>& DirectoryConfigProvider::Describe() {
  static const auto def =
      ConfigDef<Config>()
          .Field("allowed.paths", &Config::allowed_paths,
                 "Folders, absolute, comma-separated: only what lies below them is read. Empty: whatever the worker's "
                 "user may read.")
          .Group("Reading")
          .DisplayName("Allowed paths")
          .Rule("allowed.paths", [](const Config& config) { return AllowedPaths::ProblemOf(config.allowed_paths); });
  return def;
}

std::map<std::string, std::string> DirectoryConfigProvider::Get(const std::string& path,
                                                                const std::set<std::string>& keys) {
  namespace fs = std::filesystem;
  const fs::path folder = allowed_.Require(path);
  std::error_code error;
  if (!fs::is_directory(folder, error))
    throw std::runtime_error(path + " is no folder that can be read" + (error ? ": " + error.message() : "") +
                             "; name the folder, and a file of it as the key");
  std::map<std::string, std::string> found;
  for (const std::string& key : keys) {
    if (key.empty() || key == "." || key == ".." || key.find('/') != std::string::npos) continue;
    const fs::path file = folder / key;
    if (!fs::is_regular_file(file, error)) continue;
    // A link in the folder may lead anywhere.
    std::string text = ReadTextFile(allowed_.Require(file.string()));
    // An editor, and echo, end a file with a line break that nobody means.
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
    found.emplace(key, std::move(text));
  }
  return found;
}

}  // namespace framespool::config_providers
