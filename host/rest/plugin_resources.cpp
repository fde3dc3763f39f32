#include "config_json.h"
#include "error_response.h"
#include "request_body.h"
#include "resources.h"

namespace framespool::rest {

namespace {

/// Keys, values and headers are bytes here, which is what this one of Connect's makes of them.
constexpr const char* kConverter = "org.apache.kafka.connect.converters.ByteArrayConverter";

}  // namespace

Response ListPlugins(const worker::Herder& herder, const Call& call) {
  Json plugins = Json::array();
  for (const auto& plugin : herder.Plugins()) plugins.push_back(ToJson(plugin));
  const auto only = call.QueryValues("connectorsOnly");
  if (!only.empty() && !call.Flag("connectorsOnly")) {
    for (const char* type : {"converter", "header_converter"}) {
      plugins.push_back({{"class", kConverter}, {"type", type}, {"version", herder.Info().version}});
    }
  }
  return {.body = Dump(plugins)};
}

Response GetPluginConfig(const worker::Herder& herder, const Call& call) {
  const auto keys = herder.PluginConfig(call.params.at(0));
  if (const auto* refusal = std::get_if<worker::Refusal>(&keys)) return ErrorResponse(*refusal);
  Json definitions = Json::array();
  for (const auto& key : std::get<0>(keys)) definitions.push_back(DefinitionToJson(key));
  return {.body = Dump(definitions)};
}

Response ValidatePluginConfig(const worker::Herder& herder, const Call& call) {
  const auto config = ParseConfig(call.request.body);
  if (const auto* refusal = std::get_if<worker::Refusal>(&config)) return ErrorResponse(*refusal);
  const auto report = herder.Validate(call.params.at(0), std::get<RawConfig>(config));
  if (const auto* refusal = std::get_if<worker::Refusal>(&report)) return ErrorResponse(*refusal);
  return {.body = Dump(ToJson(std::get<worker::ConfigReport>(report)))};
}

}  // namespace framespool::rest
