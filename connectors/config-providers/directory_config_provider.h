#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include <framespool/transform.h>

#include "allowed_paths.h"

namespace framespool::config_providers {

/// `${directory:/run/secrets:password}`: what is in the file `password` of a folder, which is read at each call.
class DirectoryConfigProvider final : public ConfigProvider {
 public:
  struct Config {
    std::vector<std::string> allowed_paths;
  };
  static const ConfigDef<Config>& Describe();
  explicit DirectoryConfigProvider(Config config) : allowed_(std::move(config.allowed_paths)) {}
  std::map<std::string, std::string> Get(const std::string& path, const std::set<std::string>& keys) override;

 private:
  const AllowedPaths allowed_;
};

}  // namespace framespool::config_providers
