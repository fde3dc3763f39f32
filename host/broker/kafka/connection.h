#pragma once

#include <broker/broker.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

namespace framespool::broker {

/// Whether the cluster can be reached, and why not: what every client's log tells, and what the watch finds. Any
/// thread.
class Connection {
 public:
  explicit Connection(std::string bootstrap) : bootstrap_(std::move(bootstrap)) {}

  const std::string& bootstrap() const noexcept { return bootstrap_; }
  /// A client could not connect, or lost its connection, for this reason.
  void NoteTrouble(const std::string& reason);
  void NoteReachable(const std::string& cluster_id);
  void NoteUnreachable(const std::string& reason);

  bool reachable() const;
  std::string cluster_id() const;
  Health GetHealth() const;
  /// "…, unreachable since …: why, and what to look at". Before the watch has found it so: since when there was
  /// trouble, and why, in the words of the client that asks if it has some.
  std::string Describe(const std::string& trouble_of_client = {}) const;
  /// Until there is trouble, stop, or `wait` is over.
  void AwaitTrouble(std::stop_token stop, std::chrono::milliseconds wait);
  /// Until the first answer from the cluster, or `wait` is over. Whether it is reachable.
  bool AwaitReachable(std::chrono::milliseconds wait) const;

 private:
  std::string DescribeLocked(const std::string& reason) const;

  const std::string bootstrap_;
  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
  std::string cluster_id_;
  std::string reason_;
  bool ever_reached_ = false;
  bool told_ = false;  // this outage is in the log
  bool trouble_ = false;
  std::optional<std::chrono::system_clock::time_point> trouble_since_;  // the first since it was last reached
  std::optional<std::chrono::system_clock::time_point> unreachable_since_ = std::chrono::system_clock::now();
};

}  // namespace framespool::broker
