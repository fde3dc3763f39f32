#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <broker/state_topics.h>

namespace framespool::store {

/// What waits to be written without anyone waiting for it. Newest wins; it stays here until it is written, so that
/// whoever reads finds it. Not for several threads.
class PendingWrites {
 public:
  bool empty() const noexcept { return writes_.empty(); }
  void Put(broker::StateWrite write);
  std::optional<std::string> Find(const std::string& topic, const std::string& key) const;
  /// Those of a topic whose keys begin so.
  std::vector<broker::StateWrite> All(const std::string& topic, const std::string& prefix) const;

  struct Taken {
    std::vector<broker::StateWrite> writes;
    std::uint64_t count = 0;  // of Put() so far
  };
  /// Up to `most` of it, which stay here as well.
  Taken Some(std::size_t most) const;
  /// They are written; what has come since stays.
  void Written(const Taken& taken);
  void Forget(const std::string& topic, const std::function<bool(const std::string& key)>& is_meant);

 private:
  struct Entry {
    broker::StateWrite write;
    std::uint64_t number = 0;
  };
  std::map<std::pair<std::string, std::string>, Entry> writes_;  // by topic and key
  std::uint64_t count_ = 0;
};

}  // namespace framespool::store
