#include "entity_tag.h"

#include <framespool/http/entity_tag.h>

#include "config_json.h"
#include "error_response.h"

namespace framespool::rest {

std::string EntityTagOf(const RawConfig& config) { return http::EntityTag(Dump(ToJson(config))); }

std::optional<Response> Precondition::Refuse(const Reads& worker, const std::string& connector) const {
  if (!if_match_) return std::nullopt;
  const auto info = worker.connectors.Connector(connector);
  const std::string tag = info ? EntityTagOf(info->config) : "";
  if (info && http::NamesTag(*if_match_, tag)) return std::nullopt;
  return ErrorResponse(
      412, "If-Match is " + *if_match_ + ", but the config of " + connector +
               (info ? " has the ETag " + tag + ": it was changed meanwhile. GET it again and repeat the change on it"
                     : " is not there"));
}

}  // namespace framespool::rest
