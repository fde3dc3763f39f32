#include "base/fields_json.h"

#include <stdexcept>

#include <nlohmann/json.hpp>

namespace framespool {

namespace {

using Json = nlohmann::json;

// Bytes that are not UTF-8 (a file name may hold any) are replaced, never thrown at the caller.
std::string Dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json ParseObject(std::string_view text) {
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object())
    throw std::invalid_argument("expected a JSON object, found: " + std::string(text.substr(0, 200)));
  return json;
}

}  // namespace

std::string ToJson(const Fields& fields) {
  Json json = Json::object();
  for (const auto& [key, field] : fields) {
    Json& member = json[key];
    std::visit([&](const auto& value) { member = value; }, field);
  }
  return Dump(json);
}

std::string ToJson(const RawConfig& config) { return Dump(Json(config)); }

Fields FieldsFromJson(std::string_view text) {
  const Json json = ParseObject(text);
  Fields fields;
  for (const auto& [key, value] : json.items()) {
    if (value.is_boolean())
      fields[key] = value.get<bool>();
    else if (value.is_number_integer())
      fields[key] = value.get<std::int64_t>();
    else if (value.is_number())
      fields[key] = value.get<double>();
    else if (value.is_string())
      fields[key] = value.get<std::string>();
    else
      throw std::invalid_argument("\"" + key + "\" must be a number, text, true or false, but is " + Dump(value));
  }
  return fields;
}

RawConfig ConfigFromJson(std::string_view text) {
  const Json json = ParseObject(text);
  RawConfig config;
  for (const auto& [key, value] : json.items()) {
    if (value.is_string())
      config[key] = value.get<std::string>();
    else if (value.is_number() || value.is_boolean())
      config[key] = value.dump();
    else
      throw std::invalid_argument("\"" + key + "\" must be text, a number, true or false, but is " + Dump(value));
  }
  return config;
}

}  // namespace framespool
