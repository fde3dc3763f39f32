#include "losses.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <base/log.h>

namespace framespool::broker::embedded {

namespace {

constexpr ProblemKind kDataLost = "data-lost";

std::string Offsets(std::int64_t first, std::int64_t end) {
  return end - first == 1 ? "the record at offset " + std::to_string(first)
                          : std::to_string(end - first) + " records at offsets " + std::to_string(first) + " to " +
                                std::to_string(end - 1);
}

}  // namespace

void Losses::Note(std::int64_t first, std::int64_t end, const std::string& why) {
  std::int64_t records = 0;
  std::size_t gaps = 0;
  {
    const std::lock_guard lock(mutex_);
    auto after = lost_.upper_bound(first);
    if (after != lost_.begin() && std::prev(after)->second >= end) return;  // said before
    auto from = after;
    if (after != lost_.begin() && std::prev(after)->second >= first) from = std::prev(after);
    std::int64_t merged_end = end;
    std::int64_t merged_first = from == after ? first : from->first;
    for (after = from; after != lost_.end() && after->first <= merged_end; ++after) {
      merged_end = std::max(merged_end, after->second);
    }
    lost_.erase(from, after);
    lost_[merged_first] = merged_end;
    gaps = lost_.size();
    for (const auto& [begin, stop] : lost_) records += stop - begin;
  }
  std::string message = context_.Name() + ": " + Offsets(first, end) +
                        (end - first == 1 ? " is lost: " : " are lost: ") + why +
                        "; readers go on behind, nothing was removed. Check the disk, or restore the file from a copy";
  log::Warn("broker", message);
  if (gaps > 1) {
    message += " (" + std::to_string(records) + " records in " + std::to_string(gaps) + " places in all)";
  }
  context_.PutProblem(kDataLost, std::move(message));
}

void Losses::ForgetBefore(std::int64_t offset) {
  {
    const std::lock_guard lock(mutex_);
    while (!lost_.empty() && lost_.begin()->second <= offset) lost_.erase(lost_.begin());
    if (!lost_.empty()) return;
  }
  context_.ClearProblem(kDataLost);
}

}  // namespace framespool::broker::embedded
