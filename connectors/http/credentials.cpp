#include <framespool/http/credentials.h>
#include <framespool/http/text.h>
#include <openssl/crypto.h>

#include <utility>

namespace framespool::http {

namespace {

/// Takes as long for every wrong answer of a length, so that its first letters cannot be found out one by one.
bool Same(std::string_view given, std::string_view wanted) {
  return given.size() == wanted.size() && CRYPTO_memcmp(given.data(), wanted.data(), wanted.size()) == 0;
}

/// What stands behind `scheme` and spaces; empty for other schemes.
std::string_view After(std::string_view header, std::string_view scheme) {
  if (header.size() <= scheme.size() || header[scheme.size()] != ' ') return {};
  return SameText(header.substr(0, scheme.size()), scheme) ? Strip(header.substr(scheme.size())) : std::string_view();
}

}  // namespace

Credentials::Credentials(std::string_view basic, std::string bearer)
    : basic_(Base64(basic)), bearer_(std::move(bearer)) {}

bool Credentials::Admit(std::string_view authorization) const {
  if (empty()) return true;
  if (!basic_.empty() && Same(After(authorization, "Basic"), basic_)) return true;
  return !bearer_.empty() && Same(After(authorization, "Bearer"), bearer_);
}

Headers Credentials::Challenges() const {
  Headers challenges;
  if (!basic_.empty()) challenges.emplace_back("WWW-Authenticate", "Basic realm=\"framespool\", charset=\"UTF-8\"");
  if (!bearer_.empty()) challenges.emplace_back("WWW-Authenticate", "Bearer realm=\"framespool\"");
  return challenges;
}

}  // namespace framespool::http
