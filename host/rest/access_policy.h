#pragma once

#include <optional>
#include <string>
#include <vector>

#include <framespool/http/host_policy.h>
#include <framespool/http/origins.h>
#include <rest/server.h>

#include "http.h"

namespace framespool::rest {

/// Who may call: keeps pages of strangers from using a browser that can reach this worker. The Host must be a name of
/// this worker, or else the caller may be a page whose name was made to lead here (DNS rebinding). What changes
/// something must not come from another origin's page (CSRF). Immutable; any thread.
class AccessPolicy {
 public:
  AccessPolicy(const std::vector<Listener>& listeners, const Access& access);

  /// A 403 that says why, or nothing when the request may go on.
  std::optional<Response> Refuse(const Request& request) const;
  /// The answer to an OPTIONS that asks whether a page of an allowed origin may send what it wants to; nothing for any
  /// other request.
  std::optional<Response> Preflight(const Request& request) const;
  /// Lets a page of an allowed origin read the answer.
  void Allow(const Request& request, Response& response) const;
  /// http://host/prefix as the client has it, without a slash at the end; empty when the client has not said it.
  std::string BaseUrl(const Request& request) const;
  /// The address that `request` is from: a proxy's that is believed says of whom it is.
  std::string ClientOf(const Request& request) const;

 private:
  struct Forwarded {
    std::string proto;
    std::string host;
    std::string prefix;
  };
  Forwarded ForwardedOf(const Request& request) const;

  const http::HostPolicy hosts_;
  const http::OriginList origins_;
  const bool allows_origins_;
  const bool trusts_forwarded_;
};

}  // namespace framespool::rest
