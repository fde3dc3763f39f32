#include "part_check.h"

#include <algorithm>
#include <string>
#include <vector>

#include <base/trace.h>
#include <config/connector_config.h>

namespace framespool::herder {

namespace {

/// A copy of what the check needs: it may outlive the request.
struct Asked {
  std::string prefix;
  const plugins::PluginClass* plugin;
  RawConfig config;
};

std::vector<FieldError> Ask(plugins::PluginRegistry& plugins, const std::vector<Asked>& parts) {
  std::vector<FieldError> errors;
  for (const Asked& part : parts) {
    for (const FieldResult& result : plugins.Open(*part.plugin).Validate(part.config)) {
      for (const std::string& error : result.errors) errors.push_back({part.prefix + result.name, error});
    }
  }
  return errors;
}

void AddNew(config::ConfigReport& report, const FieldError& error) {
  const bool known = std::any_of(report.keys.begin(), report.keys.end(), [&](const config::ConfigReport::Key& key) {
    const auto& errors = key.result.errors;
    return key.spec.name == error.field && std::find(errors.begin(), errors.end(), error.message) != errors.end();
  });
  if (!known) config::AddError(report, error);
}

}  // namespace

std::optional<base::Refusal> CheckPartsWithPlugins(plugins::PluginRegistry& plugins, const config::Parts& parts,
                                                   const config::FileAccess& files, config::ConfigReport& report,
                                                   std::chrono::milliseconds timeout, base::DetachedCalls::Call call) {
  std::vector<Asked> asked;
  for (const config::Part* part : parts.All()) {
    for (const FieldError& error : files.Problems(part->plugin->fields, part->config))
      config::AddError(report, {part->prefix + error.field, error.message});
    asked.push_back({part->prefix, part->plugin, part->config});
  }
  if (asked.empty()) return std::nullopt;
  base::DetachedCall<std::vector<FieldError>> check(
      "check", [&plugins, asked] { return Ask(plugins, asked); }, std::move(call));
  if (!check.AwaitFor(timeout)) {
    return base::Refusal{500, "a transform, predicate or converter did not finish checking its config within " +
                                  std::to_string(timeout.count()) + " ms; try again"};
  }
  try {
    for (const FieldError& error : check.Take()) AddNew(report, error);
    return std::nullopt;
  } catch (...) {
    return base::Refusal{
        500, "a transform, predicate or converter could not check its config: " + base::DescribeCurrentException()};
  }
}

}  // namespace framespool::herder
