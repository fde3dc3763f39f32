#pragma once

#include <string>
#include <vector>

#include <runtime/source_offsets.h>
#include <runtime/task_runner.h>

#include "error_tolerance.h"

namespace framespool::runtime {

/// Poll -> append -> offset -> Acknowledge.
class SourceRunner final : public TaskRunner {
 public:
  SourceRunner(TaskIdentity identity, TaskState::Listener listener, RawConfig config, Opener open,
               broker::Broker& broker, SourceOffsets& offsets)
      : TaskRunner(std::move(identity), std::move(listener), std::move(config), std::move(open)),
        broker_(broker),
        offsets_(offsets),
        tolerance_(common(), this->identity().logger()) {
    LimitPauses(tolerance_.longest_delay());
  }

 protected:
  void Execute(const plugins::Plugin& plugin, const RawConfig& config, std::stop_token stop) override;

 private:
  void Loop(SourceTask& task, broker::Producer& producer, const std::stop_token& stop);
  /// Delivers acknowledgements, to the plugin last: it may hang, and then no write does.
  void Service(SourceTask& task, broker::Producer& producer, std::chrono::milliseconds wait);
  /// Until the topic has taken the records or they are left out; false when stopped or abandoned meanwhile.
  bool Write(broker::Producer& producer, std::vector<SourceRecord>&& records, const std::stop_token& stop);
  /// Throws where errors.tolerance is none.
  void LeaveOut(const SourceRecord& record, const broker::RecordRefused& refused);
  void Drain(SourceTask& task, broker::Producer& producer);

  broker::Broker& broker_;
  SourceOffsets& offsets_;
  ErrorTolerance tolerance_;
  std::string advice_;                      // on records that are too large
  std::string smaller_by_;                  // the same for programs
  std::vector<SourceRecord> acknowledged_;  // the plugin is still to be told
};

}  // namespace framespool::runtime
