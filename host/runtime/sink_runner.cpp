#include "sink_runner.h"

#include <base/log.h>
#include <base/trace.h>
#include <base/waiting.h>
#include <config/client_settings.h>
#include <config/connector_config.h>

namespace framespool::runtime {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kBatchRecords = 500;
constexpr std::size_t kBatchBytes = 4 << 20;

}  // namespace

void SinkRunner::Execute(const plugins::Plugin& plugin, const RawConfig& config, std::stop_token stop) {
  SinkContext context(identity(), state(), gate(), config::TopicsOf(config), broker_,
                      config::ReaderSettingsOf(identity().connector, config), offsets_, tolerance_.all());
  inputs_.clear();  // of a task before this one, which ended in an exception
  std::unique_ptr<SinkTask> task;
  if (!Persist(stop, "starting", [&] { task = plugin.MakeSink(config, context); })) return;
  state().TakeUp();
  log::Info(identity().logger(), "running");
  Loop(*task, context, stop);
  Commit(*task, context, stop);
  CloseInputs(*task);
  task.reset();
  offsets_.Flush();
}

void SinkRunner::Loop(SinkTask& task, SinkContext& context, const std::stop_token& stop) {
  auto next_commit = Clock::now() + commit_interval_;
  while (!stop.stop_requested()) {
    context.RequireNoRejection();
    if (state().paused()) {
      state().Move(State::kPaused);
      Commit(task, context, stop);
      while (!stop.stop_requested() && state().paused()) state().AwaitNews(stop);
      if (stop.stop_requested()) return;
    }
    state().Move(State::kRunning);  // also when it was resumed before it had begun
    if (inputs_.empty() && !Persist(stop, "opening the topics", [&] { OpenInputs(task, context); })) return;
    Seek(context);
    if (context.TakeCommitRequest() || Clock::now() >= next_commit) {
      Commit(task, context, stop);
      next_commit = Clock::now() + commit_interval_;
    }
    if (context.consumption_paused()) {
      state().AwaitNews(stop, next_commit);
      continue;
    }
    // With several partitions each is asked in turn; the wait is shared, so that a quiet one delays no other for long.
    const auto wait = inputs_.size() == 1 ? 200ms : 0ms;
    bool delivered = false;
    for (auto& [source, input] : inputs_) delivered |= Deliver(task, context, input, wait, stop);
    if (!delivered && inputs_.size() > 1) Deliver(task, context, inputs_.begin()->second, 20ms, stop);
  }
}

void SinkRunner::OpenInputs(SinkTask& task, SinkContext& context) {
  std::map<TopicPartition, Input> inputs;
  const std::vector<TopicPartition> assignment = context.Assignment();
  for (const TopicPartition& source : assignment) {
    Input input{.reader = broker_.OpenReaderWith(config::ReaderSettingsOf(identity().connector, config()), source)};
    const auto committed = context.CommittedOffset(context.group(), source);
    input.reader->Seek(committed.value_or(input.reader->extent().first));
    input.delivered = input.committed = committed.value_or(0);
    inputs.emplace(source, std::move(input));
  }
  task.Open(assignment);
  inputs_ = std::move(inputs);
}

void SinkRunner::CloseInputs(SinkTask& task) {
  if (inputs_.empty()) return;
  std::vector<TopicPartition> assignment;
  for (const auto& [source, input] : inputs_) assignment.push_back(source);
  inputs_.clear();
  task.Close(assignment);
}

void SinkRunner::Seek(SinkContext& context) {
  for (const auto& [source, offset] : context.TakeSeeks()) {
    const auto input = inputs_.find(source);
    if (input == inputs_.end()) continue;
    input->second.reader->Seek(offset);
    input->second.delivered = offset;
  }
}

bool SinkRunner::Deliver(SinkTask& task, SinkContext& context, Input& input, std::chrono::milliseconds wait,
                         const std::stop_token& stop) {
  std::vector<SinkRecord> records;
  if (!Persist(stop, "reading the topic",
               [&] { records = input.reader->Read(kBatchRecords, kBatchBytes, wait, stop); })) {
    return false;
  }
  if (records.empty()) return false;
  state().NoteTopicUsed(records.front().topic);
  if (!Put(task, context, records, stop)) return false;
  input.delivered = records.back().offset + 1;
  records_ += static_cast<std::int64_t>(records.size());
  state().Merge({{"records", records_},
                 {"last_record_ms", static_cast<std::int64_t>(records.back().timestamp.time_since_epoch().count())},
                 {"lag_records", input.reader->extent().end - input.delivered}});
  return true;
}

bool SinkRunner::Put(SinkTask& task, SinkContext& context, std::span<const SinkRecord> records,
                     const std::stop_token& stop) {
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
    state().Merge({{"records_skipped", tolerance_.skipped() + context.rejected()}});
    return true;
  }
  // Which of them it was shows when each comes alone; what the sink has taken already it gets once more.
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!Put(task, context, records.subspan(i, 1), stop)) return false;
  }
  return true;
}

void SinkRunner::Commit(SinkTask& task, SinkContext& context, const std::stop_token& stop) {
  PartitionOffsets taken;
  for (const auto& [source, input] : inputs_) {
    if (input.delivered != input.committed) taken.emplace(source, input.delivered);
  }
  if (taken.empty()) return;
  PartitionOffsets committable;
  if (!Persist(stop, "flushing the sink", [&] { committable = task.PreCommit(taken); })) return;
  for (const auto& [source, offset] : committable) {
    const auto known = taken.find(source);
    if (known == taken.end() || offset > known->second || offset < 0) {
      log::Warn(identity().logger(), identity().connector_class + " says that " + source.topic + "-" +
                                         std::to_string(source.partition) + " may be committed up to offset " +
                                         std::to_string(offset) + ", which it has not been given; not committed");
      continue;
    }
    Input& input = inputs_.at(source);
    if (offset == input.committed) continue;
    context.StoreOffset(context.group(), source, offset);
    input.committed = offset;
  }
}

}  // namespace framespool::runtime
