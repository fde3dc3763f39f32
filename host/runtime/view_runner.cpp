#include "view_runner.h"

#include <base/log.h>
#include <config/client_settings.h>
#include <config/connector_config.h>

namespace framespool::runtime {

void ViewRunner::Execute(const plugins::Plugin& plugin, const RawConfig& config, std::stop_token stop) {
  ViewContextOfTask context(identity(), state(), gate(), config::CommonConfigOf(config).topics, broker_,
                            config::ReaderSettingsOf(identity().connector, config), offsets_, tolerance_.all());
  DeadLetters letters(common(), this->config(), secrets(), identity(), broker_);
  if (letters.wanted() && tolerance_.all()) context.KeepRejected();
  std::unique_ptr<View> view;
  if (!Persist(stop, "starting", [&] { view = plugin.MakeView(config, context); })) return;
  state().TakeUp();
  log::Info(identity().logger(), "running");
  Idle(stop, [&] {
    context.RequireNoRejection();
    SendRejected(context, letters, stop);
  });
  SendRejected(context, letters, stop);
  view.reset();
  offsets_.Flush();
}

void ViewRunner::SendRejected(ViewContextOfTask& context, DeadLetters& letters, const std::stop_token& stop) {
  const auto rejected = context.TakeRejected();
  if (rejected.empty()) return;
  const char* const doing = "writing to the dead letter topic";
  for (const auto& [record, reason] : rejected) {
    const DeadLetter letter{
        .record = record, .stage = "TASK_PUT", .class_name = identity().connector_class, .reason = reason};
    if (!Persist(stop, doing, [&] { gate().Pass([&] { letters.Send(letter); }); })) return;
  }
  state().Merge({{"dead_letters", letters.sent()}});
  Persist(stop, doing, [&] { letters.AwaitWritten(); });
}

}  // namespace framespool::runtime
