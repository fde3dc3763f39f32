#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <broker/state_topics.h>
#include <store/offset_retention.h>
#include <store/store.h>

namespace framespool::store {

struct KafkaStoreOptions {
  broker::StateTopicSpec config;   // connectors, target states, task count records: as Connect's
  broker::StateTopicSpec offsets;  // source offsets: as Connect's
  broker::StateTopicSpec status;   // states of tasks, topics in use: as Connect's
  broker::StateTopicSpec own;      // positions of sinks and viewers, history, who writes
  std::string writer;              // transactional.id: of two stores with the same one the later shuts out the earlier
  std::string worker_id;           // in the status of tasks
  /// Workers that share their tasks write to the same topics, each as a writer of its own; connectors and their target
  /// states are written by the one that leads, not by this store.
  bool is_shared = false;
  OffsetRetention retention{};
  std::chrono::milliseconds start_patience = std::chrono::minutes(2);  // how long opening waits for Kafka
  std::chrono::milliseconds patience = std::chrono::seconds(5);        // and each call
  std::function<bool()> stopped = [] { return false; };  // asked while opening waits; it gives up when that says so
  /// Another store writes with this writer's id: this one writes nothing more. On the store's thread, once.
  std::function<void(const std::string& why)> on_superseded = [](const std::string&) {};
};

/// A store in compacted topics; nothing of it is on a disk of this machine. What is read comes from memory, so it is
/// there when Kafka is away; what is written is in Kafka when the call returns, or the call throws. A change of a
/// connector that was thrown for is not there later on either. All writing is done on one thread, "store". `topics`
/// outlives it. Waits for Kafka; throws StoreError when it does not come, or a topic cannot be used.
///
/// Positions of sinks stand in a topic and not in Kafka's consumer groups, which are told of them only: a group's
/// offsets expire when nobody is in it, thousands of viewers would be thousands of groups, and a commit without a
/// member is fenced by nothing, where the topic shares one transaction and one order with all the rest.
std::unique_ptr<Store> OpenKafkaStore(broker::StateTopics& topics, const KafkaStoreOptions& options);

}  // namespace framespool::store
