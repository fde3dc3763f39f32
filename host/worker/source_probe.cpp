#include "source_probe.h"

#include <charconv>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include <log/log.h>

#include "image_facts.h"
#include "task_runner.h"

namespace framespool::worker {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// A second of a camera tells its rate and how large its frames are; a slower source gets three to show a second frame.
constexpr auto kLook = 1s;
constexpr auto kLongestLook = 3s;
constexpr std::size_t kEnoughFrames = 120;
constexpr auto kBetweenTries = 100ms;
// Beyond its patience a source is asked to stop, and has this long to come back.
constexpr auto kGrace = 500ms;
constexpr std::size_t kMostMessages = 20;

/// What the source gets in place of a task's context: it stands at its beginning, whatever is stored.
class Context final : public SourceTaskContext {
 public:
  explicit Context(const RawConfig& config) : name_(config.at("name")) {}

  const std::string& connector() const noexcept override { return name_; }
  int task() const noexcept override { return 0; }
  void Log(LogLevel level, std::string_view message) override {
    log::Write(level, name_ + "|probe", message);
    const std::lock_guard lock(mutex_);
    if (level >= LogLevel::kInfo && messages_.size() < kMostMessages) messages_.emplace_back(message);
  }
  void ReportMetrics(const Fields& metrics) override {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, value] : metrics) metrics_.insert_or_assign(name, value);
  }
  std::optional<Fields> StoredOffset(const Fields& /*source_partition*/) override { return std::nullopt; }

  void TellOf(ProbeReport& report) const {
    const std::lock_guard lock(mutex_);
    report.metrics = metrics_;
    report.messages = messages_;
  }

 private:
  const std::string name_;
  mutable std::mutex mutex_;
  Fields metrics_;
  std::vector<std::string> messages_;
};

/// The records seen, and what they tell.
class Look {
 public:
  void Take(const SourceRecord& record) {
    if (frames_ == 0) {
      first_ = record;
      first_time_ = Clock::now();
    }
    last_time_ = Clock::now();
    ++frames_;
    bytes_ += record.value.size();
    if (const auto pts = PresentationTime(record)) {
      if (!first_pts_) first_pts_ = pts;
      last_pts_ = *pts;
      ++timed_;
    }
  }

  bool IsEnough() const {
    if (frames_ == 0) return false;
    const auto looked = Clock::now() - first_time_;
    return frames_ >= kEnoughFrames || looked >= kLongestLook || (frames_ > 1 && looked >= kLook);
  }

  std::size_t frames() const { return frames_; }

  ProbeReport Report() const {
    ProbeReport report;
    report.frames = frames_;
    report.first_frame = first_.value;
    report.frame_bytes = static_cast<double>(bytes_) / static_cast<double>(frames_);
    report.fps = Rate();
    const auto image = LookAtImage(first_.value.bytes());
    if (image) {
      report.width = image->width;
      report.height = image->height;
    }
    const auto declared = FindHeader(first_.headers, "content-type");
    report.content_type = image ? image->content_type : std::string(declared.value_or("application/octet-stream"));
    report.is_image = image.has_value();
    return report;
  }

 private:
  static std::optional<std::int64_t> PresentationTime(const SourceRecord& record) {
    const auto text = FindHeader(record.headers, "framespool.pts.us");
    if (!text) return std::nullopt;
    std::int64_t us = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), us);
    return error == std::errc{} && end == text->data() + text->size() ? std::optional(us) : std::nullopt;
  }

  /// By the frames' own times, also where they came faster than that; without these by when they came.
  std::optional<double> Rate() const {
    if (timed_ > 1 && last_pts_ > *first_pts_) {
      return static_cast<double>(timed_ - 1) * 1e6 / static_cast<double>(last_pts_ - *first_pts_);
    }
    const double seconds = std::chrono::duration<double>(last_time_ - first_time_).count();
    if (frames_ < 2 || seconds <= 0) return std::nullopt;
    return static_cast<double>(frames_ - 1) / seconds;
  }

  SourceRecord first_;
  std::size_t frames_ = 0;
  std::uint64_t bytes_ = 0;
  Clock::time_point first_time_;
  Clock::time_point last_time_;
  std::size_t timed_ = 0;
  std::optional<std::int64_t> first_pts_;
  std::int64_t last_pts_ = 0;
};

Refusal Wrong(const std::string& message) { return {400, message}; }

/// One probe: what its thread and the one that waits for it share.
struct Attempt {
  std::mutex mutex;
  std::condition_variable_any done;
  std::optional<Outcome<ProbeReport>> outcome;
  std::string waits_for;
  std::stop_source stop;
};

/// Makes `call` until it returns or time is up; whether it returned.
template <class F>
bool Persist(Attempt& attempt, Clock::time_point deadline, F call) {
  const std::stop_token stop = attempt.stop.get_token();
  while (!stop.stop_requested() && Clock::now() < deadline) {
    try {
      call();
      return true;
    } catch (const RetriableError& error) {
      std::unique_lock lock(attempt.mutex);
      attempt.waits_for = error.what();
      attempt.done.wait_for(lock, stop, kBetweenTries, [] { return false; });
    }
  }
  return false;
}

Outcome<ProbeReport> ReadSource(Attempt& attempt, const ConnectorEntry& entry, const RawConfig& config,
                                Clock::time_point deadline) {
  const std::stop_token stop = attempt.stop.get_token();
  Context context(config);
  Look look;
  {
    std::unique_ptr<SourceTask> task;
    Persist(attempt, deadline, [&] { task = entry.make_source(config, context); });
    while (task && !look.IsEnough() && !stop.stop_requested() && Clock::now() < deadline) {
      std::vector<SourceRecord> records;
      Persist(attempt, deadline, [&] { records = task->Poll(stop); });
      for (const SourceRecord& record : records) look.Take(record);
    }
  }
  if (look.frames() == 0) {
    const std::lock_guard lock(attempt.mutex);
    return Wrong(std::string(entry.name) + " gave no frame in time" +
                 (attempt.waits_for.empty() ? "; is there anything to read yet?" : ": " + attempt.waits_for));
  }
  ProbeReport report = look.Report();
  context.TellOf(report);
  return report;
}

Outcome<ProbeReport> ReadGuarded(Attempt& attempt, const ConnectorEntry& entry, const RawConfig& config,
                                 Clock::time_point deadline) {
  try {
    return ReadSource(attempt, entry, config, deadline);
  } catch (const ConfigError& error) {
    return Wrong(std::string("Connector configuration is invalid and contains the following 1 error(s):\n") +
                 error.what());
  } catch (...) {
    return Wrong(std::string(entry.name) + " could not be read: " + DescribeCurrentException());
  }
}

}  // namespace

Outcome<ProbeReport> SourceProbe::Look(const ConnectorEntry& entry, const RawConfig& config) {
  if (stop_.stop_requested()) return Refusal{503, "This worker is stopping"};
  const auto attempt = std::make_shared<Attempt>();
  const auto deadline = Clock::now() + patience_;
  std::thread([attempt, &entry, config, deadline, call = calls_.Begin()]() mutable {
    log::NameThread("probed");
    auto outcome = ReadGuarded(*attempt, entry, config, deadline);
    call.reset();
    {
      const std::lock_guard lock(attempt->mutex);
      attempt->outcome = std::move(outcome);
    }
    attempt->done.notify_all();
  }).detach();

  const auto stop = stop_.get_token();
  const auto is_done = [&] { return attempt->outcome.has_value(); };
  std::unique_lock lock(attempt->mutex);
  attempt->done.wait_until(lock, stop, deadline, is_done);
  lock.unlock();
  attempt->stop.request_stop();
  lock.lock();
  // Asked to stop, a source that waits for its next frame comes back with those it has.
  if (attempt->done.wait_for(lock, kGrace, is_done)) return std::move(*attempt->outcome);
  return Refusal{500, std::string(entry.name) + " did not come back within " +
                          std::to_string((patience_ + kGrace).count()) +
                          " ms; look for what it waits for (a file on a dead mount, a remote address)"};
}

}  // namespace framespool::worker
