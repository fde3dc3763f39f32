#include "held_records.h"

#include <utility>

namespace framespool::runtime {

ChainedRecord* HeldRecords::Find(std::size_t stage, std::uint64_t number) {
  for (auto& [partition, line] : partitions_) {
    for (ChainedRecord& each : line) {
      if (each.state == ChainedRecord::State::kHeld && each.way.next == stage && each.way.held == number) return &each;
    }
  }
  return nullptr;
}

std::size_t HeldRecords::Expire(std::chrono::steady_clock::time_point now) {
  constexpr std::chrono::seconds kLongest(60);
  constexpr std::size_t kMost = 1000;
  std::size_t expired = 0;
  for (auto& [partition, line] : partitions_) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (now - line[i].since <= kLongest && line.size() - i <= kMost) break;
      if (line[i].state != ChainedRecord::State::kHeld) continue;
      line[i].state = ChainedRecord::State::kLeftOut;
      ++expired;
    }
  }
  return expired;
}

std::vector<ChainedRecord> HeldRecords::Take() {
  std::vector<ChainedRecord> taken;
  for (auto& [partition, line] : partitions_) {
    while (!line.empty() && line.front().state != ChainedRecord::State::kHeld) {
      taken.push_back(std::move(line.front()));
      line.pop_front();
    }
  }
  std::erase_if(partitions_, [](const auto& partition) { return partition.second.empty(); });
  return taken;
}

}  // namespace framespool::runtime
