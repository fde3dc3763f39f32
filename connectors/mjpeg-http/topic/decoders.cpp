#include "topic/decoders.h"

namespace framespool::mjpeg {

namespace {

constexpr std::chrono::seconds kTellEvery{10};
constexpr std::size_t kMostNoted = 4096;

}  // namespace

bool Decoders::Enter() {
  std::int64_t open = open_;
  while (open < most_) {
    if (open_.compare_exchange_weak(open, open + 1)) return true;
  }
  return false;
}

void Decoders::NoteUndecodable(const SinkRecord& unit) {
  Note(unit, "cannot be decoded, or not whole; what can be shown without it is", undecodable_);
}

void Decoders::NoteWithoutKey(const SinkRecord& unit) {
  Note(unit, "needs a key frame, and none has come before it; the next key frame is waited for", without_key_);
}

void Decoders::Note(const SinkRecord& unit, const char* what, std::atomic<std::int64_t>& count) {
  {
    const auto now = std::chrono::steady_clock::now();
    const std::lock_guard lock(mutex_);
    if (!noted_.emplace(unit.partition, unit.offset).second) return;
    if (noted_.size() > kMostNoted) noted_.erase(noted_.begin());
    ++count;
    if (told_ != decltype(told_){} && now - told_ < kTellEvery) return;
    told_ = now;
  }
  context_.Log(LogLevel::kWarn, "the access unit at offset " + std::to_string(unit.offset) + " of " + topic_ + "-" +
                                    std::to_string(unit.partition) + " " + what + " (" + std::to_string(count) +
                                    " so far)");
}

}  // namespace framespool::mjpeg
