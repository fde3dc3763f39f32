#pragma once

#include <framespool/record.h>
#include <framespool/transform.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace framespool::fakes {

/// A record that a transform's test passes on.
struct PassingRecord {
  std::string topic = "t";
  Value key{};
  Value value{};
  Headers headers{};
  Timestamp timestamp{};
  std::optional<std::int32_t> partition{};
  std::optional<std::int64_t> offset{};

  RecordRef ref() {
    return {.topic = topic,
            .key = key,
            .value = value,
            .headers = headers,
            .timestamp = timestamp,
            .partition = partition,
            .offset = offset};
  }
  std::string header(std::string_view name) const { return std::string(FindHeader(headers, name).value_or("(none)")); }
};

/// What a transform sees of the worker where there is none.
class NoTransformContext final : public TransformContext {
 public:
  const std::string& connector() const noexcept override { return name_; }
  int task() const noexcept override { return 0; }
  const std::string& alias() const noexcept override { return name_; }
  void Log(LogLevel, std::string_view) override {}

 private:
  const std::string name_ = "alone";
};

}  // namespace framespool::fakes
