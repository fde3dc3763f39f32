#include "config_json.h"
#include "error_response.h"
#include "request_body.h"
#include "resources.h"

namespace framespool::rest {

namespace {

/// Headers are bytes here, which is what this one of Connect's makes of them; no plugin does that.
constexpr const char* kHeaderConverter = "org.apache.kafka.connect.converters.ByteArrayConverter";

/// Connect's ?version= asks for one of several installed versions; here each class has one.
std::optional<Response> WrongVersion(const Reads& worker, const std::string& plugin, const std::string& wanted) {
  if (wanted.empty() || wanted == "latest") return std::nullopt;
  const std::string version = worker.plugins.PluginVersion(plugin);
  if (version.empty() || wanted == version) return std::nullopt;
  return ErrorResponse(404, "Plugin " + plugin + " of version " + wanted + " not found; there is version " + version);
}

std::string VersionIn(const Call& call) {
  const auto versions = call.QueryValues("version");
  return versions.empty() ? "" : std::string(versions.front());
}

}  // namespace

Response ListPlugins(const Reads& worker, const Call& call) {
  Json plugins = Json::array();
  const auto only = call.QueryValues("connectorsOnly");
  const bool all = !only.empty() && !call.Flag("connectorsOnly");
  for (const auto& plugin : worker.plugins.Plugins()) {
    if (all || IsConnector(plugin.kind)) plugins.push_back(ToJson(plugin));
  }
  if (all) {
    plugins.push_back(
        {{"class", kHeaderConverter}, {"type", "header_converter"}, {"version", worker.connectors.Info().version}});
  }
  return {.body = Dump(plugins)};
}

Response GetPluginMetrics(const Reads& worker, const Call& call) {
  const auto metrics = worker.plugins.PluginMetrics(call.params.at(0));
  if (!metrics) return ErrorResponse(metrics.error());
  Json declared = Json::array();
  for (const MetricSpec& metric : *metrics) declared.push_back(ToJson(metric));
  return {.body = Dump(declared)};
}

Response GetPluginConfig(const Reads& worker, const Call& call) {
  if (auto wrong = WrongVersion(worker, call.params.at(0), VersionIn(call))) return std::move(*wrong);
  const auto keys = worker.plugins.PluginConfig(call.params.at(0));
  if (!keys) return ErrorResponse(keys.error());
  Json definitions = Json::array();
  for (const auto& key : *keys) definitions.push_back(DefinitionToJson(key));
  return {.body = Dump(definitions)};
}

base::Outcome<Change> ValidatePluginConfig(const Call& call) {
  auto config = ParseConfig(call.request.body);
  if (!config) return base::PassOn(config);
  return Change(
      [plugin = call.params.at(0), version = VersionIn(call), config = *std::move(config)](const Worker& worker) {
        if (auto wrong = WrongVersion(worker.reads(), plugin, version)) return std::move(*wrong);
        const auto report = worker.plugins.Validate(plugin, config);
        if (!report) return ErrorResponse(report.error());
        return Response{.body = Dump(ToJson(*report))};
      });
}

}  // namespace framespool::rest
