#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "herded_connector.h"

namespace framespool::herder {

/// The connectors of one worker. Owned by the herder, whose thread alone changes them, under the lock that readers
/// take; it needs no lock to look.
class Herd {
 public:
  // Any thread.
  std::vector<std::string> Names() const;
  runtime::ConnectorViews Views() const;
  std::optional<runtime::ConnectorInfo> Info(const std::string& name) const;
  std::optional<runtime::ConnectorStatus> Status(const std::string& name) const;
  std::string worker_id() const;

  // The herder's thread.
  const std::map<std::string, HerdedConnector>& connectors() const noexcept { return connectors_; }
  HerdedConnector* Find(const std::string& name);
  /// In place of one of its name.
  HerdedConnector& Put(store::StoredConnector stored);
  void Erase(const std::string& name);
  template <class F>
  void Change(F change) {
    const std::lock_guard lock(mutex_);
    Touch();
    change();
  }

  void SetWorkerId(std::string worker_id);

 private:
  /// Under the lock: the views do not show the connectors as they are any more.
  void Touch();

  mutable std::mutex mutex_;
  std::string worker_id_;
  std::map<std::string, HerdedConnector> connectors_;
  mutable runtime::ConnectorViews views_;      // the last that were handed out; null when touched since
  mutable std::uint64_t shown_revisions_ = 0;  // of the tasks in them
};

}  // namespace framespool::herder
