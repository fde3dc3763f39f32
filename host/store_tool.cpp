#include "store_tool.h"

#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <string>

#include <base/log.h>
#include <config/worker_config.h>
#include <plugins/plugin_registry.h>
#include <store_sqlite/sqlite_store.h>

#include "broker_choice.h"
#include "command.h"
#include "store_choice.h"
#include "worker_setup.h"

namespace framespool {

namespace {

config::WorkerConfig ConfigIn(const std::filesystem::path& file) {
  const config::WorkerKeys keys = config::ReadWorkerKeys(file, Environment());
  plugins::PluginRegistry plugins(PluginPath(keys.plugin_path(), FindBelongings()));
  return config::WorkerConfigOf(keys, config::ProvidersOf(keys, plugins));
}

int Move(const std::filesystem::path& file) {
  const config::WorkerConfig config = ConfigIn(file);
  if (!KeepsStateInKafka(config)) {
    throw std::runtime_error(file.string() +
                             " does not say where to: set config.storage.topic, as the worker will have it");
  }
  const auto database = std::filesystem::path(config.data_dir) / "framespool.db";
  if (!std::filesystem::exists(database)) throw std::runtime_error(database.string() + ": there is no database");
  const store::DataDirLock lock(config.data_dir);
  const store::StoreContents contents = store::OpenSqliteStore(database)->Contents();
  const auto broker = ChooseBroker(config);
  const auto topics = OpenStateInKafka(
      config, *broker, "framespool-store-move", [] { return false; }, [](const auto&) {});
  if (const auto there = topics->Connectors(); !there.empty()) {
    throw std::runtime_error("topic " + config.config_topic + " has connectors already (" + there.front().name +
                             (there.size() > 1 ? " and " + std::to_string(there.size() - 1) + " more" : "") +
                             "), so nothing was moved; name other topics, or delete those connectors");
  }
  topics->Fill(contents);
  std::cout << contents.connectors.size() << " connectors, " << contents.source_offsets.size() << " source offsets, "
            << contents.positions.size() << " positions of sinks and viewers and " << contents.history.size()
            << " changes are in Kafka now; " << database.string() << " is as it was\n";
  return 0;
}

}  // namespace

int StoreTool(std::span<const std::string_view> words) {
  log::SetLevel("root", "WARN");
  return ExitCodeOf([&] {
    if (words.empty()) throw UsageError("store needs a command, as in: framespool store move worker.properties");
    if (words[0] != "move") throw UsageError("store has no command " + std::string(words[0]) + "; it has move");
    if (words.size() < 2) throw UsageError("store move needs a worker's properties");
    if (words.size() > 2) throw UsageError("store move takes no " + std::string(words[2]));
    return Move(words[1]);
  });
}

}  // namespace framespool
