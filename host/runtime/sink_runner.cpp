#include "sink_runner.h"

#include <algorithm>

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
constexpr auto kLongestWait = 200ms;  // for records, while there may be something else to do

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
  consumer_.reset();
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
      consumer_->Seek(source, offset);
      input->second.delivered = offset;
    }
    Deliver(task, stop);
    if (Clock::now() >= next_commit) {
      Commit(task, context);
      next_commit = Clock::now() + commit_interval_;
    }
  }
}

void SinkRunner::OpenInputs(SinkContext& context) {
  const std::vector<TopicPartition> assignment = context.Assignment();
  if (assignment.empty()) throw RetriableError("the topics have no partitions yet");
  auto consumer = broker_.OpenConsumer(assignment, config::ReaderSettingsOf(identity().connector, config_));
  std::map<TopicPartition, Input> inputs;
  for (const TopicPartition& source : assignment) {
    const auto committed = context.CommittedOffset(context.group(), source);
    if (committed) consumer->Seek(source, *committed);
    inputs[source] = {.delivered = committed.value_or(0), .committed = committed.value_or(0)};
  }
  consumer_ = std::move(consumer);
  inputs_ = std::move(inputs);
}

void SinkRunner::Deliver(SinkTask& task, const std::stop_token& stop) {
  std::vector<SinkRecord> records;
  const auto read = [&] { records = consumer_->Read(kBatchRecords, kBatchBytes, kLongestWait, stop); };
  if (!Persist(stop, "reading the topic", read) || records.empty() || !Put(task, records, stop)) return;
  std::pair<const TopicPartition, Input>* last = nullptr;  // mostly the next one's partition as well
  for (const SinkRecord& record : records) {
    if (last == nullptr || last->first.partition != record.partition || last->first.topic != record.topic) {
      last = &*inputs_.find({record.topic, record.partition});
      state().NoteTopicUsed(record.topic);
    }
    last->second.delivered = record.offset + 1;
  }
  records_ += static_cast<std::int64_t>(records.size());
  std::int64_t lag = 0;
  for (const auto& [source, input] : inputs_) {
    const Extent extent = consumer_->ExtentOf(source);
    lag += std::max<std::int64_t>(0, extent.end - std::max(extent.first, input.delivered));
  }
  state().Merge({{"records", records_},
                 {"last_record_ms", static_cast<std::int64_t>(records.back().timestamp.time_since_epoch().count())},
                 {"lag_records", lag}});
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
