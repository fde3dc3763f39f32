#pragma once

#include <string>

#include <base/outcome.h>

#include "http.h"

namespace framespool::rest {

/// Connect's error body, and ours beside it: {"error_code": N, "message": "…", "problems": […]}.
Response ErrorResponse(int code, const std::string& message);
/// The only place that makes an HTTP status of a refusal.
Response ErrorResponse(const base::Refusal& refusal);
/// The answer when a handler threw; call it in the catch block. Logs what was thrown.
Response UnexpectedError(const Request& request);

}  // namespace framespool::rest
