#include "doorman.h"

#include <access/users.h>

#include <string>
#include <utility>
#include <variant>

#include "error_response.h"

namespace framespool::rest {

namespace {

/// Whether a script of a page asks. A browser must not ask for a password then: the page does it.
bool IsFetch(const Request& request) { return request.Header("sec-fetch-dest").value_or("") == "empty"; }

}  // namespace

Doorman::~Doorman() {
  std::map<std::uint64_t, std::unique_ptr<AccessQuestion>> waiting;
  {
    const std::lock_guard lock(mutex_);
    waiting.swap(waiting_);
  }
  // Each waits for its call, where that is under way.
}

std::optional<AccessAnswer> Doorman::Ask(const Request& request, const std::string& client, AccessGate::Then then) {
  const AccessRequest shown{.authorization = request.Header("authorization").value_or(""),
                            .cookie = request.Header("cookie").value_or(""),
                            .client = client,
                            .origin = request.Header("origin").value_or("")};
  // An answer that comes before the question is kept waits for the lock.
  const std::lock_guard lock(mutex_);
  const std::uint64_t number = ++last_;
  auto asked = gate_.Ask(shown, [this, number, then = std::move(then)](AccessAnswer answer) {
    then(std::move(answer));
    std::unique_ptr<AccessQuestion> done;
    const std::lock_guard inner(mutex_);
    if (const auto found = waiting_.find(number); found != waiting_.end()) {
      done = std::move(found->second);
      waiting_.erase(found);
    }
  });
  if (auto* answer = std::get_if<AccessAnswer>(&asked)) return std::move(*answer);
  waiting_.emplace(number, std::get<std::unique_ptr<AccessQuestion>>(std::move(asked)));
  return std::nullopt;
}

std::optional<Response> Doorman::Refuse(const Request& request, const AccessAnswer& answer, AccessLevel needs) {
  switch (answer.kind) {
    case AccessAnswer::Kind::kLater: {
      Response response = ErrorResponse(429, "Not now: " + answer.message);
      response.headers.emplace_back("Retry-After", std::to_string(answer.retry_after.count()));
      return response;
    }
    case AccessAnswer::Kind::kRefused: {
      Response response = ErrorResponse(401, "Unknown: " + answer.message);
      response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"framespool\"");
      if (!IsFetch(request))
        response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"framespool\", charset=\"UTF-8\"");
      return response;
    }
    case AccessAnswer::Kind::kAdmitted: break;
  }
  if (answer.level >= needs) return std::nullopt;
  return ErrorResponse(403, answer.user + " has the role " + std::string(access::NameOf(answer.level)) + ", but " +
                                request.method + " " + request.path + " takes the role " +
                                std::string(access::NameOf(needs)) + "; it stands in listeners.users.file");
}

}  // namespace framespool::rest
