#include "http/access_policy.h"

namespace framespool::mjpeg {

AccessPolicy::AccessPolicy(const std::string& basic, const std::string& bearer, AccessGate* gate)
    : credentials_(basic, bearer), gate_(gate) {
  if (!basic.empty()) wanted_ = "a user and a password (http.basic.auth)";
  if (!bearer.empty()) wanted_ += std::string(wanted_.empty() ? "" : " or ") + "a bearer token (http.bearer.token)";
  if (gate != nullptr)
    wanted_ +=
        std::string(wanted_.empty() ? "" : " or ") + "a user of the worker's and his password, or a token of its";
}

Answer AccessPolicy::Refusal() const {
  Answer answer = Refuse(401, "this stream wants " + wanted_ + " in the header Authorization");
  // The worker takes both.
  answer.headers = gate_ != nullptr ? http::Credentials(":", "-").Challenges() : credentials_.Challenges();
  return answer;
}

Answer AccessPolicy::Refusal(const AccessAnswer& asked, bool is_fetch) const {
  if (asked.kind != AccessAnswer::Kind::kLater) {
    Answer answer = Refusal();
    if (is_fetch) answer.headers = http::Credentials("", "-").Challenges();
    return answer;
  }
  Answer answer = Refuse(429, "not now: " + asked.message);
  answer.headers.emplace_back("Retry-After", std::to_string(asked.retry_after.count()));
  return answer;
}

}  // namespace framespool::mjpeg
