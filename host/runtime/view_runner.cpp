#include "view_runner.h"

#include <base/log.h>
#include <config/client_settings.h>
#include <config/connector_config.h>

namespace framespool::runtime {

void ViewRunner::Execute(const plugins::Plugin& plugin, const RawConfig& config, std::stop_token stop) {
  ViewContextOfTask context(identity(), state(), gate(), config::CommonConfigOf(config).topics, broker_,
                            config::ReaderSettingsOf(identity().connector, config), offsets_, tolerance_.all());
  std::unique_ptr<View> view;
  if (!Persist(stop, "starting", [&] { view = plugin.MakeView(config, context); })) return;
  state().TakeUp();
  log::Info(identity().logger(), "running");
  Idle(stop, [&] { context.RequireNoRejection(); });
  view.reset();
  offsets_.Flush();
}

}  // namespace framespool::runtime
