#include "file_shares.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string_view>

namespace framespool::video_file {
namespace {

/// The same in every release, unlike std::hash: FNV-1a, and splitmix64's finish for what it does to the low bits.
std::uint64_t HashOf(std::string_view text, std::uint64_t salt) {
  std::uint64_t hash = 0xcbf29ce484222325 ^ salt;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111eb;
  return hash ^ (hash >> 31);
}

}  // namespace

std::vector<std::vector<std::string>> SharesOf(const std::vector<std::string>& files, int tasks) {
  const std::size_t count = std::min(files.size(), static_cast<std::size_t>(std::max(tasks, 1)));
  if (count == 0) return {};
  const std::size_t least = files.size() / count;
  std::size_t larger = files.size() % count;  // so many shares have one more
  std::vector<std::size_t> order(files.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const auto of_a = HashOf(files[a], 0);
    const auto of_b = HashOf(files[b], 0);
    return of_a != of_b ? of_a < of_b : files[a] < files[b];
  });
  std::vector<std::vector<std::size_t>> chosen(count);
  for (const std::size_t file : order) {
    std::size_t best = count;
    std::uint64_t highest = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const bool has_room = chosen[i].size() < least || (chosen[i].size() == least && larger > 0);
      const std::uint64_t hash = HashOf(files[file], i + 1);
      if (!has_room || (best < count && hash <= highest)) continue;
      best = i;
      highest = hash;
    }
    if (chosen[best].size() == least) --larger;
    chosen[best].push_back(file);
  }
  std::vector<std::vector<std::string>> shares;
  for (auto& share : chosen) {
    std::sort(share.begin(), share.end());
    auto& names = shares.emplace_back();
    for (const std::size_t file : share) names.push_back(files[file]);
  }
  return shares;
}

}  // namespace framespool::video_file
