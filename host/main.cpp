#include <malloc.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <base/crash_recorder.h>
#include <base/log.h>
#include <base/secrets.h>
#include <base/trace.h>
#include <broker_kafka/kafka_broker.h>
#include <config/worker_config.h>
#include <framespool/http/host_policy.h>
#include <herder/worker_herder.h>
#include <inspect/event_log.h>
#include <inspect/inspector.h>
#include <plugins/plugin_registry.h>
#include <produce/record_writer.h>
#include <rest/server.h>
#include <store_sqlite/sqlite_store.h>

#include "backup.h"
#include "broker_choice.h"
#include "command.h"
#include "lint.h"
#include "process_end.h"
#include "standard_streams.h"
#include "store_choice.h"
#include "store_tool.h"
#include "topic_tool.h"
#include "usage.h"
#include "user_tool.h"
#include "version.h"
#include "worker_keeping.h"
#include "worker_setup.h"

namespace {

using namespace framespool;

void PrintVersion() {
  std::cout << "framespool " << kVersion << " (" << kCommit << ")\n"
            << "connectors: " << FRAMESPOOL_ABI_STAMP << "\n"
            << "libraries: " << broker::KafkaLibrary() << ", " << store::DatabaseLibrary() << ", "
            << rest::ServerLibrary() << ", " << tls::TlsLibrary() << "\n";
}

std::string SampleVideo(const Belongings& ours) {
  const auto file = ours.share / "sample.mp4";
  return std::filesystem::exists(file) ? file.string() : "";
}

/// host:port of the first URL, as Connect names its workers. Of workers that share connectors each must have its own:
/// 127.0.0.1 and 0.0.0.0 are on every machine, so there the name is the one that others may call it by.
std::string WorkerId(const config::WorkerConfig& config, const std::string& url) {
  if (!config.worker_id.empty()) return config.worker_id;
  const std::string place = url.substr(url.find("://") + 3);
  if (!config::IsInCluster(config)) return place;
  const std::string port = place.substr(std::min(place.rfind(':'), place.size()));
  const std::string host = place.substr(0, place.size() - port.size());
  if (!config.advertised_host.empty()) return config.advertised_host + port;
  const bool is_anywhere = http::IsLoopback(host) || host == "0.0.0.0" || host == "[::]" || host == "::";
  return is_anywhere && !http::MachineName().empty() ? http::MachineName() + port : place;
}

/// What this worker's state is written as, before it is known which port it gets.
std::string IdBeforeListening(const config::WorkerConfig& config) {
  std::string id = WorkerId(config, config.listeners.substr(0, config.listeners.find(',')));
  if (config.worker_id.empty() && id.ends_with(":0")) id += "-" + std::to_string(std::random_device()());
  return id;
}

/// SIGINT and SIGTERM, blocked in every thread and taken by one. The second one ends the process at once.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);  // a file over ulimit -f is a failed write, which the broker answers
  }
  /// Whether one has come that nobody has taken yet.
  static bool Pending() {
    sigset_t pending{};
    sigpending(&pending);
    return sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1;
  }
  /// What is sent to the whole group, as service managers do, comes from the keeper as well, and is one and the same.
  void Await(pid_t keeper) {
    siginfo_t first{};
    while (sigwaitinfo(&set_, &first) < 0) {
    }
    log::Info("worker", std::string("stopping on ") + (first.si_signo == SIGINT ? "SIGINT" : "SIGTERM") +
                            "; once more to stop at once");
    std::thread([set = set_, keeper, was_kept = IsOf(keeper, first)] {
      log::NameThread("second-signal");
      siginfo_t next{};
      for (bool seen_other = false;;) {
        if (sigwaitinfo(&set, &next) < 0) continue;
        if (IsOf(keeper, next) == was_kept || std::exchange(seen_other, true)) EndProcess(128 + next.si_signo);
      }
    }).detach();
  }

 private:
  static bool IsOf(pid_t keeper, const siginfo_t& info) { return info.si_code <= 0 && info.si_pid == keeper; }

  sigset_t set_{};
};

/// What plugins have made for all of their tasks is destroyed now, and may do anything.
void EndLater(std::chrono::milliseconds patience) {
  std::thread([patience] {
    log::NameThread("end");
    std::this_thread::sleep_for(patience);  // decides nothing: what it waits for ends the process
    log::Warn("worker", "a library of a connector does not end: left behind");
    EndProcess(0);
  }).detach();
}

rest::Access AccessOf(const config::WorkerConfig& config, access::SessionGate* gate, TlsServer* tls) {
  rest::Access access{.allowed_hosts = config.allowed_hosts,
                      .allowed_origins = config.allow_origins,
                      .trust_forwarded = config.trust_forwarded,
                      .gate = gate,
                      .tls = tls};
  if (!config.advertised_host.empty()) access.allowed_hosts.push_back(config.advertised_host);
  return access;
}

/// The command line of `framespool worker`.
struct WorkerArguments {
  bool safe = false;
  std::filesystem::path file;
  std::vector<std::filesystem::path> connector_files;
};

/// `secrets` gets what config providers say, for whoever tells why the worker ended.
int RunWorker(const WorkerArguments& arguments, const Kept& kept, base::Secrets& secrets) {
  const base::CrashStack crash_stack;
  const std::filesystem::path& file = arguments.file;
  StopSignals signals;
  RaiseFileLimit();
  // Frames come and go on many threads; more arenas would only keep more of them.
  mallopt(M_ARENA_MAX, 2);

  const config::WorkerKeys keys = config::ReadWorkerKeys(file, Environment());
  log::SetFormat(keys.log_format());
  config::LogRemarks(keys);
  const Belongings ours = FindBelongings();
  plugins::PluginRegistry plugins(PluginPath(keys.plugin_path(), ours));
  const auto found = config::ProvidersOf(keys, plugins);
  const config::WorkerConfig config = config::WorkerConfigOf(keys, found);
  secrets = config.secrets;
  const auto hidden_in_log = base::HideInLog("root", secrets);
  const config::ConfigProviders providers = found.WithSecrets(secrets);
  log::SetLevel("root", config.log_level);
  log::SetFormat(log::FormatNamed(config.log_format));
  const auto listeners = Listeners(config, file);
  std::vector<config::NamedConfig> connectors;
  for (const auto& connector : arguments.connector_files)
    std::ranges::move(config::LoadConnectorFile(connector), std::back_inserter(connectors));

  const auto folder = TakeDataDir(config);
  const base::CrashRecorder crashes(folder ? CrashFile(config) : std::filesystem::path());
  if (!crashes.problem().empty()) log::Warn("worker", crashes.problem());
  if (kept.keeper == 0)
    log::Warn("worker", "framespool-keeper is not there: nobody starts this worker again if a connector crashes");
  const std::filesystem::path data_dir = config.data_dir;
  const auto gate =
      GatekeeperOf(config, folder ? access::KeptFiles{data_dir / "sessions", data_dir / "links"} : access::KeptFiles{});
  const auto certificate = CertificateOf(config);
  const auto database = OpenDatabase(config);
  const auto broker = ChooseBroker(config);
  std::atomic<bool> superseded = false;
  const std::string own_id = IdBeforeListening(config);
  const auto in_kafka = OpenStateInKafka(
      config, *broker, own_id, [] { return StopSignals::Pending(); },
      [&superseded](const std::string& why) {
        log::Error("worker", why);
        superseded = true;
        kill(getpid(), SIGTERM);
      });
  store::Store& store = database ? *database : *in_kafka;
  herder::HerderOptions options = HerderOptionsOf(config, providers, file, ours, gate.get(), certificate.get());
  if (!folder) options.quarantine.clear();
  options.safe = arguments.safe;
  if (certificate) options.other_problems = [&certificate] { return certificate->problems(); };
  options.cluster = ClusterOf(config, own_id);
  if (options.cluster) {
    options.cluster->ended_session = LeftByLast(kept);
    options.cluster->note_session = [kept](const std::string& session) { LeaveForNext(kept, session); };
  }
  if (kept.ended_by != 0 || crashes.last()) {
    options.crash = {.signal = crashes.last() ? crashes.last()->signal : kept.ended_by,
                     .out_of_memory = kept.out_of_memory,
                     .report = crashes.last()};
    options.on_guilty = [kept] { TellKeeperOfGuilty(kept); };
  }
  inspect::EventLog events;
  const auto herder =
      herder::MakeHerder(options, plugins, store, *broker,
                         [&events](const std::string& connector, int task, std::string_view state,
                                   const std::string& message) { events.Add(connector, task, state, message); });
  inspect::Inspector inspector({.data_dir = options.data_dir,
                                .broker = config.bootstrap_servers.empty() ? "embedded" : "kafka",
                                .build_facts = {{"sample_video", SampleVideo(ours)}},
                                .providers = providers},
                               plugins, *broker, events, [&herder] { return herder->Views(); });
  produce::RecordWriter records(*broker);
  auto server = std::make_unique<rest::Server>(listeners, rest::Worker(*herder, inspector, records), ours.share / "ui",
                                               AccessOf(config, gate.get(), certificate.get()));
  for (const std::string& url : server->urls()) log::Info("worker", "listening on " + url);
  herder->Start(options.cluster ? own_id : WorkerId(config, server->urls().front()), std::move(connectors));

  signals.Await(kept.keeper);
  inspector.StopProbes();
  records.Stop();
  auto left = herder->Stop();
  if (inspector.ProbeIsLeft()) left.emplace_back("a probe of a source");
  server.reset();
  if (!superseded) store.Flush();
  log::Info("worker", "stopped");
  // A task that never returned still uses the broker and the store, so they must not be destroyed under it.
  if (!left.empty()) EndProcess(0);
  constexpr std::chrono::seconds kAtLeast{10};  // broker and store have ends as well
  EndLater(config.shutdown_timeout + kAtLeast);
  return 0;
}

int Refuse(const std::string& why) {
  std::cerr << "framespool: " << why << "; framespool --help says more\n";
  return kBadUsage;
}

int LintFiles(const std::vector<std::string_view>& words) {
  std::vector<std::filesystem::path> files;
  bool options_end = false;
  for (const std::string_view word : words) {
    if (!options_end && word == "--") {
      options_end = true;
    } else if (!options_end && word.starts_with("-")) {
      return Refuse("lint has no option " + std::string(word) + "; it has --help");
    } else {
      files.emplace_back(word);
    }
  }
  if (files.empty()) return Refuse("lint needs files, as in: framespool lint worker.properties camera.json");
  try {
    return Lint(files);
  } catch (const std::exception& error) {
    std::cerr << "framespool: " << error.what() << "\n";
    return 1;
  }
}

int Worker(const std::vector<std::string_view>& words) {
  WorkerArguments arguments;
  bool options_end = false;
  for (const std::string_view word : words) {
    if (!options_end && word == "--safe") {
      arguments.safe = true;
    } else if (!options_end && word == "--") {
      options_end = true;
    } else if (!options_end && word.starts_with("-")) {
      return Refuse("worker has no option " + std::string(word) + "; it has --safe and --help");
    } else if (arguments.file.empty()) {
      arguments.file = word;
    } else {
      arguments.connector_files.emplace_back(word);
    }
  }
  if (arguments.file.empty())
    return Refuse("worker needs a properties file, as in: framespool worker worker.properties");
  const Kept kept = BeKept(std::filesystem::read_symlink("/proc/self/exe"));
  base::Secrets secrets;
  try {
    const int code = RunWorker(arguments, kept, secrets);
#ifdef FRAMESPOOL_REPLACES_LIBC
    // Static objects of plugins are no more theirs to destroy: threads that they have left are still at work.
    EndProcess(code);
#endif
    return code;
  } catch (const std::exception& error) {
    const std::string why = secrets.Hidden(error.what());
    if (log::GetFormat() == log::Format::kJson)
      log::Error("worker", why, secrets.Hidden(base::ProblemsOfCurrentException()));
    else
      std::cerr << "framespool: " << why << "\n";
    return 1;
  }
}

/// What is no worker: it does one thing and ends.
int Command(std::span<const std::string_view> arguments) {
  const std::string_view first = arguments[0];
  if (AsksForHelp(arguments)) {
    PrintUsage(std::cout, first);
    return 0;
  }
  if (first == "lint") return LintFiles({arguments.begin() + 1, arguments.end()});
  if (first == "backup") return Backup(arguments.subspan(1));
  if (first == "restore") return Restore(arguments.subspan(1));
  if (first == "topic") return TopicTool(arguments.subspan(1));
  if (first == "user") return UserTool(arguments.subspan(1));
  if (first == "store") return StoreTool(arguments.subspan(1));
  if (first == "--version" || first == "version") {
    PrintVersion();
    return 0;
  }
  return Refuse((first.starts_with("-") ? "there is no option " : "there is no command ") + std::string(first) +
                "; usage: framespool worker FILE.properties");
}

}  // namespace

int main(int argc, char** argv) {
  TakeStandardStreams();
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  if (arguments.empty()) {
    PrintUsage(std::cerr, {});
    return kBadUsage;
  }
  if (arguments[0] == "worker" && !AsksForHelp(arguments)) return Worker({arguments.begin() + 1, arguments.end()});
  return AfterPrinting(Command(arguments));
}
