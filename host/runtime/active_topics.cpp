#include "runtime/active_topics.h"

namespace framespool::runtime {

void ActiveTopics::Note(const std::string& connector, const std::string& topic) {
  {
    const std::lock_guard lock(mutex_);
    if (!topics_[connector].insert(topic).second) return;
  }
  store_.NoteActiveTopic(connector, topic);
}

std::vector<std::string> ActiveTopics::Of(const std::string& connector) const {
  const std::lock_guard lock(mutex_);
  const auto found = topics_.find(connector);
  if (found == topics_.end()) return {};
  return {found->second.begin(), found->second.end()};
}

void ActiveTopics::Forget(const std::string& connector) {
  {
    const std::lock_guard lock(mutex_);
    topics_.erase(connector);
  }
  store_.DeleteActiveTopics(connector);
}

}  // namespace framespool::runtime
