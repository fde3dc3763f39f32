#pragma once

#include <framespool/http/credentials.h>

#include <string>
#include <string_view>

#include "http/http_message.h"

namespace framespool::mjpeg {

/// Who may read a sink: everyone, or those who know its password or its token. Immutable; any thread.
class AccessPolicy {
 public:
  AccessPolicy() = default;
  /// `basic` is "user:password", `bearer` a token; empty: not accepted. With neither everyone may read.
  AccessPolicy(const std::string& basic, const std::string& bearer);

  bool guards() const { return !credentials_.empty(); }
  /// `authorization` as a request's header of this name has it.
  bool Admits(std::string_view authorization) const { return credentials_.Admit(authorization); }
  /// 401, with what is accepted.
  Answer Refusal() const;

 private:
  http::Credentials credentials_;
  std::string wanted_;
};

}  // namespace framespool::mjpeg
