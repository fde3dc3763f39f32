#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include <framespool/transform.h>

namespace re2 {
class RE2;
}

namespace framespool::config_providers {

/// `${env:DOOR_PASSWORD}`: a variable of the environment that the worker was started with.
class EnvVarConfigProvider final : public ConfigProvider {
 public:
  struct Config {
    std::string allowlist_pattern = ".*";
  };
  static const ConfigDef<Config>& Describe();
  explicit EnvVarConfigProvider(const Config& config);
  ~EnvVarConfigProvider() override;
  std::map<std::string, std::string> Get(const std::string& path, const std::set<std::string>& keys) override;

 private:
  const std::unique_ptr<const re2::RE2> allowed_;
};

}  // namespace framespool::config_providers
