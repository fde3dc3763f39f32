#include "store_thread.h"

#include <algorithm>

#include <base/log.h>

namespace framespool::store {

namespace {

using namespace std::chrono_literals;
using broker::StateWrite;

constexpr auto kGather = 100ms;            // many positions, one transaction
constexpr auto kRetry = 1s;                // of what could not be written
constexpr auto kPendingWait = 2s;          // for each try: whoever waits for an answer comes behind it
constexpr auto kLongestWait = 1h;          // between two calls of tidy()
constexpr std::size_t kMostAtOnce = 5000;  // records in one transaction

}  // namespace

StoreThread::StoreThread(broker::StateTopics& topics, const KafkaStoreOptions& options, std::function<void()> tidy)
    : options_(options), tidy_(std::move(tidy)), log_(topics, options) {
  log_.Open();
  thread_ = std::jthread([this](std::stop_token stop) { Work(stop); });
}

StoreThread::~StoreThread() = default;

std::optional<StoreTrouble> StoreThread::Trouble() const {
  std::lock_guard lock(mutex_);
  return trouble_;
}

void StoreThread::NoteTrouble(const std::string& message, bool is_damaged) {
  std::lock_guard lock(mutex_);
  damaged_ |= is_damaged;
  if (trouble_ && trouble_->message == message) return;
  if (!trouble_) trouble_ = StoreTrouble{.message = message, .since = Now()};
  trouble_->message = message;
  log::Error("store", message);
}

void StoreThread::NoteWritten() {
  std::lock_guard lock(mutex_);
  if (!trouble_ || damaged_) return;
  trouble_.reset();
  log::Info("store", "the worker's state can be written to Kafka again");
}

void StoreThread::WriteSoon(StateWrite write) {
  {
    std::lock_guard lock(mutex_);
    pending_.Put(std::move(write));
  }
  wake_.notify_one();
}

std::optional<std::string> StoreThread::Pending(const std::string& topic, const std::string& key) const {
  std::lock_guard lock(mutex_);
  return pending_.Find(topic, key);
}

std::vector<StateWrite> StoreThread::AllPending(const std::string& topic, const std::string& prefix) const {
  std::lock_guard lock(mutex_);
  return pending_.All(topic, prefix);
}

void StoreThread::ForgetPending(const std::string& topic, const std::function<bool(const std::string& key)>& is_meant) {
  std::lock_guard lock(mutex_);
  pending_.Forget(topic, is_meant);
}

void StoreThread::Write(const std::vector<StateWrite>& writes, StateLog::IfLate if_late) {
  try {
    log_.Write(writes, options_.patience, if_late);
    NoteWritten();
  } catch (const StoreError& error) {
    NoteTrouble(error.what(), error.is_damaged());
    throw;
  }
}

void StoreThread::WriteInParts(std::span<const StateWrite> writes) {
  while (!writes.empty()) {
    const auto part = writes.first(std::min(writes.size(), kMostAtOnce));
    Write({part.begin(), part.end()}, StateLog::IfLate::kStays);
    writes = writes.subspan(part.size());
  }
}

void StoreThread::RequireNothingPending() const {
  if (pending_failure_) std::rethrow_exception(pending_failure_);
}

void StoreThread::Work(const std::stop_token& stop) {
  log::NameThread("store");
  auto next_write = Clock::now();
  auto next_tidy = Clock::now();
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto due = [&] { return !queue_.empty() || (!pending_.empty() && Clock::now() >= next_write); };
    const auto until = pending_.empty() ? next_tidy : std::min(next_write, next_tidy);
    wake_.wait_until(lock, stop, until, [&] { return due() || (until > next_write && !pending_.empty()); });
    const bool last_try = stop.stop_requested() && queue_.empty();
    if (last_try && pending_.empty()) return;
    if (!due() && !last_try && Clock::now() < next_tidy) continue;
    auto queue = std::exchange(queue_, {});
    lock.unlock();
    WritePending();
    next_write = Clock::now() + (pending_failure_ ? std::chrono::milliseconds(kRetry) : kGather);
    for (auto& work : queue) work();
    if (Clock::now() >= next_tidy && !stop.stop_requested()) {
      next_tidy = Clock::now() + std::clamp<std::chrono::milliseconds>(options_.retention.time / 8, 1s, kLongestWait);
      tidy_();
    }
    lock.lock();
    if (last_try && pending_failure_) return;
  }
}

void StoreThread::WritePending() {
  while (true) {
    PendingWrites::Taken taken;
    {
      std::lock_guard lock(mutex_);
      taken = pending_.Some(kMostAtOnce);
    }
    pending_failure_ = nullptr;
    if (taken.writes.empty()) return;
    try {
      log_.Write(taken.writes, std::min<std::chrono::milliseconds>(kPendingWait, options_.patience),
                 StateLog::IfLate::kStays);
      NoteWritten();
    } catch (const StoreError& error) {
      NoteTrouble(error.what(), error.is_damaged());
      pending_failure_ = std::current_exception();
      return;
    }
    std::lock_guard lock(mutex_);
    pending_.Written(taken);
    if (taken.writes.size() < kMostAtOnce) return;
  }
}

}  // namespace framespool::store
