#include "connection.h"

#include <ctime>
#include <utility>

#include <base/log.h>

namespace framespool::broker {

namespace {

std::string ClockText(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm local{};
  localtime_r(&seconds, &local);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local);
  return text;
}

// librdkafka says why in words alone, which stand in front of this.
constexpr const char* kAdvice =
    "check that Kafka is running, bootstrap.servers, whether security.protocol is what that port speaks, and, where it "
    "asks for them, sasl.mechanism and sasl.jaas.config (or sasl.username and sasl.password) and "
    "ssl.truststore.location "
    "(or ssl.ca.location)";

}  // namespace

void Connection::NoteTrouble(const std::string& reason) {
  {
    std::lock_guard lock(mutex_);
    reason_ = reason;
    trouble_ = true;
    if (!trouble_since_) trouble_since_ = std::chrono::system_clock::now();
  }
  changed_.notify_all();
}

void Connection::NoteReachable(const std::string& cluster_id) {
  std::string news;
  {
    std::lock_guard lock(mutex_);
    if (!cluster_id.empty()) cluster_id_ = cluster_id;
    if (unreachable_since_) {
      const auto seconds =
          std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now() - *unreachable_since_)
              .count();
      news = ever_reached_ ? "Kafka at " + bootstrap_ + " is back after " + std::to_string(seconds) + " s; going on"
                           : "connected to Kafka at " + bootstrap_ + ", cluster " + cluster_id_;
      unreachable_since_.reset();
    }
    trouble_since_.reset();
    reason_.clear();
    ever_reached_ = true;
  }
  changed_.notify_all();
  if (!news.empty()) log::Info("kafka", news);
}

void Connection::NoteUnreachable(const std::string& reason) {
  std::string news;
  {
    std::lock_guard lock(mutex_);
    if (reason_.empty()) reason_ = reason;
    if (!unreachable_since_) {
      unreachable_since_ = trouble_since_.value_or(std::chrono::system_clock::now());
      told_ = false;
    }
    if (!std::exchange(told_, true)) news = DescribeLocked(reason_);
  }
  changed_.notify_all();
  if (!news.empty()) log::Warn("kafka", news);
}

bool Connection::reachable() const {
  std::lock_guard lock(mutex_);
  return !unreachable_since_;
}

std::string Connection::cluster_id() const {
  std::lock_guard lock(mutex_);
  return cluster_id_;
}

Health Connection::GetHealth() const {
  std::lock_guard lock(mutex_);
  if (!unreachable_since_) return {};
  return {false, DescribeLocked(reason_)};
}

std::string Connection::Describe(const std::string& trouble_of_client) const {
  std::lock_guard lock(mutex_);
  return DescribeLocked(unreachable_since_ || trouble_of_client.empty() ? reason_ : trouble_of_client);
}

std::string Connection::DescribeLocked(const std::string& reason) const {
  std::string text = "Kafka at bootstrap.servers=" + bootstrap_;
  if (unreachable_since_) {
    text += " cannot be reached since " + ClockText(*unreachable_since_);
  } else if (trouble_since_) {
    text += " does not answer since " + ClockText(*trouble_since_);
  } else {
    text += " does not answer in time";
  }
  if (!reason.empty()) text += " (" + reason + ")";
  return text + "; waiting for it. If it does not come back by itself, " + kAdvice;
}

void Connection::AwaitTrouble(std::stop_token stop, std::chrono::milliseconds wait) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, stop, wait, [this] { return trouble_; });
  trouble_ = false;
}

bool Connection::AwaitReachable(std::chrono::milliseconds wait) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, wait, [this] { return !unreachable_since_; });
}

}  // namespace framespool::broker
