#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include <framespool/access.h>

#include "access_policy.h"
#include "http.h"

namespace framespool::rest {

/// Asks the worker's gate who sends a request, and refuses whom it does not know and what he may not. Any thread. Those
/// who still wait when it goes are not answered.
class Doorman {
 public:
  explicit Doorman(AccessGate& gate) : gate_(gate) {}
  Doorman(const Doorman&) = delete;
  Doorman& operator=(const Doorman&) = delete;
  ~Doorman();

  /// Who sent `request`, which is from `client`; nothing when `then` will be called with it, on another thread.
  std::optional<AccessAnswer> Ask(const Request& request, const std::string& client, AccessGate::Then then);

  /// What to say to who may not do what needs `needs`; nothing when `answer` is enough for it.
  static std::optional<Response> Refuse(const Request& request, const AccessAnswer& answer, AccessLevel needs);

 private:
  AccessGate& gate_;
  std::mutex mutex_;
  std::uint64_t last_ = 0;
  std::map<std::uint64_t, std::unique_ptr<AccessQuestion>> waiting_;
};

}  // namespace framespool::rest
