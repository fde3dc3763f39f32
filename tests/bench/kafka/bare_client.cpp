#include "bare_client.h"

#include <librdkafka/rdkafka.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "stop_watch.h"

#pragma GCC diagnostic ignored "-Wold-style-cast"  // in the RD_KAFKA_V_ macros

namespace {

rd_kafka_t* Make(rd_kafka_type_t type, const std::vector<std::pair<const char*, std::string>>& settings,
                 void (*on_delivery)(rd_kafka_t*, const rd_kafka_message_t*, void*), void* opaque) {
  char reason[512];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf, name, value.c_str(), reason, sizeof reason) != RD_KAFKA_CONF_OK)
      throw std::runtime_error(reason);
  }
  if (on_delivery != nullptr) rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
  rd_kafka_conf_set_opaque(conf, opaque);
  rd_kafka_t* client = rd_kafka_new(type, conf, reason, sizeof reason);
  if (client == nullptr) throw std::runtime_error(reason);
  return client;
}

}  // namespace

void ProduceBare(const std::string& bootstrap, const std::string& topic, std::vector<char>& value, std::size_t records,
                 bool copies, const std::string& report) {
  std::size_t delivered = 0;
  rd_kafka_t* client = Make(
      RD_KAFKA_PRODUCER,
      {{"bootstrap.servers", bootstrap},
       {"acks", "all"},
       {"linger.ms", "0"},
       {"socket.nagle.disable", "true"},
       {"message.max.bytes", "67108864"},
       {"queue.buffering.max.kbytes", "32768"}},
      [](rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) ++*static_cast<std::size_t*>(opaque);
      },
      &delivered);
  rd_kafka_topic_t* handle = rd_kafka_topic_new(client, topic.c_str(), nullptr);
  // The same records as the room's: with a key and two headers.
  std::size_t number = 0;
  const auto produce = [&] {
    const std::string frame = std::to_string(number++);
    const int flags = copies ? RD_KAFKA_MSG_F_COPY : 0;
    while (rd_kafka_producev(client, RD_KAFKA_V_RKT(handle), RD_KAFKA_V_MSGFLAGS(flags),
                             RD_KAFKA_V_VALUE(value.data(), value.size()), RD_KAFKA_V_KEY("camera", 6),
                             RD_KAFKA_V_HEADER("content-type", "image/jpeg", -1),
                             RD_KAFKA_V_HEADER("framespool.frame", frame.c_str(), -1), RD_KAFKA_V_END) != 0) {
      rd_kafka_poll(client, 100);  // the queue is full
    }
    rd_kafka_poll(client, 0);
  };
  produce();
  rd_kafka_flush(client, 60000);
  const StopWatch watch;
  for (std::size_t i = 1; i < records; ++i) produce();
  rd_kafka_flush(client, 60000);
  watch.Report(report);
  rd_kafka_topic_destroy(handle);
  rd_kafka_destroy(client);
  if (delivered != records) throw std::runtime_error("not everything was delivered");
}

void ConsumeBare(const std::string& bootstrap, const std::string& topic, std::size_t records,
                 const std::string& report) {
  rd_kafka_t* client = Make(RD_KAFKA_CONSUMER,
                            {{"bootstrap.servers", bootstrap},
                             {"group.id", "bare"},
                             {"enable.auto.commit", "false"},
                             {"auto.offset.reset", "error"},
                             {"socket.nagle.disable", "true"}},
                            nullptr, nullptr);
  rd_kafka_poll_set_consumer(client);
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, topic.c_str(), 0)->offset = 0;
  rd_kafka_assign(client, list);
  rd_kafka_topic_partition_list_destroy(list);
  std::optional<StopWatch> watch;
  for (std::size_t i = 0; i < records;) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(client, 10000);
    if (message == nullptr) throw std::runtime_error("nothing to consume");
    if (!watch) watch.emplace();
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) ++i;
    rd_kafka_message_destroy(message);
  }
  watch->Report(report);
  rd_kafka_consumer_close(client);
  rd_kafka_destroy(client);
}
