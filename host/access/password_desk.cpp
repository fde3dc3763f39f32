#include "password_desk.h"

#include <chrono>
#include <utility>
#include <variant>

#include <base/log.h>

namespace framespool::access {

namespace {

constexpr std::size_t kMostOfAnAddress = 8;
constexpr std::size_t kMost = 512;
constexpr std::chrono::seconds kLook{1};

}  // namespace

struct PasswordDesk::Waiting {
  AccessRequest request;
  std::recursive_mutex mutex;  // who is called may let go of its question
  AccessGate::Then then;       // none: it has been answered, or nobody waits any more

  void Answer(AccessAnswer answer) {
    const std::lock_guard lock(mutex);
    if (const auto call = std::exchange(then, nullptr)) call(std::move(answer));
  }
  bool withdrawn() {
    const std::lock_guard lock(mutex);
    return !then;
  }
};

class PasswordDesk::Question final : public AccessQuestion {
 public:
  explicit Question(std::shared_ptr<Waiting> waiting) : waiting_(std::move(waiting)) {}
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;
  ~Question() override {
    AccessGate::Then then;  // what it holds goes when the lock is free
    const std::lock_guard lock(waiting_->mutex);
    then.swap(waiting_->then);
  }

 private:
  const std::shared_ptr<Waiting> waiting_;
};

PasswordDesk::PasswordDesk(Check check, std::function<void()> idle)
    : check_(std::move(check)), idle_(std::move(idle)), thread_([this] { Work(); }) {}

PasswordDesk::~PasswordDesk() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
  for (auto& [client, queue] : waiting_) {
    for (const auto& each : queue) Question give_up(each);
  }
}

std::variant<AccessAnswer, std::unique_ptr<AccessQuestion>> PasswordDesk::Ask(const AccessRequest& request,
                                                                              AccessGate::Then then) {
  const std::lock_guard lock(mutex_);
  if (const auto wait = attempts_.WaitOf(request.client, Attempts::Clock::now()); wait.count() > 0)
    return TooMany(wait, request.client);
  auto& queue = waiting_[request.client];
  if (queue.size() >= kMostOfAnAddress || count_ >= kMost) {
    if (queue.empty()) waiting_.erase(request.client);
    return AccessAnswer{.kind = AccessAnswer::Kind::kLater,
                        .message = "too many passwords wait to be checked; try again in a second",
                        .retry_after = std::chrono::seconds(1)};
  }
  if (queue.empty()) turns_.push_back(request.client);
  auto waiting = std::make_shared<Waiting>();
  waiting->request = request;
  waiting->then = std::move(then);
  queue.push_back(waiting);
  ++count_;
  changed_.notify_all();
  return std::unique_ptr<AccessQuestion>(std::make_unique<Question>(std::move(waiting)));
}

void PasswordDesk::LookNow() {
  const std::lock_guard lock(mutex_);
  look_now_ = true;
  changed_.notify_all();
}

AccessAnswer PasswordDesk::TooMany(Attempts::Clock::duration wait, const std::string& client) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait);
  return {.kind = AccessAnswer::Kind::kLater,
          .message = "too many wrong passwords came from " + client + "; the next one is looked at in " +
                     std::to_string(seconds.count()) + " s",
          .retry_after = seconds};
}

std::shared_ptr<PasswordDesk::Waiting> PasswordDesk::Take() {
  if (turns_.empty()) return nullptr;
  const std::string client = std::move(turns_.front());
  turns_.pop_front();
  auto& queue = waiting_[client];
  auto next = std::move(queue.front());
  queue.pop_front();
  --count_;
  if (queue.empty())
    waiting_.erase(client);
  else
    turns_.push_back(client);
  return next;
}

void PasswordDesk::Work() {
  log::NameThread("access");
  auto next_look = Attempts::Clock::now() + kLook;
  std::unique_lock lock(mutex_);
  while (!stop_) {
    const auto next = Take();
    const auto now = Attempts::Clock::now();
    const auto wait = next ? attempts_.WaitOf(next->request.client, now) : Attempts::Clock::duration::zero();
    if (std::exchange(look_now_, false)) next_look = now;
    if (!next && now < next_look) {
      changed_.wait_until(lock, next_look);
      continue;
    }
    lock.unlock();
    if (next && !next->withdrawn()) {
      // It was asked before the one in front of it turned out to be wrong.
      AccessAnswer answer = wait.count() > 0 ? TooMany(wait, next->request.client) : check_(next->request);
      if (answer.kind == AccessAnswer::Kind::kRefused) {
        // Before the answer: who has it may ask again at once.
        const std::lock_guard inner(mutex_);
        attempts_.Failed(next->request.client, Attempts::Clock::now());
      }
      next->Answer(std::move(answer));
    }
    if (Attempts::Clock::now() >= next_look) {
      idle_();
      next_look = Attempts::Clock::now() + kLook;
    }
    lock.lock();
  }
}

}  // namespace framespool::access
