#include "env_var_config_provider.h"

#include <re2/re2.h>

#include <cstdlib>
#include <optional>
#include <stdexcept>

namespace framespool::config_providers {

namespace {

constexpr std::size_t kLongestPattern = 1000;

/// Matching takes time linear in the name, whatever the pattern is.
std::unique_ptr<re2::RE2> Compiled(const std::string& pattern) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  return std::make_unique<re2::RE2>(pattern, options);
}

std::optional<Problem> PatternProblem(const EnvVarConfigProvider::Config& config) {
  if (config.allowlist_pattern.size() > kLongestPattern)
    return Problem{.message = "must be a pattern of at most " + std::to_string(kLongestPattern) + " characters"};
  const auto compiled = Compiled(config.allowlist_pattern);
  if (compiled->ok()) return std::nullopt;
  return Problem{.message = "must be a regular expression (RE2), but is \"" + config.allowlist_pattern +
                            "\": " + compiled->error()};
}

}  // namespace

const ConfigDef<EnvVarConfigProvider::Config>& EnvVarConfigProvider::Describe() {
  static const auto def = ConfigDef<Config>()
                              .Field("allowlist.pattern", &Config::allowlist_pattern,
                                     "A regular expression: only variables whose whole name it matches are read.")
                              .Group("Reading")
                              .DisplayName("Allowlist pattern")
                              .Rule("allowlist.pattern", PatternProblem);
  return def;
}

EnvVarConfigProvider::EnvVarConfigProvider(const Config& config) : allowed_(Compiled(config.allowlist_pattern)) {}

EnvVarConfigProvider::~EnvVarConfigProvider() = default;

std::map<std::string, std::string> EnvVarConfigProvider::Get(const std::string& path,
                                                             const std::set<std::string>& keys) {
  if (!path.empty())
    throw std::runtime_error("the environment has no paths: write only the variable's name behind the provider's");
  std::map<std::string, std::string> found;
  for (const std::string& key : keys) {
    if (!re2::RE2::FullMatch(key, *allowed_)) continue;
    // Nobody changes the worker's environment once it runs.
    if (const char* value = std::getenv(key.c_str())) found.emplace(key, value);
  }
  return found;
}

}  // namespace framespool::config_providers
