#include "herd.h"

#include <utility>

namespace framespool::herder {

std::vector<std::string> Herd::Names() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, connector] : connectors_) names.push_back(name);
  return names;
}

runtime::ConnectorViews Herd::Views() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t revisions = 0;
  for (const auto& [name, connector] : connectors_) revisions += RevisionOf(connector);
  if (!views_ || shown_revisions_ != revisions) {
    std::vector<runtime::ConnectorView> views;
    views.reserve(connectors_.size());
    for (const auto& [name, connector] : connectors_) views.push_back(ViewOf(connector, worker_id_));
    views_ = std::make_shared<const std::vector<runtime::ConnectorView>>(std::move(views));
    shown_revisions_ = revisions;
  }
  return views_;
}

void Herd::Touch() {
  views_ = nullptr;
  for (const auto& [name, connector] : connectors_) connector.latest = {};
}

std::optional<runtime::ConnectorInfo> Herd::Info(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = connectors_.find(name);
  return found == connectors_.end() ? std::nullopt : std::optional(InfoOf(found->second));
}

std::optional<runtime::ConnectorStatus> Herd::Status(const std::string& name) const {
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
  Touch();
  return connectors_.insert_or_assign(name, std::move(connector)).first->second;
}

void Herd::Erase(const std::string& name) {
  const std::lock_guard lock(mutex_);
  Touch();
  connectors_.erase(name);
}

void Herd::SetWorkerId(std::string worker_id) {
  Change([&] { worker_id_ = std::move(worker_id); });
}

}  // namespace framespool::herder
