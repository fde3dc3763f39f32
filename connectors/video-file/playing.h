#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "fakes/fake_source_context.h"
#include "test_video.h"
#include "video_file_source.h"

namespace framespool::video_file {

inline std::int64_t HeaderNumber(const SourceRecord& record, const char* key) {
  return std::stoll(std::string(FindHeader(record.headers, key).value_or("-1")));
}

/// A source over a file, polled as the worker would; the offset of each record it gave is stored at once.
class Playing {
 public:
  explicit Playing(RawConfig config) : raw_(std::move(config)) {
    raw_.try_emplace("topic", "frames");
    raw_.try_emplace("pace", "unpaced");
    Start();
  }

  /// Another process, as it were: all that stays is what is stored.
  void Restart() {
    source_.reset();
    Start();
  }
  void Restart(RawConfig changes) {
    for (auto& [key, value] : changes) raw_[key] = value;
    Restart();
  }

  /// One Poll, whose records the worker stored.
  std::vector<SourceRecord> Poll() {
    auto records = source_->Poll(stop_.get_token());
    for (const SourceRecord& record : records) context.Store(record);
    return records;
  }

  /// Polls until `count` records came or the file ended, and stores none of those beyond `count`.
  std::vector<SourceRecord> Take(std::size_t count) {
    std::vector<SourceRecord> taken;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (taken.size() < count && !ended() && std::chrono::steady_clock::now() < deadline) {
      for (SourceRecord& record : source_->Poll(stop_.get_token())) {
        if (taken.size() == count) break;
        context.Store(record);
        taken.push_back(std::move(record));
      }
    }
    return taken;
  }
  std::vector<SourceRecord> TakeAll() { return Take(100'000); }

  bool ended() const {
    const auto metrics = context.metrics();
    const auto found = metrics.find("end_of_file");
    return found != metrics.end() && std::get<bool>(found->second);
  }

  fakes::FakeSourceContext context{"garden-camera"};

 private:
  void Start() {
    context.ReportMetrics({{"end_of_file", false}});
    source_ = std::make_unique<VideoFileSource>(VideoFileSource::Describe().Parse(raw_), context);
  }

  RawConfig raw_;
  std::stop_source stop_;
  std::unique_ptr<VideoFileSource> source_;
};

inline std::vector<int> Numbers(const std::vector<SourceRecord>& records) {
  std::vector<int> numbers;
  for (const SourceRecord& record : records) numbers.push_back(NumberIn(record.value.bytes()));
  return numbers;
}

}  // namespace framespool::video_file
