#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <base/secrets.h>
#include <framespool/problem.h>
#include <framespool/record.h>
#include <runtime/failure.h>
#include <runtime/plugin_calls.h>
#include <runtime/task_meters.h>
#include <runtime/task_status.h>

namespace framespool::runtime {

inline constexpr std::string_view kTooManyMetrics =
    "reports more metrics than a task may have (1000), or some with names of more than 200 bytes: those are left out";

/// What one task is doing and what it should do: the only thing that the task's thread and the herder's share. Any
/// thread. The legal moves: UNASSIGNED -> RUNNING <-> PAUSED, and from each of them to FAILED, which is final. A task
/// that does not come back from a call of its plugin is shown as UNASSIGNED, with the reason, until it does: nobody
/// works on it, and Kafka Connect's clients have no other word for that.
class TaskState {
 public:
  /// Called after each move, without a lock, on the thread that made it. `reason` says what `trace` does, for
  /// people: no type, no place.
  using Listener = std::function<void(State state, const std::string& trace, const std::string& reason)>;

  /// Called with the topic of each batch of records, without a lock, on the thread that has the batch.
  using TopicListener = std::function<void(const std::string& topic)>;

  explicit TaskState(Listener listener) : listener_(std::move(listener)) {}

  /// Before the task's thread starts.
  void OnTopicUsed(TopicListener listener) { topic_listener_ = std::move(listener); }
  void NoteTopicUsed(const std::string& topic) const {
    if (topic_listener_) topic_listener_(topic);
  }

  /// No trace, problem and metric shows one of `secrets` from now on.
  void Hide(base::Secrets secrets);

  /// Makes the move when it is legal; otherwise nothing happens.
  void Move(State to) { Move(to, {}); }
  /// To FAILED.
  void Fail(Failure failure) { Move(State::kFailed, std::move(failure)); }
  /// To RUNNING or PAUSED, whichever is wanted.
  void TakeUp();
  void Merge(Fields metrics);
  /// What the plugin reports: the same, but for more names, and longer texts, than anybody would look at. Returns
  /// whether names were left out for the first time.
  bool Report(Fields metrics);
  /// What the task's thread is in; what the plugin reports from there is progress.
  PluginCalls& calls() noexcept { return calls_; }
  /// Says from now on that the task is in its plugin's `call` and shows no sign of life, `trace` in words; false of one
  /// that is FAILED, or shown so already.
  bool ShowStall(const std::string& call, std::chrono::milliseconds so_far, std::string trace);
  /// It is as it was before ShowStall(); `reason` is for the listener. Nothing happens when it was not shown.
  void EndStall(const std::string& reason);
  bool stalled() const noexcept { return is_stalled_.load(std::memory_order_relaxed); }
  /// What is counted without a lock; they may outlive the task.
  TaskMeters& meters() const noexcept { return *meters_; }
  std::shared_ptr<TaskMeters> shared_meters() const noexcept { return meters_; }
  void Remove(const std::string& metric);

  void SetPaused(bool paused);
  bool paused() const;
  /// Until resumed, stopped or `wait` is over. Whether still paused.
  bool AwaitResumed(std::stop_token stop, std::chrono::milliseconds wait);
  /// There is something for the task's thread to look at.
  void Wake();
  /// Until Wake() or SetPaused() has been called since the last time, stopped, or `deadline`. The task's thread only.
  void AwaitNews(std::stop_token stop,
                 std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max());

  struct Snapshot {
    State state = State::kUnassigned;
    std::string trace;
    std::vector<Problem> problems;
    bool is_lasting = false;  // FAILED by what a restart does not mend
    Fields metrics;
  };
  /// As it is shown.
  Snapshot Get() const;
  /// Grows whenever what Get() returns has changed.
  std::uint64_t revision() const noexcept { return revision_; }

 private:
  void Move(State to, Failure failure);

  base::Secrets secrets() const {
    const std::lock_guard lock(mutex_);
    return secrets_;
  }

  const Listener listener_;
  const std::shared_ptr<TaskMeters> meters_ = std::make_shared<TaskMeters>();
  TopicListener topic_listener_;
  mutable std::mutex mutex_;
  std::condition_variable_any news_changed_;
  Snapshot snapshot_;              // without the stall
  std::optional<Snapshot> stall_;  // what is shown in its place: state, trace, problems and further metrics
  std::atomic<bool> is_stalled_ = false;
  PluginCalls calls_;
  base::Secrets secrets_;
  std::atomic<std::uint64_t> revision_ = 0;  // written under the lock
  bool has_left_out_ = false;                // metrics
  bool paused_ = false;
  bool news_ = false;
};

}  // namespace framespool::runtime
