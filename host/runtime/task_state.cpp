#include "runtime/task_state.h"

#include <utility>
#include <variant>

#include <base/trace.h>

namespace framespool::runtime {

std::string_view ToText(State state) {
  switch (state) {
    case State::kUnassigned: return "UNASSIGNED";
    case State::kRunning: return "RUNNING";
    case State::kPaused: return "PAUSED";
    case State::kStopped: return "STOPPED";
    case State::kFailed: return "FAILED";
    case State::kRestarting: return "RESTARTING";
  }
  return "UNASSIGNED";
}

namespace {

// Of what a plugin reports.
constexpr std::size_t kMostMetrics = 1000;  // of a task
constexpr std::size_t kLongestName = 200;
constexpr std::size_t kLongestFact = 4 << 10;

std::optional<Waiting> WaitingOf(const Fields& metrics, const char* reason_key, const char* since_key) {
  const auto reason = metrics.find(reason_key);
  if (reason == metrics.end()) return std::nullopt;
  const auto* text = std::get_if<std::string>(&reason->second);
  const auto since = metrics.find(since_key);
  const auto* ms = since == metrics.end() ? nullptr : std::get_if<std::int64_t>(&since->second);
  return Waiting{.reason = text == nullptr ? "" : *text,
                 .since = Timestamp(std::chrono::milliseconds(ms == nullptr ? 0 : *ms))};
}

}  // namespace

std::optional<Waiting> WaitingOf(const Fields& metrics) {
  return WaitingOf(metrics, "waiting_for", "waiting_since_ms");
}

std::optional<Waiting> StallOf(const Fields& metrics) { return WaitingOf(metrics, "stalled_in", "stalled_since_ms"); }

void TaskState::Hide(base::Secrets secrets) {
  const std::lock_guard lock(mutex_);
  secrets_ = std::move(secrets);
}

void TaskState::Move(State to, Failure failure) {
  auto& [trace, problems, is_lasting] = failure;
  if (const base::Secrets hidden = secrets(); !hidden.empty()) {
    trace = hidden.Hidden(trace);
    problems = hidden.Hidden(std::move(problems));
  }
  const std::string reason = framespool::ToText(problems);
  {
    std::lock_guard lock(mutex_);
    if (snapshot_.state == to || snapshot_.state == State::kFailed) return;
    if (to == State::kPaused && snapshot_.state != State::kRunning) return;
    snapshot_.state = to;
    snapshot_.trace = trace;
    snapshot_.problems = std::move(problems);
    snapshot_.is_lasting = is_lasting;
    if (to == State::kFailed) {
      stall_.reset();
      is_stalled_ = false;
    }
    ++revision_;
  }
  listener_(to, trace, reason.empty() ? trace : reason);
}

void TaskState::TakeUp() {
  if (!paused()) return Move(State::kRunning);
  const bool is_new = [this] {
    const std::lock_guard lock(mutex_);
    return snapshot_.state == State::kUnassigned;
  }();
  if (is_new) Move(State::kRunning);
  Move(State::kPaused);
}

void TaskState::Merge(Fields metrics) {
  calls_.NoteProgress();
  if (const base::Secrets hidden = secrets(); !hidden.empty()) metrics = hidden.Hidden(std::move(metrics));
  std::lock_guard lock(mutex_);
  for (const auto& [name, value] : metrics) snapshot_.metrics.insert_or_assign(name, value);
  ++revision_;
}

bool TaskState::Report(Fields metrics) {
  std::size_t known = 0;
  bool has_left_out = false;
  {
    const std::lock_guard lock(mutex_);
    known = snapshot_.metrics.size();
    for (auto each = metrics.begin(); each != metrics.end();) {
      if (snapshot_.metrics.contains(each->first) || (each->first.size() <= kLongestName && known++ < kMostMetrics)) {
        if (auto* text = std::get_if<std::string>(&each->second)) base::Cut(*text, kLongestFact);
        ++each;
      } else {
        has_left_out = true;
        each = metrics.erase(each);
      }
    }
    has_left_out = has_left_out && !std::exchange(has_left_out_, has_left_out_ || has_left_out);
  }
  Merge(std::move(metrics));
  return has_left_out;
}

void TaskState::Remove(const std::string& metric) {
  std::lock_guard lock(mutex_);
  if (snapshot_.metrics.erase(metric) > 0) ++revision_;
}

bool TaskState::ShowStall(const std::string& call, std::chrono::milliseconds so_far, std::string trace) {
  const Timestamp since = framespool::Now() - so_far;
  Problem problem{.message = trace,
                  .kind = "task-stalled",
                  .facts = {{"call", call}, {"since_ms", std::int64_t{since.time_since_epoch().count()}}}};
  {
    const std::lock_guard lock(mutex_);
    if (stall_ || snapshot_.state == State::kFailed) return false;
    stall_ = Snapshot{
        .state = State::kUnassigned,
        .trace = trace,
        .problems = {std::move(problem)},
        .metrics = {{"stalled_in", call}, {"stalled_since_ms", std::int64_t{since.time_since_epoch().count()}}}};
    is_stalled_ = true;
    ++revision_;
  }
  listener_(State::kUnassigned, trace, trace);
  return true;
}

void TaskState::EndStall(const std::string& reason) {
  State state = State::kUnassigned;
  {
    const std::lock_guard lock(mutex_);
    if (!stall_) return;
    stall_.reset();
    is_stalled_ = false;
    state = snapshot_.state;
    ++revision_;
  }
  listener_(state, "", reason);
}

void TaskState::SetPaused(bool paused) {
  {
    std::lock_guard lock(mutex_);
    paused_ = paused;
    news_ = true;
  }
  news_changed_.notify_all();
}

bool TaskState::paused() const {
  std::lock_guard lock(mutex_);
  return paused_;
}

bool TaskState::AwaitResumed(std::stop_token stop, std::chrono::milliseconds wait) {
  std::unique_lock lock(mutex_);
  news_changed_.wait_for(lock, stop, wait, [this] { return !paused_; });
  return paused_;
}

void TaskState::Wake() {
  {
    std::lock_guard lock(mutex_);
    news_ = true;
  }
  news_changed_.notify_all();
}

void TaskState::AwaitNews(std::stop_token stop, std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  // wait_until() with the last point of time there is would overflow.
  if (deadline == std::chrono::steady_clock::time_point::max()) {
    news_changed_.wait(lock, std::move(stop), [this] { return news_; });
  } else {
    news_changed_.wait_until(lock, std::move(stop), deadline, [this] { return news_; });
  }
  news_ = false;
}

TaskState::Snapshot TaskState::Get() const {
  std::lock_guard lock(mutex_);
  if (!stall_) return snapshot_;
  Snapshot shown = *stall_;
  shown.metrics.insert(snapshot_.metrics.begin(), snapshot_.metrics.end());
  return shown;
}

}  // namespace framespool::runtime
