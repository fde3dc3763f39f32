#include "inspect/source_probe.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>

#include <base/log.h>
#include <base/outcome.h>
#include <base/trace.h>
#include <base/waiting.h>
#include <config/client_settings.h>
#include <config/connector_config.h>
#include <runtime/broker_topics.h>
#include <runtime/record_bytes.h>
#include <runtime/source_context.h>

#include "chain_look.h"

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
// For their chain, which a slow transform must not make a long wait.
constexpr std::size_t kMostTried = 30;
constexpr std::size_t kMostTriedBytes = 64 << 20;
constexpr auto kLongestTrial = 2s;

/// What the source gets in place of a task's context: it stands at its beginning, whatever is stored.
class Context final : public runtime::SourceContext {
 public:
  Context(const RawConfig& config, broker::Broker& broker)
      : Context(config::CommonConfigOf(config).name, config, broker) {}

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
  Context(std::string name, const RawConfig& config, broker::Broker& broker)
      : SourceContext(broker, config::ReaderSettingsOf(name, config)), name_(std::move(name)) {}

  const std::string name_;
  mutable std::mutex mutex_;
  Fields metrics_;
  std::vector<std::string> messages_;
};

/// What the source gets that splits its work: nobody watches here.
class SplitContext final : public ConnectorContext {
 public:
  SplitContext(const RawConfig& config, broker::Broker& broker)
      : name_(config::CommonConfigOf(config).name), broker_(broker) {}
  const std::string& connector() const noexcept override { return name_; }
  void Log(LogLevel level, std::string_view message) override { log::Write(level, name_ + "|probe", message); }
  std::vector<RawConfig> LastSplit() const override { return {}; }
  std::map<std::string, std::int32_t> Topics() override { return runtime::TopicsForPatterns(broker_); }
  std::int32_t Partitions(const std::string& topic) override { return runtime::PartitionsOf(broker_, topic); }
  void RequestTaskReconfiguration() override {}
  void RaiseError(std::string_view why) override { throw std::runtime_error(std::string(why)); }

 private:
  const std::string name_;
  broker::Broker& broker_;
};

/// The records seen, and what they tell.
class Look {
 public:
  explicit Look(const plugins::Plugin& plugin) : plugin_(plugin) {}

  void Take(SourceRecord& record) {
    Keep(record);
    runtime::MakeBytes(record);
    const auto facts = plugin_.DescribeRecord(record).value_or(RecordFacts{});
    if (frames_ == 0) {
      first_ = record;
      first_facts_ = facts;
      first_time_ = Clock::now();
    }
    last_time_ = Clock::now();
    ++frames_;
    bytes_ += record.value.size();
    if (facts.time) {
      if (!first_own_time_) first_own_time_ = facts.time;
      last_own_time_ = *facts.time;
      ++timed_;
    }
  }

  bool IsEnough() const {
    if (frames_ == 0) return false;
    const auto looked = Clock::now() - first_time_;
    return frames_ >= kEnoughFrames || looked >= kLongestLook || (frames_ > 1 && looked >= kLook);
  }

  std::size_t frames() const { return frames_; }
  /// The first ones as the source made them, to be tried in its chain.
  std::vector<SourceRecord> TakeFirst() { return std::move(kept_); }

  ProbeReport Report() const {
    ProbeReport report;
    report.frames = frames_;
    report.first_frame = first_.value.payload();
    report.frame_bytes = static_cast<double>(bytes_) / static_cast<double>(frames_);
    report.fps = Rate();
    const auto declared = FindHeader(first_.headers, "content-type");
    report.content_type = first_facts_.content_type.empty() ? std::string(declared.value_or("application/octet-stream"))
                                                            : first_facts_.content_type;
    report.shows = first_facts_.shows;
    report.facts = first_facts_.facts;
    return report;
  }

 private:
  void Keep(const SourceRecord& record) {
    if (kept_.size() >= kMostTried || (!kept_.empty() && kept_bytes_ >= kMostTriedBytes)) return;
    // A picture may be decoded on its way, and keeps its pixels then.
    const auto picture = record.value.picture();
    if (picture) {
      kept_bytes_ += static_cast<std::size_t>(picture->width()) * static_cast<std::size_t>(picture->height()) * 3;
    } else if (!record.value.data()) {
      kept_bytes_ += record.value.size();
    }
    kept_.push_back(record);
  }

  /// By the records' own times, also where they came faster than that; without these by when they came.
  std::optional<double> Rate() const {
    if (timed_ > 1 && last_own_time_ > *first_own_time_) {
      return static_cast<double>(timed_ - 1) * 1e6 / static_cast<double>((last_own_time_ - *first_own_time_).count());
    }
    const double seconds = std::chrono::duration<double>(last_time_ - first_time_).count();
    if (frames_ < 2 || seconds <= 0) return std::nullopt;
    return static_cast<double>(frames_ - 1) / seconds;
  }

  const plugins::Plugin& plugin_;
  std::vector<SourceRecord> kept_;
  std::size_t kept_bytes_ = 0;
  SourceRecord first_;
  RecordFacts first_facts_;
  std::size_t frames_ = 0;
  std::uint64_t bytes_ = 0;
  Clock::time_point first_time_;
  Clock::time_point last_time_;
  std::size_t timed_ = 0;
  std::optional<std::chrono::microseconds> first_own_time_;
  std::chrono::microseconds last_own_time_{};
};

/// One probe: what its thread and the one that waits for it share.
struct Attempt {
  std::mutex mutex;
  std::string waits_for;
  std::vector<Problem> problems;  // the same for programs
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
        attempt.waits_for = base::WhatOf(error);
        attempt.problems = base::Bounded(error.problems());
      }
      base::WaitForStop(stop, kBetweenTries);
    }
  }
  return false;
}

/// What the first task of the connector would get.
RawConfig FirstTaskOf(const plugins::Plugin& plugin, const RawConfig& config, broker::Broker& broker) {
  RawConfig first = config;
  if (!plugin.splits()) return first;
  SplitContext context(config, broker);
  for (const RawConfig& task : plugin.TaskConfigs(config, context, 1)) {
    for (const auto& [key, value] : task) first.insert_or_assign(key, value);
  }
  return first;
}

base::Outcome<ProbeReport> ReadSource(Attempt& attempt, const plugins::Plugin& plugin, const RawConfig& config,
                                      broker::Broker& broker, plugins::PluginRegistry* plugins,
                                      Clock::time_point deadline) {
  const std::stop_token stop = attempt.stop.get_token();
  Context context(config, broker);
  Look look(plugin);
  {
    std::unique_ptr<SourceTask> task;
    Persist(attempt, deadline, [&] { task = plugin.MakeSource(FirstTaskOf(plugin, config, broker), context); });
    while (task && !look.IsEnough() && !stop.stop_requested() && Clock::now() < deadline) {
      std::vector<SourceRecord> records;
      Persist(attempt, deadline, [&] { records = task->Poll(stop); });
      for (SourceRecord& record : records) look.Take(record);
    }
  }
  if (look.frames() == 0) {
    const std::lock_guard lock(attempt.mutex);
    const std::string message =
        std::string(plugin.name()) + " gave no frame in time" +
        (attempt.waits_for.empty() ? "; is there anything to read yet?" : ": " + attempt.waits_for);
    auto problems = attempt.problems;
    if (problems.empty()) problems.push_back({.message = message, .kind = "no-record-in-time"});
    return base::Refuse(base::Reason::kInvalid, message, std::move(problems));
  }
  ProbeReport report = look.Report();
  context.TellOf(report);
  if (plugins != nullptr) {
    const auto trial_deadline = std::min(deadline, Clock::now() + kLongestTrial);
    report.chain = LookAtChain(plugin, config, *plugins, look.TakeFirst(), trial_deadline, stop);
  }
  return report;
}

base::Outcome<ProbeReport> ReadGuarded(Attempt& attempt, const plugins::Plugin& plugin, const RawConfig& config,
                                       broker::Broker& broker, plugins::PluginRegistry* plugins,
                                       Clock::time_point deadline) {
  try {
    return ReadSource(attempt, plugin, config, broker, plugins, deadline);
  } catch (const ConfigError& error) {
    return base::Refused(config::ComplaintOf(base::Bounded(error.problems())));
  } catch (...) {
    return base::Refuse(base::Reason::kInvalid,
                        std::string(plugin.name()) + " could not be read: " + base::DescribeCurrentException(),
                        base::ProblemsOfCurrentException());
  }
}

}  // namespace

base::Outcome<ProbeReport> SourceProbe::Look(const plugins::Plugin& plugin, const RawConfig& config,
                                             const base::Secrets& secrets) {
  auto looked = LookUnguarded(plugin, config, base::HideInLog(config::CommonConfigOf(config).name, secrets));
  if (!looked) {
    base::Refusal& refusal = looked.error();
    refusal.message = secrets.Hidden(refusal.message);
    refusal.problems = secrets.Hidden(std::move(refusal.problems));
    return looked;
  }
  looked->metrics = secrets.Hidden(std::move(looked->metrics));
  looked->facts = secrets.Hidden(std::move(looked->facts));
  for (std::string& message : looked->messages) message = secrets.Hidden(message);
  if (looked->chain) Hide(*looked->chain, secrets);
  return looked;
}

base::Outcome<ProbeReport> SourceProbe::LookUnguarded(const plugins::Plugin& plugin, const RawConfig& config,
                                                      std::shared_ptr<const void> hidden_in_log) {
  if (stop_.stop_requested()) {
    return base::Refuse(base::Reason::kUnavailable, {.message = "This worker is stopping", .kind = "worker-stopping"});
  }
  const auto attempt = std::make_shared<Attempt>();
  const auto deadline = Clock::now() + patience_;
  base::DetachedCall<base::Outcome<ProbeReport>> read(
      "probed",
      [attempt, plugin, config, deadline, &broker = broker_, plugins = plugins_, hidden = std::move(hidden_in_log)] {
        return ReadGuarded(*attempt, plugin, config, broker, plugins, deadline);
      },
      calls_.Begin());
  read.AwaitUntil(deadline, stop_.get_token());
  attempt->stop.request_stop();
  // Asked to stop, a source that waits for its next frame comes back with those it has.
  if (read.AwaitFor(kGrace)) return read.Take();
  return base::Refuse(base::Reason::kFailed,
                      {.message = std::string(plugin.name()) + " did not come back within " +
                                  std::to_string((patience_ + kGrace).count()) +
                                  " ms; look for what it waits for (a file on a dead mount, a remote address)",
                       .kind = "plugin-timeout"});
}

}  // namespace framespool::inspect
