#include "lint.h"

#include <cerrno>
#include <cstdlib>
#include <exception>
#include <functional>
#include <future>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <base/escape.h>
#include <base/log.h>
#include <config/properties.h>
#include <herder/worker_herder.h>
#include <plugins/plugin_registry.h>
#include <store_sqlite/sqlite_store.h>

#include "broker_choice.h"
#include "worker_setup.h"

namespace framespool {

namespace {

namespace fs = std::filesystem;

/// Goes with all that is in it.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (fs::temp_directory_path() / "framespool-lint.XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr)
      throw std::system_error(errno, std::generic_category(),
                              "cannot make a folder in " + fs::temp_directory_path().string());
    path_ = name;
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() { Remove(); }
  void Remove() const {
    std::error_code gone;
    fs::remove_all(path_, gone);
  }
  const fs::path& path() const noexcept { return path_; }

 private:
  fs::path path_;
};

/// A worker's herder that is never started, and what it needs.
class IdleWorker {
 public:
  IdleWorker(const config::WorkerKeys& keys, const fs::path& file, const Belongings& ours)
      : plugins_(PluginPath(keys.plugin_path(), ours)) {
    const auto found = config::ProvidersOf(keys, plugins_);
    config::WorkerConfig config = config::WorkerConfigOf(keys, found);
    Listeners(config, file);
    gate_ = GatekeeperOf(config);
    certificate_ = CertificateOf(config);
    auto options =
        HerderOptionsOf(config, found.WithSecrets(config.secrets), file, ours, gate_.get(), certificate_.get());
    config.data_dir = scratch_.path().string();
    store_ = store::OpenSqliteStore(scratch_.path() / "framespool.db");
    broker_ = ChooseBroker(config);
    herder_ = herder::MakeHerder(std::move(options), plugins_, *store_, *broker_);
  }

  base::Outcome<void> Check(const config::NamedConfig& named) {
    return OnItsThread<void>([&]() -> base::Outcome<void> {
      const auto taken = herder_->Check(named.name, named.config, herder::InitialState::kRunning);
      if (!taken) return base::PassOn(taken);
      return {};
    });
  }
  base::Outcome<void> CheckTogether(const std::map<std::string, RawConfig>& all) {
    return OnItsThread<void>([&]() -> base::Outcome<void> {
      const auto plan = herder_->Apply(all, false, true);
      if (!plan) return base::PassOn(plan);
      return {};
    });
  }
  /// False: something of a plugin still runs and uses the broker, which must not be destroyed under it.
  bool Stop() {
    const bool all = herder_->Stop().empty();
    if (!all) scratch_.Remove();
    return all;
  }

 private:
  template <class T>
  base::Outcome<T> OnItsThread(std::function<base::Outcome<T>()> ask) {
    std::promise<base::Outcome<T>> answer;
    herder_->Post("lint", [&] {
      try {
        answer.set_value(ask());
      } catch (...) {
        answer.set_exception(std::current_exception());
      }
    });
    return answer.get_future().get();
  }

  const ScratchFolder scratch_;
  std::unique_ptr<access::Gatekeeper> gate_;
  std::unique_ptr<tls::Certificate> certificate_;
  plugins::PluginRegistry plugins_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<broker::Broker> broker_;
  std::unique_ptr<herder::WorkerHerder> herder_;
};

/// Prints what is said, and keeps whether all of it was good.
class Answers {
 public:
  void Good(const fs::path& file) { std::cout << file.string() << ": ok\n"; }
  void Bad(const std::string& text) {
    std::cout << text << "\n";
    all_good_ = false;
  }
  void Bad(const fs::path& file, const std::string& text) { Bad(file.string() + ": " + text); }
  bool all_good() const noexcept { return all_good_; }

 private:
  bool all_good_ = true;
};

/// Those of a file which a worker takes by themselves go to `all`, with the file in `files_of`.
void CheckFile(IdleWorker& worker, const fs::path& file, std::map<std::string, RawConfig>& all,
               std::map<std::string, fs::path>& files_of, Answers& answers) {
  const std::vector<config::NamedConfig> connectors = config::LoadConnectorFile(file);
  bool good = true;
  const auto bad = [&](const config::NamedConfig& named, const std::string& text) {
    answers.Bad(file, connectors.size() > 1 ? log::Escaped(named.name) + ": " + text : text);
    good = false;
  };
  for (const config::NamedConfig& named : connectors) {
    if (const auto [other, is_new] = files_of.emplace(named.name, file); !is_new)
      bad(named, "name: must be another one than " + named.name + ", which " + other->second.string() + " has");
    else if (const auto taken = worker.Check(named); !taken)
      bad(named, taken.error().message);
    else
      all.emplace(named.name, named.config);
  }
  if (good) answers.Good(file);
}

void CheckConnectors(IdleWorker& worker, const std::vector<fs::path>& files, Answers& answers) {
  std::map<std::string, RawConfig> all;
  std::map<std::string, fs::path> files_of;
  for (const fs::path& file : files) {
    try {
      CheckFile(worker, file, all, files_of, answers);
    } catch (const ConfigError& error) {
      answers.Bad(error.what());
    }
  }
  if (all.size() < 2) return;
  if (const auto taken = worker.CheckTogether(all); !taken) answers.Bad(taken.error().message);
}

}  // namespace

int Lint(const std::vector<fs::path>& files) {
  log::SetLevel("root", "WARN");
  Answers answers;
  std::optional<fs::path> properties;
  std::vector<fs::path> connectors;
  for (const fs::path& file : files) {
    try {
      if (!config::IsWorkerFile(file)) {
        connectors.push_back(file);
      } else if (properties) {
        answers.Bad(file, "is a worker's, as " + properties->string() + " is; check one of them at a time");
      } else {
        properties = file;
      }
    } catch (const ConfigError& error) {
      answers.Bad(error.what());
    }
  }

  const fs::path file = properties.value_or("/dev/null");
  std::unique_ptr<IdleWorker> worker;
  try {
    const config::WorkerKeys keys = config::ReadWorkerKeys(file, Environment());
    config::LogRemarks(keys);
    worker = std::make_unique<IdleWorker>(keys, file, FindBelongings());
  } catch (const ConfigError& error) {
    answers.Bad(error.what());
    for (const fs::path& connector : connectors) answers.Bad(connector, "not checked: the worker would not start");
    return 1;
  }
  if (properties) answers.Good(*properties);
  CheckConnectors(*worker, connectors, answers);
  const int code = answers.all_good() ? 0 : 1;
  if (!worker->Stop()) {
    std::cout.flush();
    std::_Exit(code);
  }
  return code;
}

}  // namespace framespool
