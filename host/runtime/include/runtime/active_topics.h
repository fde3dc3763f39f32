#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <store/config_store.h>

namespace framespool::runtime {

/// The topics that each connector has used since it was created or reset, as Connect tracks them; kept in the store.
/// Owned by the herder. Any thread; Forget() waits for the store.
class ActiveTopics {
 public:
  /// Reads the store.
  explicit ActiveTopics(store::ConfigStore& store) : store_(store), topics_(store.ActiveTopics()) {}

  /// Called for every batch of records: cheap when the topic is known.
  void Note(const std::string& connector, const std::string& topic);
  std::vector<std::string> Of(const std::string& connector) const;
  void Forget(const std::string& connector);

 private:
  store::ConfigStore& store_;
  mutable std::mutex mutex_;
  std::map<std::string, std::set<std::string>> topics_;
};

}  // namespace framespool::runtime
