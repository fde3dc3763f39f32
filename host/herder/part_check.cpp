#include "part_check.h"

#include <algorithm>
#include <string>
#include <utility>
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
  bool may_look = true;  // its paths lead where it may read
  bool of_sink = false;
};

Problem Below(const std::string& prefix, Problem problem) {
  problem.field.insert(0, prefix);
  return problem;
}

std::vector<Problem> Ask(plugins::PluginRegistry& plugins, const std::vector<Asked>& parts) {
  std::vector<Problem> errors;
  for (const Asked& part : parts) {
    const plugins::Plugin plugin = plugins.Open(*part.plugin);
    std::vector<Problem> found;
    for (FieldResult& result : plugin.Validate(part.config)) {
      for (Problem& error : result.errors) found.push_back(std::move(error));
    }
    if (found.empty() && part.of_sink && plugin.Withholds(part.config)) {
      found.push_back({.field = "type",
                       .message = "must be a transform that holds no record back, on a sink, but " +
                                  part.plugin->class_name +
                                  " does, as it is configured; put it into the source of the topic",
                       .kind = kind::kNotAllowed,
                       .facts = {{"value", part.plugin->class_name}}});
    }
    if (found.empty() && part.may_look) found = plugin.Check(part.config, "");
    for (Problem& error : found) errors.push_back(Below(part.prefix, std::move(error)));
  }
  return errors;
}

void AddNew(config::ConfigReport& report, const Problem& error) {
  const auto known = report.problems();
  const bool is_known = std::any_of(known.begin(), known.end(), [&](const Problem& each) {
    return each.field == error.field && each.message == error.message;
  });
  if (!is_known) config::AddError(report, error);
}

}  // namespace

base::Outcome<void> CheckPartsWithPlugins(plugins::PluginRegistry& plugins, const config::Parts& parts, bool of_sink,
                                          const config::FileAccess& files, bool may_look, config::ConfigReport& report,
                                          std::chrono::milliseconds timeout, base::DetachedCalls::Call call) {
  std::vector<Asked> asked;
  for (const config::Part* part : parts.All()) {
    std::vector<Problem> paths = files.Problems(part->plugin->fields, part->config);
    asked.push_back({part->prefix, part->plugin, part->config, may_look && paths.empty(), of_sink});
    for (Problem& error : paths) config::AddError(report, Below(part->prefix, std::move(error)));
  }
  if (asked.empty()) return {};
  base::DetachedCall<std::vector<Problem>> check(
      "check", [&plugins, asked] { return Ask(plugins, asked); }, std::move(call));
  if (!check.AwaitFor(timeout)) {
    return base::Refuse(base::Reason::kFailed,
                        {.message = "a transform, predicate or converter did not finish checking its config within " +
                                    std::to_string(timeout.count()) + " ms; try again",
                         .kind = "plugin-timeout",
                         .facts = {{"timeout_ms", std::int64_t{timeout.count()}}}});
  }
  try {
    for (const Problem& found : check.Take()) {
      if (found.is_warning)
        report.warnings.push_back({found.field, found.message, std::nullopt});
      else
        AddNew(report, found);
    }
    return {};
  } catch (...) {
    return base::Refuse(
        base::Reason::kFailed,
        "a transform, predicate or converter could not check its config: " + base::DescribeCurrentException(),
        base::ProblemsOfCurrentException());
  }
}

}  // namespace framespool::herder
