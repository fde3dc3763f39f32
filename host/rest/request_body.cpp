#include "request_body.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "http.h"

namespace framespool::rest {

namespace {

using worker::Outcome;
using worker::Refusal;

/// Not config_json.h's Json: that one keeps the order of keys and looks each one up by going through all.
using Body = nlohmann::json;

constexpr int kMaxDepth = 16;
constexpr std::size_t kMaxValues = 100'000;

Refusal BadRequest(std::string message) { return {.code = 400, .message = std::move(message)}; }

std::string TypeName(const Body& json) {
  const std::string name = json.type_name();
  return (name == "object" || name == "array" ? "an " : name == "null" ? "" : "a ") + name;
}

Outcome<Body> ParseObject(std::string_view body, const std::string& wanted) {
  if (Strip(body).empty()) return BadRequest("The request has no body; wanted: " + wanted);
  std::size_t values = 0;
  const auto bounds = [&](int depth, Body::parse_event_t /*event*/, Body& /*parsed*/) {
    if (depth > kMaxDepth || ++values > kMaxValues) throw std::length_error("too many or too deeply nested values");
    return true;
  };
  try {
    Body json = Body::parse(body, bounds);
    if (!json.is_object()) return BadRequest("The body is " + TypeName(json) + "; wanted: " + wanted);
    return json;
  } catch (const Body::exception& error) {
    return BadRequest(std::string("Malformed JSON in the body: ") + error.what());
  } catch (const std::length_error& error) {
    return BadRequest(std::string("The body has ") + error.what() + "; wanted: " + wanted);
  }
}

Outcome<RawConfig> ToConfig(const Body& json) {
  RawConfig config;
  for (const auto& [name, value] : json.items()) {
    if (value.is_string())
      config[name] = value.get<std::string>();
    else if (value.is_boolean() || value.is_number())
      config[name] = value.dump();
    else if (!value.is_null())
      return BadRequest("config key " + name + " must be a string, a number or a boolean, but is " + TypeName(value));
  }
  return config;
}

Outcome<worker::InitialState> ToInitialState(const Body& json) {
  if (json.is_string()) {
    const std::string state = LowerCase(json.get<std::string>());
    if (state == "running") return worker::InitialState::kRunning;
    if (state == "paused") return worker::InitialState::kPaused;
    if (state == "stopped") return worker::InitialState::kStopped;
  }
  return BadRequest("initial_state must be RUNNING, PAUSED or STOPPED, but is " +
                    json.dump(-1, ' ', false, Body::error_handler_t::replace));
}

}  // namespace

Outcome<RawConfig> WithName(RawConfig config, const std::string& name) {
  const auto [given, added] = config.try_emplace("name", name);
  if (!added && given->second != name) {
    return BadRequest("Connector name configuration (" + given->second + ") doesn't match connector name in the URL (" +
                      name + ")");
  }
  return config;
}

Outcome<RawConfig> ParseConfig(std::string_view body) {
  const auto json = ParseObject(body, "the connector's config, {\"key\": \"value\", …}");
  if (const auto* refusal = std::get_if<Refusal>(&json)) return *refusal;
  return ToConfig(std::get<Body>(json));
}

Outcome<NewConnector> ParseNewConnector(std::string_view body) {
  static const std::string kWanted = "{\"name\": \"…\", \"config\": {\"connector.class\": \"…\", …}}";
  const auto json = ParseObject(body, kWanted);
  if (const auto* refusal = std::get_if<Refusal>(&json)) return *refusal;

  NewConnector connector;
  const Body* config = nullptr;
  for (const auto& [key, value] : std::get<Body>(json).items()) {
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
      if (const auto* refusal = std::get_if<Refusal>(&state)) return *refusal;
      connector.initial_state = std::get<worker::InitialState>(state);
    } else {
      return BadRequest("Unknown field " + key + " in the body; known are name, config and initial_state");
    }
  }
  if (config == nullptr) return BadRequest("config is missing; wanted: " + kWanted);
  auto read = ToConfig(*config);
  if (const auto* refusal = std::get_if<Refusal>(&read)) return *refusal;
  auto& values = std::get<RawConfig>(read);
  if (const auto named = values.find("name"); connector.name.empty() && named != values.end()) {
    return BadRequest("name is missing beside config; wanted: " + kWanted);
  }
  auto with_name = WithName(std::move(values), connector.name);
  if (const auto* refusal = std::get_if<Refusal>(&with_name)) return *refusal;
  connector.config = std::move(std::get<RawConfig>(with_name));
  return connector;
}

}  // namespace framespool::rest
