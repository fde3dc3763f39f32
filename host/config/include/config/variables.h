#pragma once

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <framespool/config_def.h>

namespace framespool::config {

/// What stands in a config in the place of a value that a config provider knows, as in Kafka Connect:
/// `${provider:path:key}`, or `${provider:key}` where the provider has no paths.
struct Variable {
  std::string provider;
  std::string path;
  std::string key;

  friend auto operator<=>(const Variable&, const Variable&) = default;
};

/// The name that no provider has: `${header:name}` is none of these, but what a transform fills in from each record.
inline constexpr std::string_view kOfRecords = "header";

/// As it is written.
std::string ToText(const Variable& variable);

/// Those in `value`, in their order.
std::vector<Variable> VariablesIn(std::string_view value);

/// `value` with what `replace` says in the place of each variable; what comes of it is not looked at again.
template <class F>
std::string Replaced(std::string_view value, F replace);

/// Whether a value of `config` has one.
bool HasVariables(const RawConfig& config);

namespace detail {

struct PlacedVariable {
  Variable variable;
  std::size_t begin = 0;
  std::size_t end = 0;
};
std::vector<PlacedVariable> PlacedVariablesIn(std::string_view value);

}  // namespace detail

template <class F>
std::string Replaced(std::string_view value, F replace) {
  std::string text;
  std::size_t at = 0;
  for (const auto& placed : detail::PlacedVariablesIn(value)) {
    text.append(value.substr(at, placed.begin - at)).append(replace(placed.variable));
    at = placed.end;
  }
  return text.append(value.substr(at));
}

}  // namespace framespool::config
