#include "sink_runner.h"

#include <base/log.h>
#include <base/trace.h>
#include <base/waiting.h>
#include <config/client_settings.h>

namespace framespool::runtime {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kBatchRecords = 500;
constexpr std::size_t kBatchBytes = 4 << 20;

std::vector<std::string> TopicsOf(const RawConfig& config) {
  std::vector<std::string> topics;
  if (const auto found = config.find("topics"); found != config.end()) detail::FromText(found->second, topics);
  return topics;
}

}  // namespace

void SinkRunner::Execute(std::stop_token stop) {
  const ConnectorEntry* entry = nullptr;
  if (!Persist(stop, "opening the plugin", [&] { entry = &open_(); })) return;
  SinkContext context(identity(), state(), gate(), TopicsOf(config_), broker_,
                      config::ReaderSettingsOf(identity().connector, config_), offsets_, tolerance_.all());
  std::unique_ptr<SinkTask> task;
  if (!Persist(stop, "starting", [&] { task = entry->make_sink(config_, context); })) return;
  state().TakeUp();
  log::Info(identity().logger(), "running");
  Loop(*task, context, stop);
  Commit(*task, context);
  inputs_.clear();
  task.reset();
  offsets_.Flush();
}

void SinkRunner::Loop(SinkTask& task, SinkContext& context, const std::stop_token& stop) {
  auto next_commit = Clock::now() + commit_interval_;
  while (!stop.stop_requested()) {
    context.RequireNoRejection();
    if (state().paused()) {
      state().Move(State::kPaused);
      Commit(task, context);
      while (!stop.stop_requested() && state().AwaitResumed(stop, 1s)) {
      }
      if (stop.stop_requested()) return;
    }
    state().Move(State::kRunning);  // also when it was resumed before it had begun
    if (context.consumption_paused()) {
      if (!state().paused()) base::WaitForStop(stop, 100ms);
      continue;
    }
    if (inputs_.empty() && !Persist(stop, "opening the topics", [&] { OpenInputs(context); })) return;
    for (const auto& [source, offset] : context.TakeSeeks()) {
      const auto input = inputs_.find(source);
      if (input == inputs_.end()) continue;
      input->second.reader->Seek(offset);
      input->second.delivered = offset;
    }
    // With several partitions each is asked in turn; the wait is shared, so that a quiet one delays no other for long.
    const auto wait = inputs_.size() == 1 ? 200ms : 0ms;
    bool delivered = false;
    for (auto& [source, input] : inputs_) delivered |= Deliver(task, input, wait, stop);
    if (!delivered && inputs_.size() > 1) Deliver(task, inputs_.begin()->second, 20ms, stop);
    if (Clock::now() >= next_commit) {
      Commit(task, context);
      next_commit = Clock::now() + commit_interval_;
    }
  }
}

void SinkRunner::OpenInputs(SinkContext& context) {
  std::map<TopicPartition, Input> inputs;
  for (const TopicPartition& source : context.Assignment()) {
    Input input{.reader = broker_.OpenReaderWith(config::ReaderSettingsOf(identity().connector, config_), source)};
    const auto committed = context.CommittedOffset(context.group(), source);
    input.reader->Seek(committed.value_or(input.reader->extent().first));
    input.delivered = input.committed = committed.value_or(0);
    inputs.emplace(source, std::move(input));
  }
  inputs_ = std::move(inputs);
}

bool SinkRunner::Deliver(SinkTask& task, Input& input, std::chrono::milliseconds wait, const std::stop_token& stop) {
  std::vector<SinkRecord> records;
  if (!Persist(stop, "reading the topic",
               [&] { records = input.reader->Read(kBatchRecords, kBatchBytes, wait, stop); })) {
    return false;
  }
  if (records.empty()) return false;
  state().NoteTopicUsed(records.front().topic);
  if (!Put(task, records, stop)) return false;
  input.delivered = records.back().offset + 1;
  records_ += static_cast<std::int64_t>(records.size());
  state().Merge({{"records", records_},
                 {"last_record_ms", static_cast<std::int64_t>(records.back().timestamp.time_since_epoch().count())},
                 {"lag_records", input.reader->extent().end - input.delivered}});
  return true;
}

bool SinkRunner::Put(SinkTask& task, std::span<const SinkRecord> records, const std::stop_token& stop) {
  constexpr const char* kDoing = "writing to the sink";
  std::string reason;
  const auto since = Clock::now();
  for (int failures = 0;;) {
    std::optional<std::chrono::milliseconds> delay;
    try {
      const bool taken = Persist(stop, kDoing, [&] { task.Put(records, stop); });
      if (taken && failures > 0) Recovered(kDoing, failures);
      return taken;
    } catch (...) {
      // Where one may be left out, only that one is tried again.
      if (!tolerance_.all() || records.size() == 1) delay = tolerance_.NextTry(since, ++failures);
      if (!delay && !tolerance_.all()) throw;
      reason = base::DescribeCurrentException();
    }
    if (!delay) break;
    if (!BackOff(stop, kDoing, reason.c_str(), failures - 1, *delay)) return false;
  }
  if (records.size() == 1) {
    const SinkRecord& record = records.front();
    tolerance_.Skip(record.topic + "-" + std::to_string(record.partition) + ", offset " + std::to_string(record.offset),
                    reason);
    state().Merge({{"records_skipped", tolerance_.skipped()}});
    return true;
  }
  // Which of them it was shows when each comes alone; what the sink has taken already it gets once more.
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!Put(task, records.subspan(i, 1), stop)) return false;
  }
  return true;
}

void SinkRunner::Commit(SinkTask& task, SinkContext& context) {
  bool flushed = false;
  for (auto& [source, input] : inputs_) {
    if (input.delivered == input.committed) continue;
    if (!std::exchange(flushed, true)) task.Flush();
    context.CommitOffset(context.group(), source, input.delivered);
    input.committed = input.delivered;
  }
}

}  // namespace framespool::runtime
