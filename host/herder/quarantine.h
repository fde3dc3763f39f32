#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <base/crash_recorder.h>
#include <framespool/problem.h>
#include <plugins/plugin_registry.h>
#include <store/config_store.h>

namespace framespool::herder {

/// Whose a crash was.
struct Culprits {
  /// One: it was that one's. Several: it was one of theirs, which cannot be told. None: it is not known to be
  /// anybody's.
  std::set<std::string> connectors{};
  /// Of several: the library that they share, in which it was.
  std::string library{};

  bool is_certain() const noexcept { return connectors.size() == 1; }
};

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
  /// The same for connectors of which one has done it: only when one of them was suspected not long before `now`. Once
  /// may be an accident, which is not worth the streams of all. Returns whether they are in.
  bool PutSuspects(const Culprits& culprits, const base::CrashReport& crash, Timestamp now);
  /// It runs again; what it is suspected of stays.
  void Release(const std::string& connector);

 private:
  struct Inmate {
    std::string signal;
    std::string thread;
    std::string evidence;
    std::int64_t since_ms = 0;
    std::vector<std::string> suspects{};  // of which it is one; empty: it was this one
    std::string library{};                // what they share
    bool is_free = false;                 // it was suspected once, and runs
  };
  void Read();
  void Write() const;

  const std::filesystem::path file_;
  std::map<std::string, Inmate> inmates_;
};

/// Whose of the connectors a crash is: of the one that the thread worked for; where that is not known, of those that
/// use the library which the crash was in, by its backtrace.
Culprits CulpritsOf(const base::CrashReport& crash, const std::vector<store::StoredConnector>& connectors,
                    const plugins::PluginRegistry& plugins);

}  // namespace framespool::herder
