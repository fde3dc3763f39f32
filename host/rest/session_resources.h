#pragma once

#include <base/outcome.h>
#include <framespool/access.h>

#include "http.h"

namespace framespool::rest {

/// Who asks, and what he may.
Response DescribeCaller(const AccessAnswer& who);

/// The log-in in the body of `request` as the gate takes it: the same request with an Authorization, whatever else it
/// showed.
base::Outcome<Request> ShownBy(const Request& request);

}  // namespace framespool::rest
