#include "session_resources.h"

#include <access/users.h>

#include <string>
#include <utility>

#include <framespool/http/text.h>

#include "config_json.h"
#include "request_body.h"
#include "resources.h"

namespace framespool::rest {

Response DescribeCaller(const AccessAnswer& who) {
  return {.body = Dump({{"user", who.user.empty() ? Json() : Json(who.user)},
                        {"role", std::string(access::NameOf(who.level))}})};
}

base::Outcome<Request> ShownBy(const Request& request) {
  constexpr const char* kLogIn = "{\"user\": \"ann\", \"password\": \"…\"}, with a user that has no colon";
  const auto body = ParseValues(request.body, kLogIn);
  if (!body) return base::PassOn(body);
  const auto text = [&](const char* key) {
    const auto found = body->find(key);
    return found == body->end() ? std::string() : found->second;
  };
  const std::string user = text("user");
  if (user.empty() || user.find(':') != std::string::npos) {
    return base::Refuse(base::Reason::kInvalid,
                        {.message = std::string("A log-in is ") + kLogIn, .kind = "bad-request"});
  }
  Request shown{.method = request.method, .path = request.path};
  shown.headers.emplace_back("authorization", "Basic " + http::Base64(user + ":" + text("password")));
  if (const auto dest = request.Header("sec-fetch-dest")) shown.headers.emplace_back("sec-fetch-dest", *dest);
  return shown;
}

Response GetSession(const Reads& /*worker*/, const Call& call) { return DescribeCaller(call.who); }

Response EndSession(const Reads& /*worker*/, const Call& call) {
  Response response{.status = 204};
  if (call.gate != nullptr)
    response.headers.emplace_back("Set-Cookie", call.gate->End(call.request.Header("cookie").value_or("")));
  return response;
}

}  // namespace framespool::rest
