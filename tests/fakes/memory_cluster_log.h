#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include <cluster/cluster_log.h>

namespace framespool::cluster {

/// A state topic in memory, as Kafka has it: one writer, fenced by the next. Not compacted. One thread.
class MemoryClusterLog : public ClusterLog {
 public:
  Batch Read(std::int64_t position, std::size_t most) override {
    const auto first = static_cast<std::size_t>(position);
    const std::size_t last = std::min(records_.size(), first + most);
    return {.records = {records_.begin() + position, records_.begin() + static_cast<std::ptrdiff_t>(last)},
            .next = static_cast<std::int64_t>(last)};
  }
  std::int64_t End() override { return static_cast<std::int64_t>(records_.size()); }
  std::unique_ptr<Writer> BecomeWriter() override { return std::make_unique<FencedWriter>(*this, ++epoch_); }

  /// Is called with each transaction that counts.
  std::function<void(const Transaction&)> committed = [](const Transaction&) {};
  /// What somebody has who has read everything.
  const View& view() const noexcept { return view_; }

 private:
  class FencedWriter : public Writer {
   public:
    FencedWriter(MemoryClusterLog& log, std::int64_t epoch) : log_(log), epoch_(epoch) {}
    bool Commit(const Transaction& transaction) override {
      if (epoch_ != log_.epoch_) return false;
      for (const Record& record : transaction) {
        log_.records_.push_back(record);
        log_.view_.Apply(record);
      }
      log_.committed(transaction);
      return true;
    }

   private:
    MemoryClusterLog& log_;
    const std::int64_t epoch_;
  };

  std::vector<Record> records_;
  View view_;
  std::int64_t epoch_ = 0;
};

}  // namespace framespool::cluster
