#pragma once

#include <framespool/http/credentials.h>

#include <string>
#include <string_view>

#include "framespool/access.h"
#include "http/http_message.h"

namespace framespool::mjpeg {

/// Who may read a sink: everyone, or the worker's users and those who know the sink's own password or token. Immutable;
/// any thread.
class AccessPolicy {
 public:
  AccessPolicy() = default;
  /// `basic` is "user:password", `bearer` a token; empty: not accepted. `gate` knows the worker's users; null: there
  /// are none. With none of them everyone may read.
  AccessPolicy(const std::string& basic, const std::string& bearer, AccessGate* gate = nullptr);

  bool guards() const { return gate_ != nullptr || !credentials_.empty(); }
  /// Whether it is not needed to ask the gate. `authorization` as a request's header of this name has it.
  bool Admits(std::string_view authorization) const {
    return !guards() || (!credentials_.empty() && credentials_.Admit(authorization));
  }
  AccessGate* gate() const noexcept { return gate_; }
  /// 401, with what is accepted.
  Answer Refusal() const;
  /// What to say to whom the gate does not admit: 401, or 429 with the time to wait. `is_fetch`: a page asks, and a
  /// browser that is told of passwords would ask for one over it; it has a log-in of its own.
  Answer Refusal(const AccessAnswer& answer, bool is_fetch) const;

 private:
  http::Credentials credentials_;
  AccessGate* gate_ = nullptr;
  std::string wanted_;
};

}  // namespace framespool::mjpeg
