#include "herd.h"

#include <utility>

namespace framespool::worker {

std::vector<std::string> Herd::Names() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, connector] : connectors_) names.push_back(name);
  return names;
}

std::vector<ConnectorInfo> Herd::Infos() const {
  const std::lock_guard lock(mutex_);
  std::vector<ConnectorInfo> infos;
  for (const auto& [name, connector] : connectors_) infos.push_back(InfoOf(connector));
  return infos;
}

std::vector<ConnectorStatus> Herd::Statuses() const {
  const std::lock_guard lock(mutex_);
  std::vector<ConnectorStatus> statuses;
  for (const auto& [name, connector] : connectors_) statuses.push_back(StatusOf(connector, worker_id_));
  return statuses;
}

std::optional<ConnectorInfo> Herd::Info(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = connectors_.find(name);
  return found == connectors_.end() ? std::nullopt : std::optional(InfoOf(found->second));
}

std::optional<ConnectorStatus> Herd::Status(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = connectors_.find(name);
  return found == connectors_.end() ? std::nullopt : std::optional(StatusOf(found->second, worker_id_));
}

std::string Herd::worker_id() const {
  const std::lock_guard lock(mutex_);
  return worker_id_;
}

HerdedConnector* Herd::Find(const std::string& name) {
  const auto found = connectors_.find(name);
  return found == connectors_.end() ? nullptr : &found->second;
}

HerdedConnector& Herd::Put(store::StoredConnector stored) {
  const std::lock_guard lock(mutex_);
  HerdedConnector connector;
  connector.stored = std::move(stored);
  const std::string name = connector.stored.name;
  return connectors_.insert_or_assign(name, std::move(connector)).first->second;
}

void Herd::Erase(const std::string& name) {
  const std::lock_guard lock(mutex_);
  connectors_.erase(name);
}

void Herd::SetWorkerId(std::string worker_id) {
  const std::lock_guard lock(mutex_);
  worker_id_ = std::move(worker_id);
}

}  // namespace framespool::worker
