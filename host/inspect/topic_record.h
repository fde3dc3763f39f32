#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include <framespool/record.h>
#include <inspect/inspection.h>

namespace framespool::inspect {

inline constexpr std::size_t kBatchRecords = 500;
inline constexpr std::size_t kBatchBytes = 8 << 20;
// Of records that are there the next comes sooner; behind the last may be nothing but a transaction's end.
inline constexpr auto kLongestPause = std::chrono::milliseconds(500);
inline constexpr std::size_t kLongestText = 4000;  // bytes of a key and of a header's value that are kept

/// Keeps of records what is to be shown: values whole as long as they and the room for all of them allow it, else their
/// beginnings. One thread.
class RecordKeeper {
 public:
  RecordKeeper(std::size_t whole_value, std::size_t room, std::size_t beginning)
      : whole_value_(whole_value), room_(room), beginning_(beginning) {}

  TopicRecord Keep(const SinkRecord& record) {
    TopicRecord kept{.partition = record.partition,
                     .offset = record.offset,
                     .timestamp = record.timestamp,
                     .key = record.key,
                     .value = std::nullopt,
                     .value_bytes = record.value.size(),
                     .headers = record.headers};
    if (kept.key) kept.key->resize(std::min(kept.key->size(), kLongestText));
    for (Header& header : kept.headers) header.value.resize(std::min(header.value.size(), kLongestText));
    if (!record.value.is_null()) {
      const auto text = record.value.text();
      const bool whole = text.size() <= whole_value_ && kept_ + text.size() <= room_;
      kept.value = std::string(whole ? text : text.substr(0, beginning_));
      kept_ += kept.value->size();
    }
    return kept;
  }

 private:
  const std::size_t whole_value_;
  const std::size_t room_;
  const std::size_t beginning_;
  std::size_t kept_ = 0;  // bytes of values
};

}  // namespace framespool::inspect
