#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <broker/broker.h>

#include "client.h"

namespace framespool::broker {

/// The topics that one producer writes to, by name.
class TopicHandles {
 public:
  explicit TopicHandles(const Client& client) : client_(client) {}
  rd_kafka_topic_t* Get(const std::string& name);
  bool Has(const std::string& name) const { return handles_.contains(name); }

 private:
  const Client& client_;
  std::map<std::string, TopicHandle> handles_;
};

/// What a kSyncPointHeader says, "here" or "before"; readers of the broker get the mark in its place. Nothing for what
/// no broker of ours has written.
std::optional<SyncPoint> SyncPointNamed(std::string_view text);

/// Gives the record to librdkafka without copying its value: the record must live until its delivery report, which will
/// carry `opaque`. NO_ERROR, or why librdkafka did not take it.
rd_kafka_resp_err_t Produce(const Client& client, rd_kafka_topic_t* topic, const SourceRecord& record, void* opaque);

/// Whether a record that failed so may be left out while those behind it go on.
bool IsRefusal(rd_kafka_resp_err_t code);

/// The limits that a record may exceed.
struct SizeLimits {
  std::string client;                 // message.max.bytes
  std::optional<std::int64_t> topic;  // max.message.bytes, when known
};

/// What to tell of a record that was not taken, by the client or by the topic.
std::exception_ptr RefusalOf(rd_kafka_resp_err_t code, const SourceRecord& record, const SizeLimits& limits,
                             bool by_client);

}  // namespace framespool::broker
