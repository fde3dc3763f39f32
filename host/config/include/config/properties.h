#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <framespool/config_def.h>
#include <framespool/properties.h>

namespace framespool::config {

using framespool::ParseProperties;

/// A whole file. Throws ConfigError naming it when it cannot be read.
std::string ReadConfigFile(const std::filesystem::path& file);

struct NamedConfig {
  std::string name;
  RawConfig config;
};
/// Whether a .properties file is a worker's: one of a connector has connector.class or name, a worker's has neither.
/// Throws ConfigError as ReadConfigFile and ParseProperties do.
bool IsWorkerFile(const std::filesystem::path& file);
/// What is in a .json file ({"name","config"} or the flat config) or a .properties file, as connect-standalone takes
/// them, which is one connector; or in a .json file with a set of them by name, as the admin page saves it and
/// `PUT /connectors` takes it. Throws ConfigError naming the file.
std::vector<NamedConfig> LoadConnectorFile(const std::filesystem::path& file);

/// The known key most like `key`, or "" when none is near.
std::string Nearest(std::string_view key, const std::vector<std::string>& known);

}  // namespace framespool::config
