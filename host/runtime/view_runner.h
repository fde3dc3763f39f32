#pragma once

#include <runtime/task_runner.h>

#include "dead_letters.h"
#include "error_tolerance.h"
#include "view_context.h"

namespace framespool::runtime {

/// Makes a view and keeps it: it reads for itself. The thread sleeps until the view is paused, rejects a record or is
/// to stop.
class ViewRunner final : public TaskRunner {
 public:
  ViewRunner(TaskIdentity identity, TaskState::Listener listener, RawConfig config, Opener open, broker::Broker& broker,
             store::OffsetStore& offsets, plugins::PluginRegistry* plugins = nullptr)
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
  /// Has the view's readers pass their records through the transforms that the config names.
  void PrepareChain(ViewContextOfTask& context);
  /// Those that the view has rejected, until their topic has them.
  void SendRejected(ViewContextOfTask& context, DeadLetters& letters, const std::stop_token& stop);

  broker::Broker& broker_;
  store::OffsetStore& offsets_;
  plugins::PluginRegistry* const plugins_;
  ErrorTolerance tolerance_;
};

}  // namespace framespool::runtime
