#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <access/gatekeeper.h>
#include <rest/worker.h>

#include "http.h"

namespace framespool::rest {

/// A request that has found its route.
struct Call {
  const Request& request;
  std::vector<std::string> params;  // what stands for {…} in the route's path, decoded
  http::Query query;
  std::string base_url;  // what the client puts before the paths of this API; empty when it has not said
  AccessAnswer who = {.level = AccessLevel::kAdmin};  // who asks; without a user where nobody is asked who he is
  access::SessionGate* gate = nullptr;                // null there

  /// Whether the query has `name`=true, in any case, as Connect reads its booleans.
  bool Flag(std::string_view name) const;
  /// The same of a query of our own, where anything but true and false is a refusal: it decides what is carried out.
  base::Outcome<bool> Switch(std::string_view name) const;
  /// A refusal of the first query parameter that is none of `names`, with those. For routes that Connect does not have:
  /// its own pass over what they do not know.
  base::Outcome<void> Knows(std::initializer_list<std::string_view> names) const;
  /// The whole number called `name` in the query, `fallback` when it is not there, or a refusal.
  base::Outcome<std::uint64_t> Number(std::string_view name, std::uint64_t fallback) const;
  /// The values of all query parameters called `name`.
  std::vector<std::string_view> QueryValues(std::string_view name) const;
};

/// What is answered to a value in the query that cannot be.
base::Refused BadQuery(std::string_view name, const std::string& message);

/// What a change does on the herder's thread, an inspection on the inspector's, a probe on the probe's, a check on the
/// checks', and what writes a record on the record writer's. The Call is gone by then.
using Change = std::function<Response(const Worker&)>;

/// One operation of the API. Routing, HEAD, OPTIONS with Allow, 405, 415 and the check against schemas/openapi.yaml all
/// follow from the table of these.
struct Route {
  std::string_view method;
  std::string_view path;  // as in openapi.yaml
  /// Exactly one of the six, but for what logs in. A read answers on the REST thread and must not wait. The others
  /// check their input there, and what they return is run on the herder's, the inspector's, the probe's, the checks' or
  /// the record writer's thread.
  Response (*read)(const Reads& worker, const Call& call) = nullptr;
  base::Outcome<Change> (*change)(const Call& call) = nullptr;
  base::Outcome<Change> (*inspect)(const Call& call) = nullptr;
  base::Outcome<Change> (*probe)(const Call& call) = nullptr;
  base::Outcome<Change> (*check)(const Call& call) = nullptr;
  base::Outcome<Change> (*produce)(const Call& call) = nullptr;
  bool takes_body = false;    // then it must be JSON
  bool for_browsers = false;  // any Accept header will do
  bool logs_in = false;       // takes a password in its body; none of the six, and open to everybody
  /// Who may; nothing: viewers where it is a GET, admins where it is not.
  std::optional<AccessLevel> level = std::nullopt;

  AccessLevel needs() const { return level.value_or(method == "GET" ? AccessLevel::kViewer : AccessLevel::kAdmin); }
  /// Whether it leaves the worker other than it was: then who asked for it is told.
  bool changes() const { return change != nullptr || produce != nullptr || (read != nullptr && method != "GET"); }
};

std::span<const Route> Routes();

}  // namespace framespool::rest
