#include "source_runner.h"

#include <cmath>
#include <stdexcept>
#include <variant>

#include <base/fields_json.h>
#include <base/log.h>
#include <base/trace.h>
#include <config/client_settings.h>
#include <config/topic_creation.h>

#include "runtime/record_bytes.h"
#include "runtime/source_context.h"

namespace framespool::runtime {

namespace {

using namespace std::chrono_literals;

class TaskContext final : public SourceContext {
 public:
  TaskContext(const TaskIdentity& identity, TaskState& state, SourceOffsets& offsets, broker::Broker& broker,
              broker::ClientSettings reader)
      : SourceContext(broker, std::move(reader)), identity_(identity), state_(state), offsets_(offsets) {}
  const std::string& connector() const noexcept override { return identity_.connector; }
  int task() const noexcept override { return identity_.task; }
  void Log(LogLevel level, std::string_view message) override { log::Write(level, identity_.logger(), message); }
  void ReportMetrics(const Fields& metrics) override {
    if (state_.Report(metrics)) log::Warn(identity_.logger(), kTooManyMetrics);
  }
  std::shared_ptr<Histogram> HistogramOf(const std::string& metric) override {
    return state_.meters().plugin.Of(metric);
  }
  AccessGate* access() const noexcept override { return identity_.access; }
  TlsServer* tls() const noexcept override { return identity_.tls; }
  std::optional<Fields> StoredOffset(const Fields& source_partition) override {
    return offsets_.Get(identity_.connector, source_partition);
  }

 private:
  const TaskIdentity& identity_;
  TaskState& state_;
  SourceOffsets& offsets_;
};

/// What a record says of its source is kept as JSON, and that has only finite numbers: what it has not would be another
/// place after a restart.
void RequireFinite(const SourceRecord& record, const Fields& fields, const char* which) {
  for (const auto& [name, value] : fields) {
    const auto* number = std::get_if<double>(&value);
    if (number == nullptr || std::isfinite(*number)) continue;
    throw std::runtime_error(std::string("the ") + which + " of a record for topic " + record.topic + " has " + name +
                             " = " + std::to_string(*number) + ", but only finite numbers can be kept over a restart");
  }
}

/// What of the task's records is in the topics, for its status.
struct Totals {
  std::int64_t records = 0;
  std::int64_t bytes = 0;
  Timestamp last;
  Fields fields() const {
    Fields all{{"records", records}, {"bytes", bytes}};
    if (records > 0) all["last_record_ms"] = static_cast<std::int64_t>(last.time_since_epoch().count());
    return all;
  }
};

}  // namespace

void SourceRunner::Execute(const plugins::Plugin& plugin, std::stop_token stop) {
  advice_ = plugin.AdviceOnLargeRecords();
  pending_ = {};
  held_.Clear();
  const auto make_stages = [&] {
    if (plugins_ != nullptr) stages_ = RecordStages(config(), *plugins_, identity(), plugin.entry().reads_topics);
  };
  if (!Persist(stop, "opening the transforms", make_stages)) return;
  smaller_by_ = plugin.SmallerBy();
  read_ = config::NamedTopics{};
  if (plugin.entry().reads_topics) read_ = config::ReadBySource(plugin.entry().describe().fields(), config());
  TaskContext context(identity(), state(), offsets_, broker_, config::ReaderSettingsOf(identity().connector, config()));
  context_ = &context;
  std::unique_ptr<SourceTask> task;
  Totals totals;
  const auto on_ack = [&](std::span<SourceRecord> records, std::span<const broker::Appended> where,
                          const std::exception_ptr& error) {
    offsets_.Acknowledged(identity().connector, records, where);
    for (std::size_t i = 0; i < where.size(); ++i) {
      totals.records += 1;
      totals.bytes += static_cast<std::int64_t>(records[i].value.size());
      totals.last = records[i].timestamp;
      if (i == 0 || records[i].topic != records[i - 1].topic) state().NoteTopicUsed(records[i].topic);
    }
    if (stages_.concern_source()) {
      for (const SourceRecord& record : records.first(where.size())) pending_.Acknowledged(record);
    } else {
      std::move(records.begin(), records.begin() + static_cast<std::ptrdiff_t>(where.size()),
                std::back_inserter(acknowledged_));
    }
    state().meters().records_out.Add(static_cast<std::int64_t>(where.size()));
    if (!where.empty()) state().Merge(totals.fields());
    if (!error) return;
    try {
      std::rethrow_exception(error);
    } catch (const broker::RecordRefused& refused) {
      for (const SourceRecord& record : records.subspan(where.size())) LeaveOut(record, refused);
    }
  };
  std::unique_ptr<broker::Producer> producer;
  const auto prepare = [&] {
    config::CreateConfiguredTopic(config(), broker_);
    auto settings = config::ProducerSettingsOf(identity().connector, config());
    settings.task = identity().task;
    settings.may_write = [&gate = gate()] { return gate.open(); };
    producer = broker_.OpenProducer(settings, on_ack);
  };
  if (!Persist(stop, "opening the topic", prepare)) return;
  if (!Persist(stop, "starting", [&] {
        const auto inside = In("constructor");
        task = plugin.MakeSource(config(), context);
      }))
    return;
  state().TakeUp();
  log::Info(identity().logger(), "running");
  producer->WarmUp();
  Loop(*task, *producer, stop);
  Drain(*task, *producer);
}

void SourceRunner::Service(SourceTask& task, broker::Producer& producer, std::chrono::milliseconds wait) {
  producer.Service(wait);
  if (stages_.concern_source()) {
    PendingRecords::Settled settled = pending_.Take();
    // Of a task that was left behind it would be its successor's place.
    gate().Pass([&] {
      const bool stored = !settled.passed.empty() && producer.Pass(settled.passed);
      offsets_.Passed(identity().connector, settled.passed, stored);
    });
    acknowledged_ = std::move(settled.records);
  }
  if (acknowledged_.empty()) return;
  const auto inside = In("Acknowledge()");
  for (const SourceRecord& record : std::exchange(acknowledged_, {})) task.Acknowledge(record);
}

void SourceRunner::Loop(SourceTask& task, broker::Producer& producer, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (state().paused()) {
      state().Move(State::kPaused);
      while (!stop.stop_requested() && state().AwaitResumed(stop, 100ms)) Service(task, producer, 0ms);
      if (stop.stop_requested()) return;
    }
    state().Move(State::kRunning);  // also when it was resumed before it had begun
    std::vector<SourceRecord> records;
    const auto poll = [&] {
      const base::Timing timing(state().meters().poll);
      const auto inside = In("Poll()");
      records = task.Poll(stop);
    };
    if (!Persist(stop, "reading the source", poll)) return;
    state().meters().NoteBatch(records.size());
    for (const SourceRecord& record : records) {
      RequireFinite(record, record.source_partition, "source partition");
      RequireFinite(record, record.source_offset, "source offset");
    }
    // A task that was asked to stop while it polled still gets its records in: they are read, so they count.
    if (stages_.concern_source() && !Transform(records, stop)) return;
    if (!records.empty() && !Write(producer, std::move(records), stop)) return;
    Service(task, producer, 0ms);
    state().meters().active.Set(static_cast<std::int64_t>(producer.Outstanding()));
  }
}

bool SourceRunner::Transform(std::vector<SourceRecord>& records, const std::stop_token& stop) {
  std::vector<SourceRecord> kept;
  kept.reserve(records.size());
  const auto settle = [&](ChainedRecord& each) {
    if (each.state == ChainedRecord::State::kLeftOut) {
      pending_.Filtered(std::move(each.original));
    } else {
      pending_.Sent(std::move(each.original));
      kept.push_back(std::move(each.record));
    }
  };
  const std::int64_t filtered_before = records_filtered_;
  const auto now = std::chrono::steady_clock::now();
  records_filtered_ += static_cast<std::int64_t>(held_.Expire(now));
  for (ChainedRecord& decided : held_.Take()) settle(decided);
  for (SourceRecord& record : records) {
    ChainedRecord each;
    each.original = record;
    each.record = std::move(record);
    if (!PassOn(each, stop)) return false;
    if (held_.empty() && each.state != ChainedRecord::State::kHeld) {
      settle(each);
      continue;
    }
    held_.Add(std::move(each), now);
    if (!PassOnDecided(stop)) return false;
    for (ChainedRecord& decided : held_.Take()) settle(decided);
  }
  records = std::move(kept);
  if (records_filtered_ != filtered_before) state().Merge({{"records_filtered", records_filtered_}});
  return true;
}

bool SourceRunner::PassOn(ChainedRecord& each, const std::stop_token& stop) {
  bool goes_on = false;
  try {
    const bool through = Persist(stop, "transforming", [&] {
      const auto inside = In("chain of transforms");
      goes_on = stages_.Pass(each.record, each.way);
      if (goes_on && each.record.topic != each.original.topic) PrepareTopic(each.record, each.way);
    });
    if (!through) return false;
    each.state = goes_on         ? ChainedRecord::State::kGoesOn
                 : each.way.held ? ChainedRecord::State::kHeld
                                 : ChainedRecord::State::kLeftOut;
    if (each.state == ChainedRecord::State::kLeftOut) ++records_filtered_;
  } catch (...) {
    each.state = ChainedRecord::State::kLeftOut;
    const std::string why = stages_.At(each.way).place + ": " + base::DescribeCurrentException();
    if (!tolerance_.all()) throw ErrorTolerance::Untolerated(why, stages_.ProblemAt(each.way));
    tolerance_.Skip(each.original.topic + ", before source offset " + ToJson(each.original.source_offset), why);
    state().meters().NoteSkipped();
    state().Merge({{"records_skipped", tolerance_.skipped()}});
  }
  return true;
}

bool SourceRunner::PassOnDecided(const std::stop_token& stop) {
  // What goes on may have a transform behind decide on others.
  for (auto decisions = stages_.TakeDecisions(); !decisions.empty(); decisions = stages_.TakeDecisions()) {
    for (const RecordStages::Decision& decision : decisions) {
      ChainedRecord* each = held_.Find(decision.stage, decision.number);
      if (each == nullptr) continue;
      if (!decision.goes_on) {
        each->state = ChainedRecord::State::kLeftOut;
        ++records_filtered_;
        continue;
      }
      RecordStages::Release(each->way);
      if (!PassOn(*each, stop)) return false;
    }
  }
  return true;
}

void SourceRunner::PrepareTopic(const SourceRecord& record, RecordWay& way) {
  way.at = RecordWay::At::kTopic;
  if (context_->Reads(record.topic) || read_.Hold(record.topic)) {
    throw std::runtime_error("must be none that the connector reads, but is \"" + record.topic +
                             "\": what it writes there it would read again, for ever");
  }
  if (routed_.contains(record.topic)) return;
  RecordStages::RequireTopic(record, way);
  config::CreateConfiguredTopic(config(), record.topic, broker_);
  routed_.insert(record.topic);
}

bool SourceRunner::Write(broker::Producer& producer, std::vector<SourceRecord>&& records, const std::stop_token& stop) {
  bool written = true;
  try {
    // What is not taken stays in `records`, to be tried again.
    for (SourceRecord& record : records) MakeBytes(record);
    const auto append = [&] {
      const base::Timing timing(state().meters().append);
      producer.Append(std::move(records));
    };
    const auto write = [&] { written = gate().Pass(append); };
    return Persist(stop, "writing to the topic", write) && written;
  } catch (const broker::RecordRefused& refused) {
    if (records.size() == 1) {
      LeaveOut(records.front(), refused);
      return true;
    }
  }
  // Nothing of the batch was taken: which record it was shows when each comes alone.
  for (SourceRecord& record : records) {
    std::vector<SourceRecord> alone;
    alone.push_back(std::move(record));
    if (!Write(producer, std::move(alone), stop)) return false;
  }
  return true;
}

void SourceRunner::LeaveOut(const SourceRecord& record, const broker::RecordRefused& refused) {
  std::vector<Problem> problems = refused.problems();
  for (Problem& problem : problems) {
    if (problem.kind != kind::kRecordTooLarge || advice_.empty()) continue;
    problem.message += ", " + advice_;
    problem.facts["smaller_by"] = smaller_by_;
  }
  if (!tolerance_.all()) {
    for (Problem& problem : problems) problem.message += "; or leave such records out with errors.tolerance = all";
    throw broker::BrokerError(std::move(problems));
  }
  if (stages_.concern_source()) pending_.LeftOut(record);
  tolerance_.Skip(record.topic + ", before source offset " + ToJson(record.source_offset),
                  broker::BrokerError(std::move(problems)).what());
  state().meters().NoteSkipped();
  state().Merge({{"records_skipped", tolerance_.skipped()}});
}

void SourceRunner::Drain(SourceTask& task, broker::Producer& producer) {
  const auto deadline = std::chrono::steady_clock::now() + 3s;
  while (producer.Outstanding() > 0 && std::chrono::steady_clock::now() < deadline) Service(task, producer, 100ms);
  if (producer.Outstanding() > 0) {
    log::Warn(identity().logger(), "stopped with " + std::to_string(producer.Outstanding()) +
                                       " records not acknowledged; they are read again after a restart");
  }
}

}  // namespace framespool::runtime
