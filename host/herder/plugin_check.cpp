#include "plugin_check.h"

#include <base/log.h>
#include <base/outcome.h>
#include <base/trace.h>

namespace framespool::herder {

namespace {

std::vector<FieldError> TooLarge(const plugins::Plugin& plugin, const RawConfig& config,
                                 const broker::RecordLimit& limit) {
  const auto sample = plugin.Sample(config);
  if (!sample || sample->bytes <= static_cast<std::size_t>(limit.bytes)) return {};
  const std::string advice = plugin.AdviceOnLargeRecords();
  return {{"topic", "takes no record of more than " + std::to_string(limit.bytes) + " bytes (" + limit.setting +
                        "), but " + sample->what + ", has " + std::to_string(sample->bytes) + "; raise that" +
                        (advice.empty() ? "" : ", " + advice)}};
}

std::vector<FieldError> Ask(const plugins::Plugin& plugin, const std::string& connector, const RawConfig& config,
                            const std::optional<broker::RecordLimit>& limit) {
  std::vector<FieldError> errors;
  for (const FieldResult& result : plugin.Validate(config)) {
    for (const std::string& error : result.errors) errors.push_back({result.name, error});
  }
  if (errors.empty()) errors = plugin.Check(config, connector);
  if (errors.empty() && limit) errors = TooLarge(plugin, config, *limit);
  return errors;
}

std::optional<std::string> AskOfOffsets(const plugins::Plugin& plugin, const runtime::ConnectorInfo& connector,
                                        const std::vector<OffsetEntry>& entries) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (!entries[i].offset) continue;  // as in Connect, anything may be reset
    if (const auto problem =
            plugin.CheckOffset(connector.config, connector.name, entries[i].partition, *entries[i].offset)) {
      return "offsets[" + std::to_string(i) + "]: " + *problem;
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
  base::DetachedCall<std::vector<FieldError>> asked(
      "check",
      [&plugins, &plugin, connector, config, limit] { return Ask(plugins.Open(plugin), connector, config, limit); },
      std::move(call));
  if (!asked.AwaitFor(timeout)) {
    return base::Refusal{
        500, plugin.class_name + " did not finish checking the config within " + std::to_string(timeout.count()) +
                 " ms; try again, or look for what it waits for (a file on a dead mount, a remote address)"};
  }
  try {
    for (FieldError& error : asked.Take()) {
      for (config::ConfigReport::Key& key : report.keys) {
        if (key.spec.name != error.field) continue;
        if (key.result.errors.empty()) ++report.error_count;
        key.result.errors.push_back(std::move(error.message));
      }
    }
    return report;
  } catch (...) {
    return base::Refusal{500, plugin.class_name + " could not check the config: " + base::DescribeCurrentException()};
  }
}

std::optional<base::Refusal> CheckOffsetsWithPlugin(plugins::PluginRegistry& plugins,
                                                    const plugins::PluginClass& plugin,
                                                    const runtime::ConnectorInfo& connector,
                                                    const std::vector<OffsetEntry>& entries,
                                                    std::chrono::milliseconds timeout, base::DetachedCalls::Call call) {
  base::DetachedCall<std::optional<std::string>> asked(
      "check",
      [&plugins, &plugin, connector, entries] { return AskOfOffsets(plugins.Open(plugin), connector, entries); },
      std::move(call));
  if (!asked.AwaitFor(timeout)) {
    return base::Refusal{500, plugin.class_name + " did not finish checking the offsets within " +
                                  std::to_string(timeout.count()) + " ms; try again"};
  }
  try {
    if (auto problem = asked.Take()) return base::Refusal{400, std::move(*problem)};
    return std::nullopt;
  } catch (const ConfigError& error) {
    return base::Refusal{400,
                         std::string("The connector's config must be put right before its offsets: ") + error.what()};
  } catch (...) {
    return base::Refusal{500, plugin.class_name + " could not check the offsets: " + base::DescribeCurrentException()};
  }
}

}  // namespace framespool::herder
