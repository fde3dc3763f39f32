#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <broker/state_topics.h>
#include <store/store.h>

#include "pending_writes.h"
#include "state_log.h"
#include "store_kafka/kafka_store.h"

namespace framespool::store {

/// The thread, "store", that writes a store's topics: what somebody waits for, one after the other, and what nobody
/// does (positions, states of tasks), gathered, as often as it takes until Kafka has it. Any thread, but for what says
/// otherwise. Ended, it finishes what is asked of it, and tries once to write the rest.
class StoreThread {
 public:
  /// Becomes the owner of the topics and reads them; throws StoreError. `tidy` is called now and then on the thread, a
  /// few times in `options.retention.time`. `topics` and `options` outlive it.
  StoreThread(broker::StateTopics& topics, const KafkaStoreOptions& options, std::function<void()> tidy);
  StoreThread(const StoreThread&) = delete;
  StoreThread& operator=(const StoreThread&) = delete;
  ~StoreThread();

  bool created() const noexcept { return log_.created(); }
  std::int32_t term() const noexcept { return log_.term(); }
  std::optional<StoreTrouble> Trouble() const;
  void NoteTrouble(const std::string& message, bool is_damaged);

  /// Has `work` done on the thread, after all that is pending, and waits for its answer.
  template <class F>
  void Run(F work) {
    const auto task = std::make_shared<std::packaged_task<void()>>(std::move(work));
    auto answer = task->get_future();
    {
      std::lock_guard lock(mutex_);
      queue_.emplace_back([task] { (*task)(); });
    }
    wake_.notify_one();
    answer.get();
  }

  /// Written soon; nobody waits.
  void WriteSoon(broker::StateWrite write);
  /// What of that is not written yet. Who looks at the topics as well looks here first: what is written in between is
  /// then found there.
  std::optional<std::string> Pending(const std::string& topic, const std::string& key) const;
  std::vector<broker::StateWrite> AllPending(const std::string& topic, const std::string& prefix) const;
  void ForgetPending(const std::string& topic, const std::function<bool(const std::string& key)>& is_meant);

  /// On the thread, for Run(): all of it or nothing. Throws StoreError, which is then the store's trouble, too.
  void Write(const std::vector<broker::StateWrite>& writes, StateLog::IfLate if_late);
  /// On the thread, for Run(): what may be in only in part, and will then be written again.
  void WriteInParts(std::span<const broker::StateWrite> writes);
  /// On the thread, for Run(): throws what kept that which was pending from being written.
  void RequireNothingPending() const;

 private:
  using Clock = std::chrono::steady_clock;
  void Work(const std::stop_token& stop);
  void WritePending();
  void NoteWritten();

  const KafkaStoreOptions& options_;
  const std::function<void()> tidy_;
  StateLog log_;                        // the thread's, but for construction
  std::exception_ptr pending_failure_;  // the thread's
  mutable std::mutex mutex_;
  std::optional<StoreTrouble> trouble_;
  bool damaged_ = false;
  std::condition_variable_any wake_;
  std::deque<std::function<void()>> queue_;
  PendingWrites pending_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace framespool::store
