#include "sink_runner.h"

#include <algorithm>
#include <iterator>

#include <base/log.h>
#include <base/trace.h>
#include <base/waiting.h>
#include <config/client_settings.h>
#include <config/connector_config.h>
#include <runtime/broker_topics.h>

namespace framespool::runtime {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kBatchRecords = 500;
constexpr std::size_t kBatchBytes = 4 << 20;
constexpr auto kBetweenClaims = 500ms;  // of a task with nothing to read, for what another may give up
constexpr auto kLongestWait = 200ms;    // for records, while there may be something else to do

}  // namespace

void SinkRunner::Execute(const plugins::Plugin& plugin, std::stop_token stop) {
  SinkContext context(identity(), state(), gate(), common().topics, broker_,
                      config::ReaderSettingsOf(identity().connector, config()), offsets_, tolerance_.all());
  const auto make_stages = [&] {
    if (plugins_ != nullptr) stages_ = RecordStages(config(), *plugins_, identity());
    if (const std::string place = stages_.withholding(); !place.empty()) {
      throw ConfigError(place +
                        " may hold records back, as it is configured, and that a sink's chain cannot: put it "
                        "into the source of the topic");
    }
  };
  if (!Persist(stop, "opening the transforms", make_stages)) return;
  dead_letters_.emplace(common(), config(), secrets(), identity(), broker_);
  if (dead_letters_->wanted() && tolerance_.all()) context.KeepRejected();
  inputs_.clear();  // of a task before this one, which ended in an exception
  consumer_.reset();
  found_.clear();
  followed_ = 0;
  PartitionShares::Member member(*shares_, static_cast<std::size_t>(identity().task), gate());
  context.AssignBy([&] {
    const auto wanted = member.Wanted();
    return std::vector<TopicPartition>(wanted.begin(), wanted.end());
  });
  if (!Persist(stop, "opening the topics", [&] { Look(context); })) return;
  std::unique_ptr<SinkTask> task;
  if (!Persist(stop, "starting", [&] {
        const auto inside = In("constructor");
        task = plugin.MakeSink(config(), context);
      }))
    return;
  state().TakeUp();
  log::Info(identity().logger(), "running");
  Loop(*task, context, member, stop);
  Commit(*task, context, stop);
  CloseInputs(*task, member.held());
  task.reset();
  offsets_.Flush();
}

void SinkRunner::Loop(SinkTask& task, SinkContext& context, PartitionShares::Member& member,
                      const std::stop_token& stop) {
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
    if (!Follow(task, context, member, stop)) return;
    Seek(context);
    if (context.TakeCommitRequest() || Clock::now() >= next_commit) {
      Commit(task, context, stop);
      next_commit = Clock::now() + commit_interval_;
    }
    if (context.consumption_paused() || inputs_.empty()) {
      state().AwaitNews(stop, std::min(next_commit, Clock::now() + kBetweenClaims));
      continue;
    }
    Deliver(task, context, stop);
  }
}

void SinkRunner::Look(SinkContext& context) {
  auto found = common().topics_regex.empty() ? OfNamed(context) : OfPattern();
  shares_->SetPartitions(found);
  found_ = std::move(found);
  next_look_ = Clock::now() + look_interval_;
}

/// Of topics that may come and go: there need not be any.
PartitionShares::Partitions SinkRunner::OfPattern() {
  const config::NamedTopics topics = config::TopicsOf(config::ConnectorType::kSink, common());
  PartitionShares::Partitions found;
  for (const auto& [topic, partitions] : TopicsForPatterns(broker_)) {
    if (!topics.Hold(topic)) continue;
    for (std::int32_t i = 0; i < partitions; ++i) found.insert({topic, i});
  }
  return found;
}

PartitionShares::Partitions SinkRunner::OfNamed(SinkContext& context) {
  PartitionShares::Partitions found;
  for (const std::string& topic : context.topics()) {
    const auto before = found_.lower_bound({topic, 0});
    const bool is_known = before != found_.end() && before->topic == topic;
    // One that somebody has deleted is not made again, only for a look.
    const auto count = is_known ? context.KnownPartitions(topic) : context.Partitions(topic);
    for (std::int32_t i = 0; i < count.value_or(0); ++i) found.insert({topic, i});
    for (auto at = before; !count && at != found_.end() && at->topic == topic; ++at) found.insert(*at);
  }
  if (found.empty()) throw RetriableError("the topics have no partitions yet");
  return found;
}

bool SinkRunner::Follow(SinkTask& task, SinkContext& context, PartitionShares::Member& member,
                        const std::stop_token& stop) {
  if (Clock::now() >= next_look_) LookAgain(context);
  const std::uint64_t revision = shares_->revision();
  if (revision == followed_) return true;
  const PartitionShares::Partitions wanted = member.Wanted();
  PartitionShares::Partitions lost;
  std::set_difference(member.held().begin(), member.held().end(), wanted.begin(), wanted.end(),
                      std::inserter(lost, lost.end()));
  if (!lost.empty()) {
    Commit(task, context, stop);
    if (stop.stop_requested()) return false;
    CloseInputs(task, lost);
    member.GiveUp(lost);
  }
  const PartitionShares::Partitions gained = member.TakeUp();
  const bool is_other = !lost.empty() || !gained.empty();
  if (is_other && !Persist(stop, "opening the topics", [&] { OpenInputs(task, context, gained); })) return false;
  if (lost.empty() && member.held() == wanted) followed_ = revision;
  return true;
}

void SinkRunner::LookAgain(SinkContext& context) {
  next_look_ = Clock::now() + look_interval_;
  try {
    Look(context);
  } catch (const RetriableError& error) {
    log::Debug(identity().logger(), std::string("looking for new partitions: ") + error.what());
  }
}

void SinkRunner::OpenInputs(SinkTask& task, SinkContext& context, const PartitionShares::Partitions& gained) {
  std::map<TopicPartition, Input> inputs = inputs_;
  for (const TopicPartition& source : gained) {
    const auto committed = context.CommittedOffset(context.group(), source);
    inputs[source] = {
        .delivered = committed.value_or(0), .committed = committed.value_or(0), .placed = committed.has_value()};
  }
  std::vector<TopicPartition> sources;
  for (const auto& [source, input] : inputs) sources.push_back(source);
  std::unique_ptr<broker::Consumer> consumer;
  if (!sources.empty())
    consumer = broker_.OpenConsumer(sources, config::ReaderSettingsOf(identity().connector, config()));
  for (const auto& [source, input] : inputs) {
    if (input.placed) consumer->Seek(source, input.delivered);
  }
  const std::vector<TopicPartition> told(gained.begin(), gained.end());
  if (!told.empty()) {
    const auto inside = In("Open()");
    task.Open(told);
  }
  consumer_ = std::move(consumer);
  inputs_ = std::move(inputs);
  state().meters().partitions.Set(static_cast<std::int64_t>(inputs_.size()));
}

void SinkRunner::CloseInputs(SinkTask& task, const PartitionShares::Partitions& lost) {
  consumer_.reset();
  std::vector<TopicPartition> closed;
  for (const TopicPartition& source : lost) {
    if (inputs_.erase(source) > 0) closed.push_back(source);
  }
  if (closed.empty()) return;
  const auto inside = In("Close()");
  task.Close(closed);
}

void SinkRunner::Seek(SinkContext& context) {
  for (const auto& [source, offset] : context.TakeSeeks()) {
    const auto input = inputs_.find(source);
    if (input == inputs_.end()) continue;
    consumer_->Seek(source, offset);
    input->second.delivered = offset;
    input->second.placed = true;
    stages_.Reset();
  }
}

void SinkRunner::Deliver(SinkTask& task, SinkContext& context, const std::stop_token& stop) {
  std::vector<SinkRecord> records;
  const auto read = [&] { records = consumer_->Read(kBatchRecords, kBatchBytes, kLongestWait, stop); };
  if (!Persist(stop, "reading the topic", read) || records.empty()) return;
  state().meters().NoteBatch(records.size());
  const Timestamp newest = records.back().timestamp;
  std::vector<std::pair<Input*, std::int64_t>> ends;  // behind each run of records of one partition
  const SinkRecord* last = nullptr;                   // mostly the next one's partition as well
  for (const SinkRecord& record : records) {
    if (last == nullptr || last->partition != record.partition || last->topic != record.topic) {
      last = &record;
      ends.emplace_back(&inputs_.at({record.topic, record.partition}), 0);
      state().NoteTopicUsed(record.topic);
    }
    ends.back().second = record.offset + 1;
  }
  originals_.clear();
  if (stages_.concern_sink() && !Transform(context, records, stop)) return;
  batch_ = records;
  if (!records.empty() && !Put(task, context, records, stop)) return;
  if (!SendRejected(context, stop)) return;
  for (const auto& [input, end] : ends) {
    input->delivered = end;
    input->placed = true;
  }
  records_ += static_cast<std::int64_t>(records.size());
  state().meters().records_out.Add(static_cast<std::int64_t>(records.size()));
  std::int64_t lag = 0;
  std::int64_t longest_lag = 0;
  for (const auto& [source, input] : inputs_) {
    const Extent extent = consumer_->ExtentOf(source);
    const std::int64_t own = std::max<std::int64_t>(0, extent.end - std::max(extent.first, input.delivered));
    lag += own;
    longest_lag = std::max(longest_lag, own);
  }
  state().meters().longest_lag.Set(longest_lag);
  NoteActive();
  state().Merge({{"records", records_},
                 {"last_record_ms", static_cast<std::int64_t>(newest.time_since_epoch().count())},
                 {"lag_records", lag}});
}

bool SinkRunner::Transform(SinkContext& context, std::vector<SinkRecord>& records, const std::stop_token& stop) {
  std::size_t kept = 0;
  std::int64_t filtered = 0;
  const bool keep_originals = dead_letters_->wanted() && tolerance_.all();
  for (SinkRecord& record : records) {
    SinkRecord original;
    if (keep_originals) original = record;
    original.topic = record.topic;
    original.partition = record.partition;
    original.offset = record.offset;
    RecordWay way;
    bool goes_on = false;
    try {
      const auto pass = [&] {
        const auto inside = In("chain of transforms");
        goes_on = stages_.Pass(record, way);
      };
      if (!Persist(stop, "transforming", pass)) return false;
      filtered += goes_on ? 0 : 1;
    } catch (...) {
      const StageAt at = stages_.At(way);
      const std::string why = base::DescribeCurrentException();
      if (!tolerance_.all()) {
        Problem problem = stages_.ProblemAt(way);
        problem.facts.insert(
            {{"topic", original.topic}, {"partition", std::int64_t{original.partition}}, {"offset", original.offset}});
        throw ErrorTolerance::Untolerated(at.place + ": " + why, std::move(problem));
      }
      goes_on = false;
      DeadLetter letter{
          .record = original, .stage = at.stage, .class_name = at.class_name, .why = base::CurrentException()};
      if (!LeaveOut(context, std::move(letter), stop)) return false;
    }
    if (!goes_on) continue;
    if (keep_originals) originals_.push_back(std::move(original));
    if (&records[kept] != &record) records[kept] = std::move(record);
    ++kept;
  }
  records.resize(kept);
  if (filtered > 0) state().Merge({{"records_filtered", records_filtered_ += filtered}});
  return true;
}

bool SinkRunner::Put(SinkTask& task, SinkContext& context, std::span<const SinkRecord> records,
                     const std::stop_token& stop) {
  constexpr const char* kDoing = "writing to the sink";
  base::Caught why;
  const auto since = Clock::now();
  for (int failures = 0;;) {
    std::optional<std::chrono::milliseconds> delay;
    try {
      const auto put = [&] {
        const base::Timing timing(state().meters().put);
        const auto inside = In("Put()");
        task.Put(records, stop);
      };
      const bool taken = Persist(stop, kDoing, put);
      if (taken && failures > 0) Recovered(kDoing, failures);
      return taken;
    } catch (...) {
      // Where one may be left out, only that one is tried again.
      if (!tolerance_.all() || records.size() == 1) delay = tolerance_.NextTry(since, ++failures);
      if (!delay && !tolerance_.all()) throw;
      why = base::CurrentException();
    }
    if (!delay) break;
    if (!BackOff(stop, kDoing, why.message.c_str(), failures - 1, *delay)) return false;
  }
  if (records.size() == 1) {
    const auto place = static_cast<std::size_t>(records.data() - batch_.data());
    return LeaveOut(context,
                    {.record = originals_.empty() ? records.front() : originals_.at(place),
                     .stage = "TASK_PUT",
                     .class_name = identity().connector_class,
                     .why = why},
                    stop);
  }
  // Which of them it was shows when each comes alone; what the sink has taken already it gets once more.
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!Put(task, context, records.subspan(i, 1), stop)) return false;
  }
  return true;
}

bool SinkRunner::LeaveOut(SinkContext& context, DeadLetter letter, const std::stop_token& stop) {
  state().meters().NoteSkipped();
  tolerance_.Skip(letter.record.topic + "-" + std::to_string(letter.record.partition) + ", offset " +
                      std::to_string(letter.record.offset),
                  letter.stage + ", " + letter.class_name + ": " + letter.why.message);
  state().Merge({{"records_skipped", tolerance_.skipped() + context.rejected()}});
  if (!dead_letters_->wanted()) return true;
  bool written = true;
  const auto write = [&] { written = gate().Pass([&] { dead_letters_->Send(letter); }); };
  if (!Persist(stop, "writing to the dead letter topic", write)) return false;
  state().Merge({{"dead_letters", dead_letters_->sent()}});
  return written;
}

bool SinkRunner::SendRejected(SinkContext& context, const std::stop_token& stop) {
  for (auto& [record, problem] : context.TakeRejected()) {
    for (const SinkRecord& original : originals_) {
      if (original.partition == record.partition && original.offset == record.offset) record = original;
    }
    DeadLetter letter{.record = std::move(record),
                      .stage = "TASK_PUT",
                      .class_name = identity().connector_class,
                      .why = {.class_name = std::string(problem.kind.text()), .message = problem.message}};
    const auto write = [&] { gate().Pass([&] { dead_letters_->Send(letter); }); };
    if (!Persist(stop, "writing to the dead letter topic", write)) return false;
    state().Merge({{"dead_letters", dead_letters_->sent()}});
  }
  return true;
}

bool SinkRunner::DeliverLetters(SinkContext& context, const std::stop_token& stop) {
  if (!dead_letters_->wanted()) return true;
  if (!SendRejected(context, stop)) return false;
  return Persist(stop, "writing to the dead letter topic", [&] { dead_letters_->AwaitWritten(); });
}

void SinkRunner::Commit(SinkTask& task, SinkContext& context, const std::stop_token& stop) {
  PartitionOffsets taken;
  for (const auto& [source, input] : inputs_) {
    if (input.delivered != input.committed) taken.emplace(source, input.delivered);
  }
  if (taken.empty()) return;
  if (!DeliverLetters(context, stop)) return;
  const base::Timing timing(state().meters().commit);
  PartitionOffsets committable;
  if (!Persist(stop, "flushing the sink", [&] {
        const auto inside = In("PreCommit()");
        committable = task.PreCommit(taken);
      }))
    return;
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
  NoteActive();
}

void SinkRunner::NoteActive() {
  std::int64_t active = 0;
  for (const auto& [source, input] : inputs_) active += std::max<std::int64_t>(0, input.delivered - input.committed);
  state().meters().active.Set(active);
}

}  // namespace framespool::runtime
