#include "view_runner.h"

#include <base/log.h>
#include <config/client_settings.h>
#include <config/connector_config.h>
#include <config/parts.h>

#include "record_stages.h"

namespace framespool::runtime {

void ViewRunner::Execute(const plugins::Plugin& plugin, std::stop_token stop) {
  ViewContextOfTask context(identity(), state(), gate(), common().topics, broker_,
                            config::ReaderSettingsOf(identity().connector, config()), offsets_, tolerance_.all());
  if (plugins_ != nullptr && !Persist(stop, "opening the transforms", [&] { PrepareChain(context); })) return;
  DeadLetters letters(common(), config(), secrets(), identity(), broker_);
  if (letters.wanted() && tolerance_.all()) context.KeepRejected();
  std::unique_ptr<View> view;
  if (!Persist(stop, "starting", [&] {
        const auto inside = In("constructor");
        view = plugin.MakeView(config(), context);
      }))
    return;
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

void ViewRunner::PrepareChain(ViewContextOfTask& context) {
  const config::Parts parts = config::RequireParts(config(), *plugins_);
  if (parts.chain.empty()) return;
  if (const auto wrong = config::OutOfPlaceBeforeView(parts, identity().connector_class); !wrong.empty())
    throw ConfigError(wrong.front().first + " " + wrong.front().second);
  const auto make = [this] { return RecordStages(config(), *plugins_, identity()); };
  make();  // what cannot be made ends the task now, and not the first viewer's reader
  context.PassThrough(make);
}

void ViewRunner::SendRejected(ViewContextOfTask& context, DeadLetters& letters, const std::stop_token& stop) {
  const auto rejected = context.TakeRejected();
  if (rejected.empty()) return;
  const char* const doing = "writing to the dead letter topic";
  for (const auto& [record, problem] : rejected) {
    DeadLetter letter{.record = record,
                      .stage = "TASK_PUT",
                      .class_name = identity().connector_class,
                      .why = {.class_name = std::string(problem.kind.text()), .message = problem.message}};
    // Of an UnusableRecord.
    const auto fact = [&](const char* name, std::string& to) {
      const auto found = problem.facts.find(name);
      if (found == problem.facts.end()) return;
      if (const auto* text = std::get_if<std::string>(&found->second)) to = *text;
    };
    fact("stage", letter.stage);
    fact("class", letter.class_name);
    fact("exception", letter.why.class_name);
    if (!Persist(stop, doing, [&] { gate().Pass([&] { letters.Send(letter); }); })) return;
  }
  state().Merge({{"dead_letters", letters.sent()}});
  Persist(stop, doing, [&] { letters.AwaitWritten(); });
}

}  // namespace framespool::runtime
