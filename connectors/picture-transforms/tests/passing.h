#pragma once

#include <fakes/passing.h>
#include <framespool/plugin.h>
#include <gtest/gtest.h>

#include <memory>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

extern "C" const framespool::PluginDescriptor framespool_plugin;

namespace framespool::picture_transforms {

using Record = fakes::PassingRecord;

inline std::span<const PluginEntry> Entries() { return {framespool_plugin.entries, framespool_plugin.entry_count}; }

inline const PluginEntry& EntryOf(const std::string& type) {
  for (const PluginEntry& entry : Entries()) {
    if (type == entry.name) return entry;
  }
  throw std::runtime_error("there is no " + type);
}

inline std::unique_ptr<Transform> Make(const std::string& type, const RawConfig& config) {
  static fakes::NoTransformContext context;
  return EntryOf(type).make_transform(config, context, nullptr);
}

/// What a config is told at `key`, or nothing.
inline std::string ErrorAt(const std::string& type, const std::string& key, const RawConfig& config) {
  for (const FieldResult& result : EntryOf(type).describe().Validate(config)) {
    if (result.name == key && !result.errors.empty()) return result.errors.front().message;
  }
  return "";
}

inline Payload File(const cv::Mat& pixels, const std::string& extension = ".png", const std::vector<int>& with = {}) {
  std::vector<unsigned char> bytes;
  cv::imencode(extension, pixels, bytes, with);
  const auto all = std::as_bytes(std::span(bytes));
  return Payload(std::vector<std::byte>(all.begin(), all.end()));
}

inline Record Holding(const cv::Mat& pixels, const std::string& extension = ".png") {
  Record record;
  record.value = File(pixels, extension);
  return record;
}

/// As OpenCV reads it.
inline cv::Mat Seen(const Value& value, int flags = cv::IMREAD_COLOR) {
  const auto bytes = value.payload().bytes();
  const auto* begin = reinterpret_cast<const unsigned char*>(bytes.data());
  return cv::imdecode(std::vector<unsigned char>(begin, begin + bytes.size()), flags);
}
inline cv::Mat Seen(const Record& record, int flags = cv::IMREAD_COLOR) { return Seen(record.value, flags); }

/// Behind one transform.
inline Record After(const std::string& type, const RawConfig& config, Record record) {
  EXPECT_TRUE(Make(type, config)->Apply(record.ref()));
  return record;
}

/// What a record is refused with, or nothing.
inline std::string Thrown(const std::string& type, const RawConfig& config, Record record) {
  const auto transform = Make(type, config);
  try {
    transform->Apply(record.ref());
    return "";
  } catch (const std::exception& error) {
    return error.what();
  }
}

inline bool Same(const cv::Mat& one, const cv::Mat& other) {
  return one.size() == other.size() && one.type() == other.type() && cv::norm(one, other, cv::NORM_INF) == 0;
}

/// No two pixels are likely to be the same.
inline cv::Mat Noise(int width, int height, int seed = 1) {
  cv::Mat pixels(height, width, CV_8UC3);
  cv::RNG random(static_cast<std::uint64_t>(seed));
  random.fill(pixels, cv::RNG::UNIFORM, 0, 256);
  return pixels;
}

/// A config that each class takes.
inline RawConfig SomeConfig(const std::string& type) {
  if (type == "Resize") return {{"width", "20"}, {"height", "30"}, {"fit", "cover"}, {"upscale", "true"}};
  if (type == "Crop") return {{"x", "10%"}, {"width", "50%"}};
  if (type == "Rotate") return {{"degrees", "90"}};
  if (type == "FrameRate") return {{"fps", "5"}};
  if (type == "Overlay") return {{"text", "hello"}};
  if (type == "Blur") return {{"regions", "0%:0%:50%:50%"}};
  return {};
}

}  // namespace framespool::picture_transforms
