#include "space_guard.h"

#include <algorithm>

#include <broker/broker.h>

namespace framespool::broker::embedded {

namespace {

constexpr std::uint64_t kMostUnasked = 64u << 20;
constexpr ProblemKind kDiskAway = "disk-away";

std::string Bytes(std::uint64_t bytes) {
  return std::to_string(bytes) + " bytes (" + std::to_string(bytes >> 20) + " MB)";
}

}  // namespace

void SpaceGuard::Admit(std::uint64_t bytes) {
  if (floor_ == 0) return;
  const auto now = std::chrono::steady_clock::now();
  const auto size = static_cast<std::int64_t>(bytes);
  if (now < ask_at_.load() && unasked_bytes_.fetch_sub(size) >= size) return;

  std::uint64_t available = 0;
  try {
    available = files_.Space(path_).available;
  } catch (const RetriableError& error) {
    wanted_ = floor_ + bytes;
    problems_.Put(path_.string(),
                  {.subject = "disk", .kind = kDiskAway, .message = error.what(), .blocks_storing = true});
    on_refusal_();
    throw;
  }
  if (available < floor_ + bytes) {
    ask_at_ = std::chrono::steady_clock::time_point::min();
    const std::string message =
        "too little space at " + path_.string() + ": " + Bytes(floor_) + " must stay free (the free space floor), " +
        Bytes(available) + " are, and " + Bytes(bytes) +
        " were to be appended; free some space, or lower retention.bytes or retention.ms of a topic";
    wanted_ = floor_ + bytes;
    problems_.Put(path_.string(),
                  {.subject = "disk", .kind = kind::kDiskFull, .message = message, .blocks_storing = true});
    on_refusal_();
    throw RetriableError(
        Problem{.message = message,
                .kind = kind::kDiskFull,
                .facts = {{"path", path_.string()}, {"free_bytes", static_cast<std::int64_t>(available)}}});
  }
  Recovered();
  unasked_bytes_ = static_cast<std::int64_t>(std::min<std::uint64_t>(kMostUnasked, (available - floor_ - bytes) / 4));
  ask_at_ = now + std::chrono::seconds(1);
}

bool SpaceGuard::LookAgain() {
  const std::uint64_t wanted = wanted_;
  if (wanted == 0) return true;
  try {
    if (files_.Space(path_).available < wanted) return false;
  } catch (const RetriableError&) {
    return false;
  }
  Recovered();
  return true;
}

void SpaceGuard::Recovered() {
  if (wanted_.exchange(0) == 0) return;
  for (const ProblemKind kind : {kind::kDiskFull, kDiskAway}) problems_.Clear(path_.string(), kind);
}

}  // namespace framespool::broker::embedded
