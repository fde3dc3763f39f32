#include "error_response.h"

#include <base/log.h>
#include <cxxabi.h>
#include <framespool/errors.h>

#include <exception>

#include "config_json.h"

namespace framespool::rest {

Response ErrorResponse(int code, const std::string& message) {
  return {.status = code, .body = Dump({{"error_code", code}, {"message", message}})};
}

Response ErrorResponse(const base::Refusal& refusal) { return ErrorResponse(refusal.code, refusal.message); }

Response UnexpectedError(const Request& request) {
  std::string what = "an exception that is no std::exception";
  try {
    throw;
  } catch (const abi::__forced_unwind&) {
    throw;
  } catch (const RetriableError& error) {
    // What is asked for is not to be had now: the broker cannot be reached, say. No fault of this program's.
    log::Warn("rest", request.method + " " + request.path + ": " + error.what());
    return ErrorResponse(503, error.what());
  } catch (const std::exception& error) {
    what = error.what();
  } catch (...) {
  }
  log::Error("rest", request.method + " " + request.path + ": " + what);
  return ErrorResponse(500, "Internal error in " + request.method + " " + request.path + ": " + what +
                                "; the worker's log has the time and place");
}

}  // namespace framespool::rest
