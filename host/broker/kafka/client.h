#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "client_config.h"
#include "connection.h"

namespace framespool::broker {

/// One librdkafka client: owns its handle, and hears its log. Destruction waits for librdkafka's threads, and for ever
/// when one of its messages is still alive.
class Client {
 public:
  using OnRebalance = void (*)(rd_kafka_t*, rd_kafka_resp_err_t, rd_kafka_topic_partition_list_t*, void*);
  /// Throws ConfigError when librdkafka refuses the settings as a whole. Callbacks get the client as their opaque;
  /// `owner` is for those of a member of a group.
  Client(rd_kafka_type_t type, const ClientConfig& config, std::shared_ptr<Connection> connection,
         void (*on_delivery)(rd_kafka_t*, const rd_kafka_message_t*, void*) = nullptr,
         OnRebalance on_rebalance = nullptr, void* owner = nullptr);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  rd_kafka_t* get() const noexcept { return handle_; }
  void* owner() const noexcept { return owner_; }
  Connection& connection() const noexcept { return *connection_; }
  /// Why this client gets no answer: the cluster cannot be reached, or this client's own last trouble.
  std::string Describe() const;

 private:
  static void OnLog(const rd_kafka_t* handle, int level, const char* facility, const char* text);

  const std::shared_ptr<Connection> connection_;
  void* const owner_;
  mutable std::mutex mutex_;
  std::string trouble_;
  rd_kafka_t* handle_ = nullptr;
};

/// Destroys clients on the thread "kafka-reaper", for threads that must not wait. Owned by the broker; a client given
/// away later than the broker's end is destroyed where it is given.
class Reaper {
 public:
  Reaper();
  ~Reaper();
  void Bury(std::unique_ptr<Client> client);

 private:
  void Work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Client>> clients_;
  bool closed_ = false;
  std::thread thread_;
};

/// Shares a client between a reader and the messages it has handed out; the last one gives it to the reaper.
std::shared_ptr<Client> ShareClient(std::unique_ptr<Client> client, const std::shared_ptr<Reaper>& reaper);

struct TopicHandleCloser {
  void operator()(rd_kafka_topic_t* topic) const noexcept { rd_kafka_topic_destroy(topic); }
};
using TopicHandle = std::unique_ptr<rd_kafka_topic_t, TopicHandleCloser>;

/// Whether this librdkafka writes into memory that it has freed when a topic that a client knows comes back with
/// another topic id before the client has seen it gone: from 2.4 up to 2.9, Debian 13's 2.8.0 among them
/// (confluentinc/librdkafka#4964).
bool MistakesNewTopics();
/// Where librdkafka does that, has `client` see that `topic` is gone, if it is. Waits for an answer, 2 s at most.
void LookAtGone(const Client& client, const std::string& topic);

struct PartitionListCloser {
  void operator()(rd_kafka_topic_partition_list_t* list) const noexcept { rd_kafka_topic_partition_list_destroy(list); }
};
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t, PartitionListCloser>;

struct MessageCloser {
  void operator()(rd_kafka_message_t* message) const noexcept { rd_kafka_message_destroy(message); }
};
using Message = std::unique_ptr<rd_kafka_message_t, MessageCloser>;

struct ErrorCloser {
  void operator()(rd_kafka_error_t* error) const noexcept { rd_kafka_error_destroy(error); }
};
using Error = std::unique_ptr<rd_kafka_error_t, ErrorCloser>;

}  // namespace framespool::broker
