#include "inspect/source_probe.h"

#include <mutex>
#include <optional>
#include <utility>

#include <base/log.h>
#include <base/numbers.h>
#include <base/outcome.h>
#include <base/trace.h>
#include <base/waiting.h>

#include "image_facts.h"

namespace framespool::inspect {

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
    return base::ToInteger<std::int64_t>(*text);
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

base::Refusal Wrong(const std::string& message) { return {400, message}; }

/// One probe: what its thread and the one that waits for it share.
struct Attempt {
  std::mutex mutex;
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
      {
        const std::lock_guard lock(attempt.mutex);
        attempt.waits_for = error.what();
      }
      base::WaitForStop(stop, kBetweenTries);
    }
  }
  return false;
}

base::Outcome<ProbeReport> ReadSource(Attempt& attempt, const ConnectorEntry& entry, const RawConfig& config,
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

base::Outcome<ProbeReport> ReadGuarded(Attempt& attempt, const ConnectorEntry& entry, const RawConfig& config,
                                       Clock::time_point deadline) {
  try {
    return ReadSource(attempt, entry, config, deadline);
  } catch (const ConfigError& error) {
    return Wrong(std::string("Connector configuration is invalid and contains the following 1 error(s):\n") +
                 error.what());
  } catch (...) {
    return Wrong(std::string(entry.name) + " could not be read: " + base::DescribeCurrentException());
  }
}

}  // namespace

base::Outcome<ProbeReport> SourceProbe::Look(const ConnectorEntry& entry, const RawConfig& config) {
  if (stop_.stop_requested()) return base::Refusal{503, "This worker is stopping"};
  const auto attempt = std::make_shared<Attempt>();
  const auto deadline = Clock::now() + patience_;
  base::DetachedCall<base::Outcome<ProbeReport>> read(
      "probed", [attempt, &entry, config, deadline] { return ReadGuarded(*attempt, entry, config, deadline); },
      calls_.Begin());
  read.AwaitUntil(deadline, stop_.get_token());
  attempt->stop.request_stop();
  // Asked to stop, a source that waits for its next frame comes back with those it has.
  if (read.AwaitFor(kGrace)) return read.Take();
  return base::Refusal{500, std::string(entry.name) + " did not come back within " +
                                std::to_string((patience_ + kGrace).count()) +
                                " ms; look for what it waits for (a file on a dead mount, a remote address)"};
}

}  // namespace framespool::inspect
