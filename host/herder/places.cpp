#include "places.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <config/common_config.h>

namespace framespool::herder {

namespace {

/// Where a connector answers. A port that it picks by itself (0) is never taken.
struct Place {
  std::string port_field;
  std::int32_t port = 0;
  std::string host;        // "" where it has no such field
  std::string path_field;  // "" where it has none: the whole port is its own
  std::string path;

  friend bool operator==(const Place&, const Place&) = default;
};

std::string ValueOf(const FieldSpec& field, const RawConfig& config) {
  const auto given = config.find(field.name);
  return std::string(Trim(given != config.end() ? given->second : field.default_value.value_or("")));
}

std::optional<Place> PlaceOf(const plugins::PluginClass& plugin, const RawConfig& config) {
  Place place;
  for (const FieldSpec& field : plugin.fields) {
    const std::string value = ValueOf(field, config);
    if (field.role == Role::kPort && place.port == 0 && ParseValue(value, place.port)) place.port_field = field.name;
    if (field.role == Role::kHost) place.host = value == "localhost" ? "127.0.0.1" : value;
    if (field.role == Role::kUrlPath) {
      place.path_field = field.name;
      place.path = value;
    }
  }
  return place.port > 0 ? std::optional(std::move(place)) : std::nullopt;
}

bool IsEveryAddress(const std::string& host) { return host == "0.0.0.0" || host == "::"; }

/// `field` is one of `wanted`.
Problem InUse(const Place& wanted, const std::string& field, ProblemKind kind, const std::string& owner,
              std::string message) {
  return {.field = field,
          .message = std::move(message),
          .kind = kind,
          .facts = {{"port", std::int64_t{wanted.port}}, {"path", wanted.path}, {"owner", owner}}};
}

std::optional<Problem> Clash(const Place& wanted, const Place& taken, const std::string& owner) {
  if (wanted.port != taken.port) return std::nullopt;
  const std::string port = std::to_string(wanted.port);
  const std::string whose = " belongs to the connector " + owner;
  if (wanted.host != taken.host) {
    if (!IsEveryAddress(wanted.host) && !IsEveryAddress(taken.host)) return std::nullopt;
    return InUse(wanted, wanted.port_field, kind::kPortInUse, owner,
                 "is port " + port + " on " + wanted.host + ", but port " + port + " on " + taken.host + whose +
                     "; choose the same address to share it, or another " + wanted.port_field);
  }
  if (wanted.path_field.empty() || taken.path_field.empty()) {
    return InUse(wanted, wanted.port_field, kind::kPortInUse, owner,
                 "is " + port + ", which" + whose + "; choose another " + wanted.port_field + ", or stop that");
  }
  if (wanted.path != taken.path) return std::nullopt;
  return InUse(wanted, wanted.path_field, kind::kPathInUse, owner,
               "is " + wanted.path + ", which on port " + port + whose + "; choose another " + wanted.path_field +
                   " or " + wanted.port_field + ", or stop that");
}

}  // namespace

std::optional<Problem> TakenPlace(const plugins::PluginRegistry& plugins, const plugins::PluginClass& plugin,
                                  const std::string& name, const RawConfig& config,
                                  const std::map<std::string, RawConfig>& others) {
  const auto wanted = PlaceOf(plugin, config);
  if (!wanted) return std::nullopt;
  for (const auto& [owner, theirs] : others) {
    const auto* other = plugins.Find(config::CommonConfigOf(theirs).connector_class);
    if (owner == name || other == nullptr) continue;
    if (const auto taken = PlaceOf(*other, theirs)) {
      if (auto problem = Clash(*wanted, *taken, owner)) return problem;
    }
  }
  return std::nullopt;
}

bool IsSamePlace(const plugins::PluginClass& plugin, const RawConfig& one, const RawConfig& other) {
  return PlaceOf(plugin, one) == PlaceOf(plugin, other);
}

}  // namespace framespool::herder
