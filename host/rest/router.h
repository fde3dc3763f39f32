#pragma once

#include <optional>

#include <worker/herder.h>

#include "http.h"
#include "route.h"

namespace framespool::rest {

/// Finds the route of a request and runs it: the wall behind which no exception gets out. Immutable; any thread.
class Router {
 public:
  explicit Router(worker::Herder& herder) : herder_(herder) {}

  /// The answer, or nothing when `responder` will be called with it from the herder's thread.
  std::optional<Response> Handle(const Request& request, const Responder& responder) const;

 private:
  std::optional<Response> Run(const Request& request, const Responder& responder) const;
  std::optional<Response> RunChange(const Route& route, const Call& call, const Responder& responder) const;

  worker::Herder& herder_;
};

}  // namespace framespool::rest
