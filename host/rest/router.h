#pragma once

#include <memory>
#include <optional>
#include <utility>

#include <rest/worker.h>

#include "access_policy.h"
#include "doorman.h"
#include "http.h"
#include "route.h"
#include "static_pages.h"

namespace framespool::rest {

/// Finds the route of a request and runs it: the wall behind which no exception gets out. Immutable; any thread.
class Router {
 public:
  /// `gate` null: nobody is asked who he is.
  Router(const Worker& worker, const StaticPages& pages, std::shared_ptr<const AccessPolicy> policy,
         access::SessionGate* gate = nullptr)
      : worker_(worker),
        pages_(pages),
        policy_(std::move(policy)),
        gate_(gate),
        doorman_(gate != nullptr ? std::make_unique<Doorman>(*gate) : nullptr) {}

  /// The answer, or nothing when `responder` will be called with it from another thread.
  std::optional<Response> Handle(const Request& request, const Responder& responder) const;

 private:
  Responder WithPolicy(const Request& request, const Responder& responder) const;
  std::optional<Response> Run(const Request& request, const Responder& responder) const;
  /// Has found its route, and waits until it is known who sent it.
  struct Arrival;
  std::optional<Response> AskFirst(Arrival arrival, const Request& request, const Responder& responder) const;
  std::optional<Response> LogIn(const Request& request, const Responder& responder) const;
  std::optional<Response> Serve(const Arrival& arrival, const Request& request, AccessAnswer who,
                                const Responder& responder) const;
  std::optional<Response> RunLater(const Route& route, const Call& call, const Responder& responder) const;

  const Worker worker_;
  const StaticPages& pages_;
  const std::shared_ptr<const AccessPolicy> policy_;  // a late answer outlives the server
  access::SessionGate* const gate_;                   // null: nobody is asked
  const std::unique_ptr<Doorman> doorman_;            // last: who waits there uses the others
};

}  // namespace framespool::rest
