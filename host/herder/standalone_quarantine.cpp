// A connector that ends the worker ends it once: it comes back FAILED, and all others go on.
#include <csignal>
#include <utility>

#include <base/log.h>
#include <config/common_config.h>

#include "standalone_herder.h"

namespace framespool::herder {

std::optional<std::string> StandaloneHerder::NoteCrash(const Crash& crash,
                                                       const std::vector<store::StoredConnector>& connectors) {
  const auto guilty = crash.report ? GuiltyOf(*crash.report, connectors, plugins_) : std::nullopt;
  const std::string what = crash.report ? base::ToText(*crash.report) : base::SignalName(crash.signal);
  if (guilty) {
    const log::OnBehalf owner(*guilty);
    log::Error("herder", *guilty + " has ended the worker, which was started again: " + what);
    options_.on_guilty();
    return guilty;
  }
  std::string message = "the worker was ended by " + what + ", and was started again";
  if (!crash.report && crash.out_of_memory) {
    message +=
        ": the kernel does so when memory is short, and it was (oom_kill in /proc/vmstat). It does not say which "
        "connector took it, so all of them run again. Give the worker more memory or fewer connectors; one that takes "
        "more and more shows in the worker's memory (GET /metrics) after it was started, and --safe starts none";
  } else if (!crash.report) {
    message += crash.signal == SIGKILL
                   ? ": the kernel does so when memory is short (see its log, dmesg), and so does kill -9; neither "
                     "says which connector it was, so all of them run again"
                   : ", without a word of who it was";
  } else {
    message += ". It is not known to be any connector's doing, so all of them run again";
  }
  health_.Note({.subject = "worker", .kind = "worker-crashed", .message = std::move(message)});
  return std::nullopt;
}

void StandaloneHerder::Confine(HerdedConnector& connector, const Quarantine::Reason& reason) {
  const std::string& name = connector.stored.name;
  herd_.Change([&] {
    connector.plugin = plugins_.Find(config::CommonConfigOf(connector.stored.config).connector_class);
    connector.state = runtime::State::kFailed;
    connector.trace = reason.trace;
    connector.problems = {reason.problem};
  });
  tell_(name, -1, ToText(runtime::State::kFailed), reason.problem.message);
}

}  // namespace framespool::herder
