#include "plugin_check.h"

#include <future>
#include <thread>

#include <log/log.h>

#include "task_runner.h"

namespace framespool::worker {

namespace {

std::vector<FieldError> TooLarge(const ConnectorEntry& entry, const RawConfig& config,
                                 const broker::RecordLimit& limit) {
  const auto sample = entry.sample(config);
  if (!sample || sample->bytes <= static_cast<std::size_t>(limit.bytes)) return {};
  return {{"topic", "takes no record of more than " + std::to_string(limit.bytes) + " bytes (" + limit.setting +
                        "), but " + sample->what + ", has " + std::to_string(sample->bytes) +
                        "; raise that, or make the frames smaller (width, format, jpeg.quality)"}};
}

std::vector<FieldError> Ask(const ConnectorEntry& entry, const std::string& connector, const RawConfig& config,
                            const std::optional<broker::RecordLimit>& limit) {
  std::vector<FieldError> errors;
  for (const FieldResult& result : entry.describe().Validate(config)) {
    for (const std::string& error : result.errors) errors.push_back({result.name, error});
  }
  if (errors.empty() && entry.check != nullptr) errors = entry.check(config, connector);
  if (errors.empty() && entry.sample != nullptr && limit) errors = TooLarge(entry, config, *limit);
  return errors;
}

/// What `ask` returns or throws, from a thread of its own. `call` lasts until it does.
template <class F>
auto OnItsOwn(DetachedCalls::Call call, F ask) -> std::future<decltype(ask())> {
  auto answer = std::make_shared<std::promise<decltype(ask())>>();
  auto future = answer->get_future();
  std::thread([answer, ask = std::move(ask), call = std::move(call)]() mutable {
    log::NameThread("check");
    try {
      auto value = ask();
      call.reset();
      answer->set_value(std::move(value));
    } catch (...) {
      call.reset();
      answer->set_exception(std::current_exception());
    }
  }).detach();
  return future;
}

std::optional<std::string> AskOfOffsets(const ConnectorEntry& entry, const ConnectorInfo& connector,
                                        const std::vector<OffsetEntry>& entries) {
  if (entry.check_offset == nullptr) return std::nullopt;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (!entries[i].offset) continue;  // as in Connect, anything may be reset
    if (const auto problem =
            entry.check_offset(connector.config, connector.name, entries[i].partition, *entries[i].offset)) {
      return "offsets[" + std::to_string(i) + "]: " + *problem;
    }
  }
  return std::nullopt;
}

}  // namespace

Outcome<ConfigReport> CheckWithPlugin(plugins::PluginRegistry& plugins, const plugins::PluginClass& plugin,
                                      const std::string& connector, const RawConfig& config, ConfigReport report,
                                      const std::optional<broker::RecordLimit>& limit,
                                      std::chrono::milliseconds timeout, DetachedCalls::Call call) {
  auto future = OnItsOwn(std::move(call), [&plugins, &plugin, connector, config, limit] {
    return Ask(plugins.Open(plugin), connector, config, limit);
  });
  if (future.wait_for(timeout) != std::future_status::ready) {
    return Refusal{500, plugin.class_name + " did not finish checking the config within " +
                            std::to_string(timeout.count()) +
                            " ms; try again, or look for what it waits for (a file on a dead mount, a remote address)"};
  }
  try {
    for (FieldError& error : future.get()) {
      for (ConfigReport::Key& key : report.keys) {
        if (key.spec.name != error.field) continue;
        if (key.result.errors.empty()) ++report.error_count;
        key.result.errors.push_back(std::move(error.message));
      }
    }
    return report;
  } catch (...) {
    return Refusal{500, plugin.class_name + " could not check the config: " + DescribeCurrentException()};
  }
}

std::optional<Refusal> CheckOffsetsWithPlugin(plugins::PluginRegistry& plugins, const plugins::PluginClass& plugin,
                                              const ConnectorInfo& connector, const std::vector<OffsetEntry>& entries,
                                              std::chrono::milliseconds timeout, DetachedCalls::Call call) {
  auto future = OnItsOwn(std::move(call), [&plugins, &plugin, connector, entries] {
    return AskOfOffsets(plugins.Open(plugin), connector, entries);
  });
  if (future.wait_for(timeout) != std::future_status::ready) {
    return Refusal{500, plugin.class_name + " did not finish checking the offsets within " +
                            std::to_string(timeout.count()) + " ms; try again"};
  }
  try {
    if (auto problem = future.get()) return Refusal{400, std::move(*problem)};
    return std::nullopt;
  } catch (const ConfigError& error) {
    return Refusal{400, std::string("The connector's config must be put right before its offsets: ") + error.what()};
  } catch (...) {
    return Refusal{500, plugin.class_name + " could not check the offsets: " + DescribeCurrentException()};
  }
}

}  // namespace framespool::worker
