#include "partition_shares.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>

namespace framespool::topic_source {
namespace {

struct Share {
  Partitions has;
  std::size_t size = 0;     // that it is to have
  std::size_t place = 0;    // in the order of before
  bool has_changed = true;  // its task begins anew, whatever else it gets or loses
};

/// What is left of the shares of before; what nobody had stays in `free`.
std::vector<Share> Kept(const std::vector<Partitions>& before, std::set<TopicPartition>& free) {
  std::vector<Share> shares;
  for (const Partitions& had : before) {
    Share share{.has = {}, .size = 0, .place = shares.size(), .has_changed = false};
    for (const TopicPartition& partition : had) {
      if (free.erase(partition) > 0)
        share.has.push_back(partition);
      else
        share.has_changed = true;
    }
    shares.push_back(std::move(share));
  }
  return shares;
}

}  // namespace

std::vector<Partitions> SharesOf(const Partitions& partitions, int tasks, const std::vector<Partitions>& before) {
  const std::size_t count = std::min(partitions.size(), static_cast<std::size_t>(std::max(tasks, 1)));
  if (count == 0) return {};
  std::set<TopicPartition> free(partitions.begin(), partitions.end());
  std::vector<Share> shares = Kept(before, free);
  while (shares.size() < count) shares.push_back({.has = {}, .size = 0, .place = shares.size()});
  // The larger ones stay, and stay the larger ones; among equals one whose task begins anew anyway is to get more.
  std::stable_sort(shares.begin(), shares.end(), [](const Share& a, const Share& b) {
    return std::pair(a.has.size(), a.has_changed) > std::pair(b.has.size(), b.has_changed);
  });
  for (std::size_t i = 0; i < shares.size(); ++i) {
    Share& share = shares[i];
    share.size = i < count ? partitions.size() / count + (i < partitions.size() % count ? 1 : 0) : 0;
    for (; share.has.size() > share.size; share.has.pop_back()) free.insert(share.has.back());
  }
  shares.resize(count);
  // Each to who lacks most, so that the partitions of a busy topic go to many tasks.
  for (const TopicPartition& partition : free) {
    const auto lacks = [](const Share& share) { return share.size - share.has.size(); };
    std::max_element(shares.begin(), shares.end(), [&](const Share& a, const Share& b) {
      return lacks(a) < lacks(b);
    })->has.push_back(partition);
  }
  std::sort(shares.begin(), shares.end(), [](const Share& a, const Share& b) { return a.place < b.place; });
  std::vector<Partitions> split;
  for (Share& share : shares) {
    std::sort(share.has.begin(), share.has.end());
    split.push_back(std::move(share.has));
  }
  return split;
}

}  // namespace framespool::topic_source
