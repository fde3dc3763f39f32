#pragma once

#include <framespool/http/origins.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace framespool::mjpeg {

/// Which other websites' pages may read a sink: those of the host that the request names, those of this machine, and
/// those listed in access.control.allow.origin. Immutable; any thread.
class OriginPolicy {
 public:
  explicit OriginPolicy(const std::vector<std::string>& listed = {}) : listed_(listed) {}
  /// `origin` and `host` as a request's headers of these names have them. No origin: not a page of another site.
  bool Allows(std::string_view origin, std::string_view host) const;

 private:
  http::OriginList listed_;
};

/// Whether a page of `origin` is of the host that a request calls `host`, on any port: then a browser sends its cookies
/// too.
bool IsOfHost(std::string_view origin, std::string_view host);

/// What is wrong with a list of origins.
std::optional<std::string> WrongOrigins(const std::vector<std::string>& listed);

}  // namespace framespool::mjpeg
