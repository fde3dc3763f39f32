#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <broker/broker.h>
#include <config/worker_config.h>
#include <herder/worker_herder.h>
#include <store/store.h>
#include <store_sqlite/sqlite_store.h>

namespace framespool {

/// Whether a worker keeps its state in Kafka: config.storage.topic is set.
bool KeepsStateInKafka(const config::WorkerConfig& config);

/// data.dir as this process's, as long as the lock lives. Where the state is in Kafka it only holds what a crash leaves
/// for the next process on this machine: one that cannot be had is a warning, and null. Throws StoreError.
std::unique_ptr<store::DataDirLock> TakeDataDir(const config::WorkerConfig& config);

/// The topic that has the state of the worker whose `data_dir` this is; nothing where it is in its database.
std::optional<std::string> TopicOfState(const std::filesystem::path& data_dir);

/// The state in data.dir, which must have been taken; null where it is in Kafka. Throws StoreError.
std::unique_ptr<store::Store> OpenDatabase(const config::WorkerConfig& config);

/// What the worker has in common with others of its group.id; nothing where it is alone.
std::optional<herder::ClusterSetup> ClusterOf(const config::WorkerConfig& config, const std::string& worker_id);

/// The state in Kafka; null where it is in data.dir. Waits for Kafka, until `stopped` says not to. Throws StoreError.
/// `on_superseded`: another worker has taken it over.
std::unique_ptr<store::Store> OpenStateInKafka(const config::WorkerConfig& config, broker::Broker& broker,
                                               const std::string& worker_id, std::function<bool()> stopped,
                                               std::function<void(const std::string&)> on_superseded);

}  // namespace framespool
