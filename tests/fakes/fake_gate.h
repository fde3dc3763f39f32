#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "framespool/access.h"

namespace framespool::fakes {

/// Admits who shows the name of a role, at once; "slow ROLE" when it is told to; who has one of its links; and nobody
/// else.
class FakeGate final : public AccessGate {
 public:
  std::variant<AccessAnswer, std::unique_ptr<AccessQuestion>> Ask(const AccessRequest& request, Then then) override {
    const std::lock_guard lock(mutex_);
    clients_.push_back(request.client);
    if (const auto link = links_.find(request.link); link != links_.end() && request.authorization.empty()) {
      return AccessAnswer{
          .kind = AccessAnswer::Kind::kAdmitted, .user = "link", .link = link->second, .until = until_.get_token()};
    }
    if (!request.authorization.starts_with("slow ")) return AnswerTo(request.authorization);
    waiting_ = std::move(then);
    shown_ = request.authorization.substr(5);
    return std::make_unique<Question>(*this);
  }
  void AddLink(const std::string& secret, ViewerLink link) {
    const std::lock_guard lock(mutex_);
    links_[secret] = std::make_shared<const ViewerLink>(std::move(link));
  }
  /// Whoever has been admitted is not any more.
  void WithdrawAll() {
    const std::lock_guard lock(mutex_);
    links_.clear();
    until_.request_stop();
  }
  bool waits() {
    const std::lock_guard lock(mutex_);
    return waiting_ != nullptr;
  }
  /// On a thread of its own, as the contract has it.
  void AnswerLate() {
    std::thread([this] {
      Then then;
      {
        const std::lock_guard lock(mutex_);
        then = std::exchange(waiting_, nullptr);
      }
      then(AnswerTo(shown_));
    }).join();
  }
  std::vector<std::string> clients() {
    const std::lock_guard lock(mutex_);
    return clients_;
  }

 private:
  struct Question final : AccessQuestion {
    explicit Question(FakeGate& gate) : gate_(gate) {}
    ~Question() override {
      const std::lock_guard lock(gate_.mutex_);
      gate_.waiting_ = nullptr;
    }
    FakeGate& gate_;
  };
  AccessAnswer AnswerTo(const std::string& shown) const {
    static const std::map<std::string, AccessLevel> levels = {
        {"viewer", AccessLevel::kViewer}, {"operator", AccessLevel::kOperator}, {"admin", AccessLevel::kAdmin}};
    if (shown == "later")
      return {.kind = AccessAnswer::Kind::kLater, .message = "too many", .retry_after = std::chrono::seconds(7)};
    const auto level = levels.find(shown);
    if (level == levels.end()) return {.kind = AccessAnswer::Kind::kRefused, .message = "who are you?"};
    return {.kind = AccessAnswer::Kind::kAdmitted, .user = shown, .level = level->second, .until = until_.get_token()};
  }

  std::mutex mutex_;
  std::vector<std::string> clients_;
  Then waiting_;
  std::string shown_;
  std::map<std::string, std::shared_ptr<const ViewerLink>> links_;
  std::stop_source until_;
};

}  // namespace framespool::fakes
