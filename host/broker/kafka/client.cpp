#include "client.h"

#include <string_view>
#include <utility>

#include <base/log.h>
#include <framespool/errors.h>

namespace framespool::broker {

Client::Client(rd_kafka_type_t type, const ClientConfig& config, std::shared_ptr<Connection> connection,
               void (*on_delivery)(rd_kafka_t*, const rd_kafka_message_t*, void*), OnRebalance on_rebalance,
               void* owner)
    : connection_(std::move(connection)), owner_(owner) {
  ConfHandle conf = config.Build();
  rd_kafka_conf_set_opaque(conf.get(), this);
  rd_kafka_conf_set_log_cb(conf.get(), &Client::OnLog);
  if (on_delivery != nullptr) rd_kafka_conf_set_dr_msg_cb(conf.get(), on_delivery);
  if (on_rebalance != nullptr) rd_kafka_conf_set_rebalance_cb(conf.get(), on_rebalance);
  char reason[512] = "";
  handle_ = rd_kafka_new(type, conf.get(), reason, sizeof reason);
  if (handle_ == nullptr)
    throw ConfigError(std::string("the settings of a Kafka client cannot be used together: ") + reason);
  static_cast<void>(conf.release());
}

Client::~Client() { rd_kafka_destroy(handle_); }

bool MistakesNewTopics() {
  const int version = rd_kafka_version();
  return version >= 0x02040000 && version < 0x020a0000;
}

void LookAtGone(const Client& client, const std::string& topic) {
  if (!MistakesNewTopics()) return;
  constexpr int kPatienceMs = 2000;
  const TopicHandle handle(rd_kafka_topic_new(client.get(), topic.c_str(), nullptr));
  const rd_kafka_metadata_t* metadata = nullptr;
  if (rd_kafka_metadata(client.get(), 0, handle.get(), &metadata, kPatienceMs) == RD_KAFKA_RESP_ERR_NO_ERROR)
    rd_kafka_metadata_destroy(metadata);
}

std::string Client::Describe() const {
  std::string trouble;
  {
    std::lock_guard lock(mutex_);
    trouble = trouble_;
  }
  return connection_->Describe(trouble);
}

void Client::OnLog(const rd_kafka_t* handle, int level, const char* facility, const char* text) {
  auto* client = static_cast<Client*>(rd_kafka_opaque(handle));
  const std::string_view kind = facility;
  constexpr int kWarning = 4;  // of syslog
  if (kind == "FAIL" || kind == "ERROR" || kind == "FATAL") {
    {
      std::lock_guard lock(client->mutex_);
      client->trouble_ = text;
    }
    if (kind == "FAIL") client->connection_->NoteTrouble(text);
    log::Debug("kafka", text);
  } else if (kind == "CONFWARN" || level > kWarning || std::string_view(text).ends_with("retrying")) {
    log::Debug("kafka", text);
  } else {
    log::Warn("kafka", text);
  }
}

Reaper::Reaper() : thread_([this] { Work(); }) {}

Reaper::~Reaper() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
  if (thread_.get_id() == std::this_thread::get_id()) {
    thread_.detach();
  } else {
    thread_.join();
  }
}

void Reaper::Bury(std::unique_ptr<Client> client) {
  {
    std::lock_guard lock(mutex_);
    clients_.push_back(std::move(client));
  }
  changed_.notify_all();
}

void Reaper::Work() {
  log::NameThread("kafka-reaper");
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return closed_ || !clients_.empty(); });
    if (clients_.empty()) return;
    std::unique_ptr<Client> client = std::move(clients_.front());
    clients_.pop_front();
    lock.unlock();
    client.reset();
    lock.lock();
  }
}

std::shared_ptr<Client> ShareClient(std::unique_ptr<Client> client, const std::shared_ptr<Reaper>& reaper) {
  return {client.release(), [weak = std::weak_ptr<Reaper>(reaper)](Client* last) {
            std::unique_ptr<Client> owned(last);
            if (const auto alive = weak.lock()) alive->Bury(std::move(owned));
          }};
}

}  // namespace framespool::broker
