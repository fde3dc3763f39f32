#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <broker/state_topics.h>

#include <store_kafka/state_formats.h>
#include "store_kafka/kafka_store.h"

namespace framespool::store {

/// Writes to the topics of a store as their one owner. Of two that write as one the later is the owner: its record in
/// the own topic says so, and who finds another's there after it was shut out writes nothing more. A transaction whose
/// end is not known is looked for in the topics once Kafka is back. On the store's thread, after Open().
class StateLog {
 public:
  StateLog(broker::StateTopics& topics, const KafkaStoreOptions& options);

  /// Becomes the owner and reads all topics. Throws StoreError when that is not done in options.start_patience.
  void Open();
  /// Whether nothing was there when it was opened.
  bool created() const noexcept { return created_; }
  std::int32_t term() const noexcept { return owner_.term; }

  enum class IfLate {
    kStays,   // what comes in although the call was given up is as good as written: it will be written again
    kUndone,  // or it is taken back
  };
  /// All of it or nothing. Throws StoreError when it is not written within `patience`.
  void Write(const std::vector<broker::StateWrite>& writes, std::chrono::milliseconds patience, IfLate if_late);

 private:
  using Clock = std::chrono::steady_clock;
  struct InDoubt {
    std::vector<broker::StateWrite> writes;
    std::vector<broker::StateWrite> before;  // empty: need not be taken back
  };
  /// One try at what Open() does.
  void Begin();
  /// Becomes the owner again, and settles what is in doubt.
  void Claim(Clock::time_point deadline);
  bool IsWritten(const std::vector<broker::StateWrite>& writes) const;
  std::optional<std::string> ValueOf(const std::string& topic, const std::string& key) const;
  std::optional<StateOwner> Owner() const;
  [[noreturn]] void GiveUp(const StateOwner& other);

  broker::StateTopics& topics_;
  const KafkaStoreOptions& options_;
  StateOwner owner_;
  bool created_ = false;
  bool claimed_ = false;
  std::string superseded_;  // why nothing is written any more
  std::optional<InDoubt> in_doubt_;
};

}  // namespace framespool::store
