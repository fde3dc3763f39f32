#include "base/source_offset_json.h"

#include <stdexcept>

#include <base/fields_json.h>
#include <nlohmann/json.hpp>

namespace framespool {

namespace {

std::optional<Fields> FieldsWithoutNulls(nlohmann::json json) {
  if (!json.is_object()) return std::nullopt;
  for (auto member = json.begin(); member != json.end();) member = member->is_null() ? json.erase(member) : ++member;
  try {
    return FieldsFromJson(json.dump());
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

}  // namespace

std::string SourceOffsetKeysOf(const std::string& connector) {
  return std::string(1, '[').append(
      nlohmann::json(connector).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

std::string ToJson(const SourceOffsetKey& key) {
  return SourceOffsetKeysOf(key.connector).append(",").append(ToJson(key.partition)).append("]");
}

std::optional<SourceOffsetKey> SourceOffsetKeyFrom(std::string_view json) {
  const auto key = nlohmann::json::parse(json, nullptr, false);
  if (!key.is_array() || key.size() != 2 || !key[0].is_string()) return std::nullopt;
  auto partition = FieldsWithoutNulls(key[1]);
  if (!partition) return std::nullopt;
  return SourceOffsetKey{key[0].get<std::string>(), std::move(*partition)};
}

std::optional<Fields> SourceOffsetFrom(std::string_view json) {
  return FieldsWithoutNulls(nlohmann::json::parse(json, nullptr, false));
}

}  // namespace framespool
