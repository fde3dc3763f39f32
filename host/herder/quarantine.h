#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <base/crash_recorder.h>
#include <framespool/problem.h>
#include <plugins/plugin_registry.h>
#include <store/config_store.h>

namespace framespool::herder {

/// The connectors that have ended the worker with themselves: each does not run until somebody asks for it again. Kept
/// over the end of the worker in `file`, a JSON object a line; what cannot be written there is known to this worker
/// alone. Owned by the herder; on its thread.
class Quarantine {
 public:
  /// Why one is here, as its status says it.
  struct Reason {
    std::string trace;
    Problem problem;
  };

  /// An empty path keeps nothing over the end.
  explicit Quarantine(std::filesystem::path file);

  /// Nothing when the connector is not here.
  std::optional<Reason> ReasonOf(const std::string& connector) const;
  /// `evidence` are the crash's lines for people, the first of which is a sentence without its end.
  void Put(const std::string& connector, int signal, const std::string& thread, std::string evidence);
  void Release(const std::string& connector);

 private:
  struct Inmate {
    std::string signal;
    std::string thread;
    std::string evidence;
    std::int64_t since_ms = 0;
  };
  void Read();
  void Write() const;

  const std::filesystem::path file_;
  std::map<std::string, Inmate> inmates_;
};

/// Which of the connectors a crash is of: the one that the thread worked for or, where that is not known, the only one
/// whose library is in the backtrace. Nothing when that cannot be told.
std::optional<std::string> GuiltyOf(const base::CrashReport& crash,
                                    const std::vector<store::StoredConnector>& connectors,
                                    const plugins::PluginRegistry& plugins);

}  // namespace framespool::herder
