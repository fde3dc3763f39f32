#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include <framespool/transform.h>

namespace framespool::picture_transforms {

/// Which records are one camera's: those of a key (in a topic and its partition), or all of a topic's partition.
enum class Per { kKey, kTopic };

/// A State for each stream of records. Of those that have been silent longest it forgets what is too many.
template <class State>
class Streams {
 public:
  Streams(Per per, std::size_t most) : per_(per), most_(most) {}

  State& Of(const RecordRef& record) {
    std::string name = record.topic + '\0' + std::to_string(record.partition.value_or(-1));
    if (per_ == Per::kKey && !record.key.is_null() && !record.key.data()) (name += '\0').append(record.key.text());
    auto found = all_.find(name);
    if (found == all_.end()) {
      if (all_.size() >= most_) {
        all_.erase(std::min_element(all_.begin(), all_.end(), [](const auto& one, const auto& other) {
          return one.second.used < other.second.used;
        }));
      }
      found = all_.emplace(std::move(name), Entry{}).first;
    }
    found->second.used = ++uses_;
    return found->second.state;
  }
  void Clear() { all_.clear(); }

 private:
  struct Entry {
    State state{};
    std::uint64_t used = 0;
  };
  const Per per_;
  const std::size_t most_;
  std::uint64_t uses_ = 0;
  std::map<std::string, Entry> all_;
};

}  // namespace framespool::picture_transforms
