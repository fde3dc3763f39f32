#include "error_response.h"

#include <base/log.h>
#include <cxxabi.h>
#include <framespool/errors.h>

#include <exception>

#include "config_json.h"

namespace framespool::rest {

namespace {

int StatusOf(base::Reason reason) {
  switch (reason) {
    case base::Reason::kInvalid: return 400;
    case base::Reason::kNotFound: return 404;
    case base::Reason::kConflict: return 409;
    case base::Reason::kUnavailable: return 503;
    case base::Reason::kFailed: return 500;
  }
  return 500;
}

/// Of what HTTP itself has a word for.
ProblemKind KindOf(int status) {
  switch (status) {
    case 401: return "unauthorized";
    case 403: return "forbidden";
    case 404: return "not-found";
    case 405: return "method-not-allowed";
    case 406: return "not-acceptable";
    case 408: return "request-timeout";
    case 412: return "precondition-failed";
    case 413: return "request-too-large";
    case 415: return "unsupported-media-type";
    case 429: return "too-many-requests";
    case 503: return "unavailable";
    default: return status < 500 ? ProblemKind("bad-request") : kind::kUnexpected;
  }
}

Response WithProblems(int status, const std::string& message, const std::vector<Problem>& problems) {
  return {.status = status,
          .body = Dump({{"error_code", status}, {"message", message}, {"problems", ToJson(problems)}})};
}

Response InternalError(const Request& request, const std::string& what) {
  return ErrorResponse(500, "Internal error in " + request.method + " " + request.path + ": " + what +
                                "; the worker's log has the time and place");
}

}  // namespace

Response ErrorResponse(int code, const std::string& message) {
  return WithProblems(code, message, {{.message = message, .kind = KindOf(code)}});
}

Response ErrorResponse(const base::Refusal& refusal) {
  return WithProblems(StatusOf(refusal.reason), refusal.message, refusal.problems);
}

Response UnexpectedError(const Request& request) {
  std::string what = "an exception that is no std::exception";
  try {
    throw;
  } catch (const abi::__forced_unwind&) {
    throw;
  } catch (const RetriableError& error) {
    // What is asked for is not to be had now: the broker cannot be reached, say. No fault of this program's.
    log::Warn("rest", request.method + " " + request.path + ": " + error.what());
    return WithProblems(503, error.what(), error.problems());
  } catch (const Error& error) {
    log::Error("rest", request.method + " " + request.path + ": " + error.what());
    // It passes as well, once somebody has made room.
    if (!error.problems().empty() && error.problems().front().kind == kind::kDiskFull)
      return WithProblems(503, error.what(), error.problems());
    return InternalError(request, error.what());
  } catch (const std::exception& error) {
    what = error.what();
  } catch (...) {
  }
  log::Error("rest", request.method + " " + request.path + ": " + what);
  return InternalError(request, what);
}

}  // namespace framespool::rest
