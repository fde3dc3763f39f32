#include "request_body.h"

#include <limits>

#include "http.h"
#include "json_body.h"

namespace framespool::rest {

namespace {

using base::Outcome;
using namespace std::string_literals;

constexpr const char* kNewConnector = "{\"name\": \"…\", \"config\": {\"connector.class\": \"…\", …}}";
enum class Nulls { kRefused, kLeftOut };

Outcome<RawConfig> ToConfig(const Body& json, Nulls nulls = Nulls::kRefused) {
  RawConfig config;
  for (const auto& [name, value] : json.items()) {
    if (value.is_string())
      config[name] = value.get<std::string>();
    else if (value.is_boolean() || value.is_number())
      config[name] = value.dump();
    else if (value.is_null() && nulls == Nulls::kRefused)
      return BadRequest("config key " + name +
                        " must be a string, a number or a boolean, but is null; leave out a key "
                        "that is to have its default");
    else if (!value.is_null())
      return BadRequest("config key " + name + " must be a string, a number or a boolean, but is " + TypeName(value));
  }
  return config;
}

Outcome<herder::InitialState> ToInitialState(const Body& json) {
  if (json.is_string()) {
    const std::string state = LowerCase(json.get<std::string>());
    if (state == "running") return herder::InitialState::kRunning;
    if (state == "paused") return herder::InitialState::kPaused;
    if (state == "stopped") return herder::InitialState::kStopped;
  }
  return BadRequest("initial_state must be RUNNING, PAUSED or STOPPED, but is " +
                    json.dump(-1, ' ', false, Body::error_handler_t::replace));
}

/// A flat object, as a source partition or an offset is.
Outcome<Fields> ToFields(const Body& json, const std::string& what) {
  if (!json.is_object()) return BadRequest(what + " must be an object, but is " + TypeName(json));
  Fields fields;
  for (const auto& [name, value] : json.items()) {
    if (value.is_boolean())
      fields[name] = value.get<bool>();
    else if (value.is_number_unsigned() && value.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max())
      return BadRequest(what + "." + name + " must be a number of 64 bits with a sign, but is " + value.dump());
    else if (value.is_number_integer())
      fields[name] = value.get<std::int64_t>();
    else if (value.is_number())
      fields[name] = value.get<double>();
    else if (value.is_string())
      fields[name] = value.get<std::string>();
    else
      return BadRequest(what + "." + name + " must be a string, a number or a boolean, but is " + TypeName(value));
  }
  return fields;
}

Outcome<herder::OffsetEntry> ToOffset(const Body& json) {
  static const std::string kWanted = "{\"partition\": {…}, \"offset\": {…} or null}";
  if (!json.is_object() || !json.contains("partition")) {
    return BadRequest("Each of offsets must be " + kWanted);
  }
  auto partition = ToFields(json.at("partition"), "partition");
  if (!partition) return base::PassOn(partition);
  herder::OffsetEntry entry{.partition = *std::move(partition), .offset = std::nullopt};
  const auto given = json.find("offset");
  if (given == json.end() || given->is_null()) return entry;
  auto offset = ToFields(*given, "offset");
  if (!offset) return base::PassOn(offset);
  entry.offset = *std::move(offset);
  return entry;
}

Outcome<std::vector<herder::OffsetEntry>> ToOffsets(const Body& list) {
  std::vector<herder::OffsetEntry> entries;
  for (const Body& item : list) {
    auto entry = ToOffset(item);
    if (!entry) return base::PassOn(entry);
    entries.push_back(*std::move(entry));
  }
  return entries;
}

}  // namespace

Outcome<std::map<std::string, std::optional<std::string>>> ParseConfigPatch(std::string_view body) {
  const auto json = ParseObject(body, "the keys to change, {\"key\": \"value\", \"key to remove\": null, …}");
  if (!json) return base::PassOn(json);
  auto config = ToConfig(*json, Nulls::kLeftOut);
  if (!config) return base::PassOn(config);
  std::map<std::string, std::optional<std::string>> changes;
  for (auto& [key, value] : *config) changes[key] = std::move(value);
  for (const auto& [key, value] : json->items()) {
    if (value.is_null()) changes[key] = std::nullopt;
  }
  return changes;
}

Outcome<std::vector<herder::OffsetEntry>> ParseOffsets(std::string_view body) {
  static const std::string kWanted = "{\"offsets\": [{\"partition\": {…}, \"offset\": {…}}]}";
  const auto json = ParseObject(body, kWanted);
  if (!json) return base::PassOn(json);
  const auto offsets = json->find("offsets");
  if (offsets == json->end() || !offsets->is_array() || offsets->empty()) {
    return BadRequest("offsets must be a list of at least one; wanted: " + kWanted);
  }
  return ToOffsets(*offsets);
}

Outcome<std::string> ParseLevel(std::string_view body) {
  const auto json = ParseObject(body, "{\"level\": \"DEBUG\"}");
  if (!json) return base::PassOn(json);
  const auto level = json->find("level");
  if (level != json->end() && level->is_number()) return level->dump();
  if (level == json->end() || !level->is_string()) {
    return BadRequest(
        "level must be one of TRACE, DEBUG, INFO, WARN, ERROR, FATAL, OFF; wanted: {\"level\": \"DEBUG\"}");
  }
  return level->get<std::string>();
}

Outcome<RawConfig> WithName(RawConfig config, const std::string& name) {
  const auto [given, added] = config.try_emplace("name", name);
  if (!added && given->second != name) {
    return BadRequest("Connector name configuration (" + given->second + ") doesn't match connector name in the URL (" +
                      name + ")");
  }
  return config;
}

Outcome<RawConfig> ParseConfig(std::string_view body) {
  return ParseValues(body, "the connector's config, {\"key\": \"value\", …}");
}

Outcome<RawConfig> ParseValues(std::string_view body, const std::string& wanted) {
  const auto json = ParseObject(body, wanted);
  if (!json) return base::PassOn(json);
  return ToConfig(*json);
}

Outcome<std::map<std::string, RawConfig>> ParseConnectorSet(std::string_view body) {
  const auto json = ParseObject(body, "the connectors there should be, {\"name\": {\"connector.class\": \"…\", …}, …}");
  if (!json) return base::PassOn(json);
  std::map<std::string, RawConfig> connectors;
  for (const auto& [name, value] : json->items()) {
    if (!value.is_object())
      return BadRequest("The config of " + name + " must be an object of keys and values, but is " + TypeName(value));
    auto config = ToConfig(value);
    if (!config) return base::PassOn(config);
    auto named = WithName(*std::move(config), name);
    if (!named) return base::PassOn(named);
    connectors.emplace(name, *std::move(named));
  }
  return connectors;
}

Outcome<NewConnector> ParseNewConnector(std::string_view body) {
  const auto json = ParseObject(body, kNewConnector);
  if (!json) return base::PassOn(json);

  NewConnector connector;
  const Body* config = nullptr;
  for (const auto& [key, value] : json->items()) {
    if (key == "name") {
      if (!value.is_string()) return BadRequest("name must be a string, but is " + TypeName(value));
      connector.name = Strip(value.get_ref<const std::string&>());
    } else if (key == "config") {
      if (!value.is_object())
        return BadRequest("config must be an object of keys and values, but is " + TypeName(value));
      config = &value;
    } else if (key == "initial_state") {
      if (value.is_null()) continue;
      const auto state = ToInitialState(value);
      if (!state) return base::PassOn(state);
      connector.initial_state = *state;
    } else if (key == "initial_offsets") {
      if (!value.is_array())
        return BadRequest("initial_offsets must be a list of {\"partition\": {…}, \"offset\": {…}}, but is " +
                          TypeName(value));
      auto offsets = ToOffsets(value);
      if (!offsets) return base::PassOn(offsets);
      connector.initial_offsets = *std::move(offsets);
    } else {
      return BadRequest("Unknown field " + key +
                        " in the body; known are name, config, initial_state and initial_offsets");
    }
  }
  if (config == nullptr) return BadRequest("config is missing; wanted: "s + kNewConnector);
  auto read = ToConfig(*config);
  if (!read) return base::PassOn(read);
  auto& values = *read;
  if (const auto named = values.find("name"); connector.name.empty() && named != values.end()) {
    return BadRequest("name is missing beside config; wanted: "s + kNewConnector);
  }
  auto with_name = WithName(std::move(values), connector.name);
  if (!with_name) return base::PassOn(with_name);
  connector.config = *std::move(with_name);
  return connector;
}

}  // namespace framespool::rest
