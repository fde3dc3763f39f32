#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "child_server.h"
#include "fakes/fake_view_context.h"
#include "mjpeg_http_sink.h"

namespace framespool::bench {

void ServeSink(mjpeg::Playback playback, const std::function<void(std::uint16_t)>& ready, std::chrono::seconds retained,
               TlsServer* tls) {
  fakes::FakeTopic topic;
  fakes::FakeViewContext context(topic);
  context.SetTls(tls);
  mjpeg::SinkConfig config;
  config.topics = {topic.name()};
  config.port = 0;
  config.playback = playback;
  mjpeg::MjpegLibrary library;
  const mjpeg::MjpegHttpSink sink(config, context, library);
  ready(sink.port());
  std::vector<std::byte> image(kFrameBytes, std::byte{'x'});
  std::fill_n(image.begin(), 3, std::byte{0xFF});
  image[1] = std::byte{0xD8};
  auto next = std::chrono::steady_clock::now();
  for (std::int64_t number = 0;; ++number) {
    std::this_thread::sleep_until(next);
    next += std::chrono::nanoseconds(1'000'000'000 / kFps);
    const auto offset = topic.Append(
        Payload(image),
        {{"content-type", "image/jpeg"}, {"framespool.pts.us", std::to_string(number * 1'000'000 / kFps)}}, Now());
    topic.Truncate(offset - retained.count() * kFps);
  }
}

}  // namespace framespool::bench
