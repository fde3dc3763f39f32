#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <broker/state_topics.h>
#include <store/store.h>

#include <store_kafka/state_formats.h>

/// What of a store's contents the tables of its topics hold, and what is to be written for others.
namespace framespool::store {

struct StateNames {
  std::string config;
  std::string offsets;
  std::string status;
  std::string own;
};

/// Changes with their numbers, of each connector in their order: those whose keys begin with `prefix`.
std::vector<std::pair<StoredChange, std::int64_t>> HistoryIn(const broker::StateTopics& topics, const std::string& own,
                                                             const std::string& prefix);
/// Also those that were taken back.
std::vector<StoredSourceOffset> SourceOffsetsIn(const broker::StateTopics& topics, const std::string& offsets);

/// All but the connectors. Source offsets that the topic has newer, from transactions of a worker with another store,
/// are left out.
std::vector<broker::StateWrite> WritesOf(const StoreContents& contents, const broker::StateTopics& topics,
                                         const StateNames& names);
/// A connector with its target state and, as far as that says it, its status.
std::vector<broker::StateWrite> WritesOf(const StoredConnector& connector, TaskStatus status, const StateNames& names);

}  // namespace framespool::store
