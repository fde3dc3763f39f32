#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace framespool::cluster {

/// A moment on a clock that goes on while the process, or the machine, is suspended (CLOCK_BOOTTIME). Of one process
/// only: no two of these are compared between machines.
using Moment = std::chrono::milliseconds;

/// How long this worker may act as a member of the cluster's consumer group: the group is what detects failures, this
/// says up to when it cannot have thrown this worker out. Kafka lets an offset commit of a member maintain its session
/// (OffsetMetadataManager.commitOffset: in the states Stable and PreparingRebalance), and only a member's commit is
/// taken. So a commit that was sent at t and then confirmed proves that the member is there until t +
/// session.timeout.ms at least, by the coordinator's clock, which started later. What is held ends a fifth of that
/// earlier: for a clock that goes slower, and for an effect that had just begun. Two things follow for who uses it:
/// commits are made by the thread that polls the group's consumer, so that whoever commits also rejoins (a rebalance
/// throws out who does not), and max.poll.interval.ms is twice the session at least. Used from one thread, or under its
/// owner's lock; Until() is what other threads' gates compare their clock with.
class Session {
 public:
  explicit Session(Moment timeout) : hold_(timeout * 4 / 5) {}

  /// A member now, by a request that was sent at `sent`. `id` is Kafka's member id, which is never given twice.
  void Joined(std::string id, Moment sent) {
    id_ = std::move(id);
    until_ = sent + hold_;
  }
  /// A commit that was sent at `sent` has been confirmed.
  void Proved(Moment sent) {
    if (!id_.empty() && sent + hold_ > until_) until_ = sent + hold_;
  }
  /// The group does not know it any more.
  void Lost() {
    id_.clear();
    until_ = Moment::min();
  }

  /// Kafka's member id; empty when it is none.
  const std::string& id() const noexcept { return id_; }
  Moment until() const noexcept { return until_; }
  bool Holds(Moment now) const noexcept { return !id_.empty() && now < until_; }

 private:
  const Moment hold_;
  std::string id_;
  Moment until_ = Moment::min();
};

}  // namespace framespool::cluster
