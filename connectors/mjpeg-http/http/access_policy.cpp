#include "http/access_policy.h"

namespace framespool::mjpeg {

AccessPolicy::AccessPolicy(const std::string& basic, const std::string& bearer) : credentials_(basic, bearer) {
  if (!basic.empty()) wanted_ = "a user and a password (http.basic.auth)";
  if (!bearer.empty()) wanted_ += std::string(wanted_.empty() ? "" : " or ") + "a bearer token (http.bearer.token)";
}

Answer AccessPolicy::Refusal() const {
  Answer answer = Refuse(401, "this stream wants " + wanted_ + " in the header Authorization");
  answer.headers = credentials_.Challenges();
  return answer;
}

}  // namespace framespool::mjpeg
