// A connector that ends the worker ends it once: it comes back FAILED, and all others go on.
#include <csignal>
#include <utility>

#include <base/log.h>
#include <config/common_config.h>

#include "standalone_herder.h"

namespace framespool::herder {

Culprits StandaloneHerder::CulpritsOf(const Crash& crash, const std::vector<store::StoredConnector>& connectors) const {
  return crash.report ? herder::CulpritsOf(*crash.report, connectors, plugins_) : Culprits();
}

void StandaloneHerder::NoteCrash(const Crash& crash, const Culprits& culprits, std::string_view fate_of_suspects) {
  const std::string what = crash.report ? base::ToText(*crash.report) : base::SignalName(crash.signal);
  if (culprits.is_certain()) {
    const std::string& guilty = *culprits.connectors.begin();
    const log::OnBehalf owner(guilty);
    log::Error("herder", guilty + " has ended the worker, which was started again: " + what);
    options_.on_guilty();
    return;
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
  } else if (!culprits.connectors.empty()) {
    std::string names;
    for (const std::string& name : culprits.connectors) names.append(names.empty() ? "" : ", ").append(name);
    message += ". It was in " + culprits.library + ", on a thread that those share which use it: " + names +
               ". Which of them it was cannot be told. " + std::string(fate_of_suspects);
  } else if (!crash.report->connector.empty()) {
    message += ". The thread worked for " + crash.report->connector + ", which is not there; all others run again";
  } else {
    message += ". It is not known to be any connector's doing, so all of them run again";
  }
  health_.Note({.subject = "worker", .kind = "worker-crashed", .message = std::move(message)});
}

void StandaloneHerder::ConfineCulprits(const Crash& crash, const std::vector<store::StoredConnector>& connectors) {
  const Culprits culprits = CulpritsOf(crash, connectors);
  std::string_view fate = "All of them run again; when it happens again within ten minutes none of them does";
  if (culprits.is_certain()) {
    const base::CrashReport& report = *crash.report;
    quarantine_.Put(*culprits.connectors.begin(), report.signal, report.thread, base::ToText(report));
  } else if (!culprits.connectors.empty() && quarantine_.PutSuspects(culprits, *crash.report, Now())) {
    fate = "It was not the first time, so none of them runs until somebody restarts it";
    options_.on_guilty();
  }
  NoteCrash(crash, culprits, fate);
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
