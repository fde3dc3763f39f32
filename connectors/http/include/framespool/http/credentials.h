#pragma once

#include <string>
#include <string_view>

#include <framespool/http/message.h>

namespace framespool::http {

/// A password and a token that a client may show. Immutable; any thread.
class Credentials {
 public:
  Credentials() = default;
  /// `basic` is "user:password", `bearer` a token; empty: not accepted.
  Credentials(std::string_view basic, std::string bearer);

  bool empty() const { return basic_.empty() && bearer_.empty(); }
  /// `authorization` as a request's header of this name has it. Everything when empty().
  bool Admit(std::string_view authorization) const;
  /// The WWW-Authenticate headers of a 401.
  Headers Challenges() const;

 private:
  std::string basic_;   // what the header must say behind "Basic "
  std::string bearer_;  // behind "Bearer "
};

}  // namespace framespool::http
