#include "plugin_check.h"

#include <algorithm>

#include <base/log.h>
#include <base/outcome.h>
#include <base/trace.h>
#include <config/connector_config.h>

namespace framespool::herder {

namespace {

constexpr ProblemKind kPluginTimeout = "plugin-timeout";

std::vector<Problem> TooLarge(const plugins::Plugin& plugin, const RawConfig& config,
                              const broker::RecordLimit& limit) {
  const auto sample = plugin.Sample(config);
  if (!sample || sample->bytes <= static_cast<std::size_t>(limit.bytes)) return {};
  const std::string advice = plugin.AdviceOnLargeRecords();
  Problem problem{.field = "topic",
                  .message = "takes no record of more than " + std::to_string(limit.bytes) + " bytes (" +
                             limit.setting + "), but " + sample->what + ", has " + std::to_string(sample->bytes) +
                             "; raise that" + (advice.empty() ? "" : ", " + advice),
                  .kind = kind::kRecordTooLarge,
                  .facts = {{"bytes", static_cast<std::int64_t>(sample->bytes)}, {"max_bytes", limit.bytes}}};
  if (const std::string keys = plugin.SmallerBy(); !keys.empty()) problem.facts["smaller_by"] = keys;
  return {std::move(problem)};
}

std::vector<Problem> Ask(const plugins::Plugin& plugin, const std::string& connector, const RawConfig& config,
                         const std::optional<broker::RecordLimit>& limit) {
  std::vector<Problem> errors;
  for (FieldResult& result : plugin.Validate(config)) {
    for (Problem& error : result.errors) errors.push_back(std::move(error));
  }
  if (errors.empty()) errors = plugin.Check(config, connector);
  const bool good = std::all_of(errors.begin(), errors.end(), [](const Problem& found) { return found.is_warning; });
  if (good && limit) {
    for (Problem& error : TooLarge(plugin, config, *limit)) errors.push_back(std::move(error));
  }
  return errors;
}

std::optional<Problem> AskOfOffsets(const plugins::Plugin& plugin, const runtime::ConnectorInfo& connector,
                                    const std::vector<OffsetEntry>& entries) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (!entries[i].offset) continue;  // as in Connect, anything may be reset
    if (auto problem = plugin.CheckOffset(connector.config, connector.name, entries[i].partition, *entries[i].offset)) {
      problem->message = "offsets[" + std::to_string(i) + "]: " + problem->message;
      return problem;
    }
  }
  return std::nullopt;
}

}  // namespace

base::Outcome<config::ConfigReport> CheckWithPlugin(plugins::PluginRegistry& plugins,
                                                    const plugins::PluginClass& plugin, const std::string& connector,
                                                    const RawConfig& config, config::ConfigReport report,
                                                    const std::optional<broker::RecordLimit>& limit,
                                                    std::chrono::milliseconds timeout, base::DetachedCalls::Call call) {
  base::DetachedCall<std::vector<Problem>> asked(
      "check",
      [&plugins, &plugin, connector, config, limit] { return Ask(plugins.Open(plugin), connector, config, limit); },
      std::move(call));
  if (!asked.AwaitFor(timeout)) {
    return base::Refuse(base::Reason::kFailed,
                        {.message = plugin.class_name + " did not finish checking the config within " +
                                    std::to_string(timeout.count()) +
                                    " ms; try again, or look for what it waits for (a file on a dead mount, a remote "
                                    "address)",
                         .kind = kPluginTimeout,
                         .facts = {{"timeout_ms", std::int64_t{timeout.count()}}}});
  }
  try {
    for (const Problem& found : base::Bounded(asked.Take())) {
      if (found.is_warning)
        report.warnings.push_back({found.field, found.message, std::nullopt});
      else
        config::AddError(report, found);
    }
    return report;
  } catch (...) {
    return base::Refuse(base::Reason::kFailed,
                        plugin.class_name + " could not check the config: " + base::DescribeCurrentException(),
                        base::ProblemsOfCurrentException());
  }
}

base::Outcome<void> CheckOffsetsWithPlugin(plugins::PluginRegistry& plugins, const plugins::PluginClass& plugin,
                                           const runtime::ConnectorInfo& connector,
                                           const std::vector<OffsetEntry>& entries, std::chrono::milliseconds timeout,
                                           base::DetachedCalls::Call call) {
  base::DetachedCall<std::optional<Problem>> asked(
      "check",
      [&plugins, &plugin, connector, entries] { return AskOfOffsets(plugins.Open(plugin), connector, entries); },
      std::move(call));
  if (!asked.AwaitFor(timeout)) {
    return base::Refuse(base::Reason::kFailed,
                        {.message = plugin.class_name + " did not finish checking the offsets within " +
                                    std::to_string(timeout.count()) + " ms; try again",
                         .kind = kPluginTimeout,
                         .facts = {{"timeout_ms", std::int64_t{timeout.count()}}}});
  }
  try {
    if (auto problem = asked.Take()) return base::Refuse(base::Reason::kInvalid, std::move(*problem));
    return {};
  } catch (const ConfigError& error) {
    return base::Refuse(
        base::Reason::kInvalid,
        std::string("The connector's config must be put right before its offsets: ") + base::WhatOf(error),
        base::Bounded(error.problems()));
  } catch (...) {
    return base::Refuse(base::Reason::kFailed,
                        plugin.class_name + " could not check the offsets: " + base::DescribeCurrentException(),
                        base::ProblemsOfCurrentException());
  }
}

}  // namespace framespool::herder
