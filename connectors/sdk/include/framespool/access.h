#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>

#include "framespool/errors.h"

namespace framespool {

/// What somebody may do; each may also what those before it may. A viewer reads and watches, an operator starts, stops
/// and moves what is there, an admin decides what is there.
enum class AccessLevel : std::uint8_t { kViewer, kOperator, kAdmin };

/// What a request shows of who sent it: its headers of these names as they came, joined with commas, and its address.
struct AccessRequest {
  std::string authorization = {};
  std::string cookie = {};
  std::string client = {};  // without the port
  std::string origin = {};  // of the page that makes a browser send it; empty: the page is from where it is sent to
  std::string link = {};    // what `link` in the query says, decoded: see ViewerLink
};

/// What somebody may see who has no log-in but a link that a user has made for him: this, and nothing else of the
/// worker. What is empty bounds nothing.
struct ViewerLink {
  using Time = std::chrono::sys_time<std::chrono::milliseconds>;
  std::string connector = {};     // the one at which he may look
  std::string topic = {};         // of which
  std::optional<Time> from = {};  // no record before this time; with `to`, or neither: the newest record, always
  std::optional<Time> to = {};    // none at or after this one
  double most_fps = 0;            // records a second that a stream shows; 0: as many as there are
  Time expires = {};
};

/// What comes of it.
struct AccessAnswer {
  enum class Kind : std::uint8_t {
    kAdmitted,
    kRefused,  // it shows nothing, or nothing that counts here
    kLater,    // too many wrong ones came from this address, or too many wait: worth a try after `retry_after`
  };
  Kind kind = Kind::kRefused;
  std::string user = {};  // of kAdmitted
  AccessLevel level = AccessLevel::kViewer;
  std::string message = {};  // why not, for whoever asked; without what was shown
  std::chrono::seconds retry_after{0};
  std::shared_ptr<const ViewerLink> link = {};  // of kAdmitted: by which; null: as the user that he is
  /// Of kAdmitted: asked to stop when he would not be any more, because his line in the users file is another one or
  /// gone, or his link is over or taken back. What is under way for him ends then.
  std::stop_token until = {};
};

/// One that is not answered yet. Who lets go of it is not answered any more: the destructor waits for a call that is
/// under way, unless it is made by that call.
class FRAMESPOOL_EXPORT AccessQuestion {
 public:
  virtual ~AccessQuestion() = default;
};

/// Who may use what the worker and its connectors listen with: the worker's users and tokens, once for all of them. Any
/// thread. Outlives every task.
class FRAMESPOOL_EXPORT AccessGate {
 public:
  virtual ~AccessGate() = default;
  using Then = std::function<void(AccessAnswer)>;
  /// Answers at once where it can (a session, a token, a password that was right a moment ago). Otherwise a password
  /// is to be checked, which takes long by design: `then` is called once, on another thread, and must not wait.
  virtual std::variant<AccessAnswer, std::unique_ptr<AccessQuestion>> Ask(const AccessRequest& request, Then then) = 0;
};

}  // namespace framespool
