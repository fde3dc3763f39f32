#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "fakes/fake_view_context.h"
#include "mjpeg_http_sink.h"
#include "stream_client.h"

namespace framespool::mjpeg {

/// Something that starts like a JPEG and carries a number.
inline std::string Picture(int number, std::size_t size = 2000) {
  std::string picture = "\xFF\xD8\xFF#" + std::to_string(number) + "#";
  picture.resize(std::max(size, picture.size()), 'x');
  return picture;
}

/// One sink on a free port around a topic in memory.
class SinkFixture : public ::testing::Test {
 protected:
  /// Frames `first` to `last`, recorded `distance` apart and ending now: the time of the last one.
  Timestamp Append(int first, int last, std::chrono::milliseconds distance = std::chrono::milliseconds(10),
                   std::size_t size = 2000) {
    const Timestamp end = Now();  // once: exactly `distance` apart, however long this takes
    for (int number = first; number <= last; ++number)
      AppendOne(number, distance, size, end - (last - number) * distance);
    return end;
  }
  void AppendOne(int number, std::chrono::milliseconds distance = std::chrono::milliseconds(10),
                 std::size_t size = 2000, Timestamp time = Now()) {
    const auto pts = std::chrono::duration_cast<std::chrono::microseconds>(distance).count() * number;
    topic.Append(Picture(number, size), {{"content-type", "image/jpeg"}, {"framespool.pts.us", std::to_string(pts)}},
                 time);
  }

  void Start(RawConfig config = {}) {
    sink.reset();
    config.emplace("topics", topic.name());
    config.emplace("http.port", "0");
    config.emplace("pace", "unpaced");
    sink = std::make_unique<MjpegHttpSink>(MjpegHttpSink::Describe().Parse(config), context, library);
    port = sink->port();
  }

  nlohmann::json Status() { return nlohmann::json::parse(Get(port, "/status").body); }
  /// As last reported; -1 when it has not been.
  std::int64_t Metric(const std::string& name) const {
    const Fields metrics = context.metrics();
    const auto found = metrics.find(name);
    return found == metrics.end() ? -1 : std::get<std::int64_t>(found->second);
  }
  bool EventuallyCommitted(std::int64_t offset) {
    return Eventually([&] { return topic.Committed(context.group()) == offset; });
  }

  fakes::FakeTopic topic;
  fakes::FakeViewContext context{topic};
  MjpegLibrary library;
  std::unique_ptr<MjpegHttpSink> sink;
  std::uint16_t port = 0;
};

}  // namespace framespool::mjpeg
