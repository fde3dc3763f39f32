#pragma once

#include <set>
#include <string>
#include <vector>

#include <runtime/source_context.h>
#include <runtime/source_offsets.h>
#include <runtime/task_runner.h>

#include "error_tolerance.h"
#include "held_records.h"
#include "pending_records.h"
#include "record_stages.h"

namespace framespool::runtime {

/// Poll -> transform -> append -> offset -> Acknowledge.
class SourceRunner final : public TaskRunner {
 public:
  /// `plugins` has what the config names as transforms and converters; null where that is not looked at.
  SourceRunner(TaskIdentity identity, TaskState::Listener listener, RawConfig config, Opener open,
               broker::Broker& broker, SourceOffsets& offsets, plugins::PluginRegistry* plugins = nullptr)
      : TaskRunner(std::move(identity), std::move(listener), std::move(config), std::move(open)),
        broker_(broker),
        offsets_(offsets),
        plugins_(plugins),
        tolerance_(common(), this->identity().logger()) {
    LimitPauses(tolerance_.longest_delay());
  }

 protected:
  void Execute(const plugins::Plugin& plugin, std::stop_token stop) override;
  void ReadConfig() override {
    tolerance_ = ErrorTolerance(common(), identity().logger());
    LimitPauses(tolerance_.longest_delay());
  }

 private:
  void Loop(SourceTask& task, broker::Producer& producer, const std::stop_token& stop);
  /// Delivers acknowledgements, to the plugin last: it may hang, and then no write does.
  void Service(SourceTask& task, broker::Producer& producer, std::chrono::milliseconds wait);
  /// Leaves in `records` what goes on to the topic; false when stopped meanwhile.
  bool Transform(std::vector<SourceRecord>& records, const std::stop_token& stop);
  /// Takes the record through the chain, as far as it gets, and says so in its state; false when stopped meanwhile.
  bool PassOn(ChainedRecord& record, const std::stop_token& stop);
  /// The same for records that transforms held back and have decided on.
  bool PassOnDecided(const std::stop_token& stop);
  /// Where a transform has sent a record: the topic is made as the config wants it.
  void PrepareTopic(const SourceRecord& record, RecordWay& way);
  /// Until the topic has taken the records or they are left out; false when stopped or abandoned meanwhile.
  bool Write(broker::Producer& producer, std::vector<SourceRecord>&& records, const std::stop_token& stop);
  /// Throws where errors.tolerance is none.
  void LeaveOut(const SourceRecord& record, const broker::RecordRefused& refused);
  void Drain(SourceTask& task, broker::Producer& producer);

  broker::Broker& broker_;
  SourceOffsets& offsets_;
  plugins::PluginRegistry* const plugins_;
  ErrorTolerance tolerance_;
  RecordStages stages_;
  const SourceContext* context_ = nullptr;  // of the task, while there is one
  HeldRecords held_;
  PendingRecords pending_;        // only where the stages concern a source
  std::set<std::string> routed_;  // topics that transforms have named
  config::NamedTopics read_;      // by the connector, of which this task may read a part
  std::int64_t records_filtered_ = 0;
  std::string advice_;                      // on records that are too large
  std::string smaller_by_;                  // the same for programs
  std::vector<SourceRecord> acknowledged_;  // the plugin is still to be told
};

}  // namespace framespool::runtime
