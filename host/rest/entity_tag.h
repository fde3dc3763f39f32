#pragma once

#include <optional>
#include <string>

#include <rest/worker.h>

#include "http.h"

namespace framespool::rest {

/// The ETag of a config: equal for equal configs, also over a restart.
std::string EntityTagOf(const RawConfig& config);

/// What If-Match of a request asks for; nothing when it has none.
class Precondition {
 public:
  explicit Precondition(const Request& request) : if_match_(request.Header("if-match")) {}

  /// 412 when the connector's config is another than the client has seen. On the herder's thread, so that nothing can
  /// come between this and the change.
  std::optional<Response> Refuse(const Reads& worker, const std::string& connector) const;

 private:
  std::optional<std::string> if_match_;
};

}  // namespace framespool::rest
