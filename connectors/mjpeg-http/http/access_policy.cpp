#include "http/access_policy.h"

#include <boost/beast/core/detail/base64.hpp>

namespace framespool::mjpeg {

namespace {

std::string Base64(const std::string& text) {
  namespace base64 = boost::beast::detail::base64;
  std::string encoded(base64::encoded_size(text.size()), '\0');
  encoded.resize(base64::encode(encoded.data(), text.data(), text.size()));
  return encoded;
}

/// Takes as long for every wrong answer of a length, so that its first letters cannot be found out one by one.
bool Same(std::string_view given, std::string_view wanted) {
  if (given.size() != wanted.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < given.size(); ++i) difference |= static_cast<unsigned>(given[i] ^ wanted[i]);
  return difference == 0;
}

/// What stands behind `scheme` and spaces; empty for other schemes.
std::string_view After(std::string_view header, std::string_view scheme) {
  if (header.size() <= scheme.size() || header[scheme.size()] != ' ') return {};
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    if ((header[i] | 0x20) != (scheme[i] | 0x20)) return {};
  }
  const auto start = header.find_first_not_of(' ', scheme.size());
  return start == std::string_view::npos ? std::string_view() : header.substr(start);
}

}  // namespace

AccessPolicy::AccessPolicy(const std::string& basic, const std::string& bearer)
    : basic_(basic.empty() ? "" : Base64(basic)), bearer_(bearer) {}

bool AccessPolicy::Admits(std::string_view authorization) const {
  if (!guards()) return true;
  if (!basic_.empty() && Same(After(authorization, "Basic"), basic_)) return true;
  return !bearer_.empty() && Same(After(authorization, "Bearer"), bearer_);
}

Answer AccessPolicy::Refusal() const {
  std::string wanted;
  Answer answer;
  if (!basic_.empty()) wanted = "a user and a password (http.basic.auth)";
  if (!bearer_.empty()) wanted += std::string(wanted.empty() ? "" : " or ") + "a bearer token (http.bearer.token)";
  answer = Refuse(401, "this stream wants " + wanted + " in the header Authorization");
  if (!basic_.empty()) answer.headers.emplace_back("WWW-Authenticate", "Basic realm=\"framespool\", charset=\"UTF-8\"");
  if (!bearer_.empty()) answer.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"framespool\"");
  return answer;
}

}  // namespace framespool::mjpeg
