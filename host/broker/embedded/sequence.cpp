#include "sequence.h"

#include <algorithm>

namespace framespool::broker::embedded {

std::uint64_t Sequence::Take(std::uint64_t count) {
  const std::lock_guard lock(mutex_);
  on_their_way_.insert(next_);
  next_ += count;
  return next_ - count;
}

void Sequence::Arrived(std::uint64_t first) noexcept {
  const std::lock_guard lock(mutex_);
  on_their_way_.erase(first);
}

std::uint64_t Sequence::Next() {
  const std::lock_guard lock(mutex_);
  return next_++;
}

void Sequence::RaiseTo(std::uint64_t seen) {
  const std::lock_guard lock(mutex_);
  next_ = std::max(next_, seen + 1);
}

std::uint64_t Sequence::AllArrivedUpTo() const {
  const std::lock_guard lock(mutex_);
  return (on_their_way_.empty() ? next_ : *on_their_way_.begin()) - 1;
}

}  // namespace framespool::broker::embedded
