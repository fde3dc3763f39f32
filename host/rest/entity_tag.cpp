#include "entity_tag.h"

#include <algorithm>
#include <cstdint>

#include "config_json.h"

namespace framespool::rest {

std::string EntityTagOf(const RawConfig& config) {
  std::uint64_t hash = 14695981039346656037U;  // FNV-1a
  for (const char c : Dump(ToJson(config))) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  constexpr char kHex[] = "0123456789abcdef";
  std::string tag = "\"";
  for (int shift = 60; shift >= 0; shift -= 4) tag += kHex[(hash >> shift) & 15];
  return tag + "\"";
}

std::optional<base::Refusal> Precondition::Refuses(const herder::Herder& herder, const std::string& connector) const {
  if (!if_match_) return std::nullopt;
  const auto info = herder.Connector(connector);
  const std::string tag = info ? EntityTagOf(info->config) : "";
  const auto wanted = SplitList(*if_match_, ',');
  const bool matches = std::any_of(wanted.begin(), wanted.end(),
                                   [&](std::string_view one) { return info && (one == "*" || one == tag); });
  if (matches) return std::nullopt;
  return base::Refusal{
      412, "If-Match is " + *if_match_ + ", but the config of " + connector +
               (info ? " has the ETag " + tag + ": it was changed meanwhile. GET it again and repeat the change on it"
                     : " is not there")};
}

}  // namespace framespool::rest
