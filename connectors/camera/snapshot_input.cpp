#include "snapshot_input.h"

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "framespool/media/container.h"
#include "libav_options.h"

extern "C" {
#include <libavformat/avio.h>
#include <libavutil/error.h>
}

namespace framespool::camera {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostBytes = 64 << 20;
constexpr std::size_t kPiece = 64 << 10;

struct CloseIo {
  void operator()(AVIOContext* io) const { avio_close(io); }
};

}  // namespace

bool WaitUntil(Clock::time_point until, const std::stop_token& stop) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any never;
  never.wait_until(lock, stop, until, [] { return false; });
  return !stop.stop_requested();
}

SnapshotInput::SnapshotInput(InputAddress address, std::chrono::milliseconds interval,
                             std::chrono::milliseconds timeout, std::stop_token stop)
    : address_(std::move(address)),
      interval_(interval),
      timeout_(timeout),
      stop_(std::move(stop)),
      patience_(stop_),
      due_(Clock::now()) {
  media::SilenceLibraries();
}

std::optional<Payload> SnapshotInput::Next() {
  if (!WaitUntil(due_, stop_)) return std::nullopt;
  // One that took longer than the interval is followed at once, without a burst for those left out.
  due_ = std::max(due_ + interval_, Clock::now());
  Payload picture = Fetch();
  if (stop_.stop_requested()) return std::nullopt;
  return picture;
}

Payload SnapshotInput::Fetch() {
  patience_.Expect(timeout_);
  const auto fail = [&](int error) {
    return CameraAway::FromLibav(address_, patience_.over() ? AVERROR(ETIMEDOUT) : error, timeout_);
  };
  const AVIOInterruptCB interrupt{Patience::IsOver, &patience_};
  LibavOptions options(address_.options);
  options.Set("protocol_whitelist", address_.protocols);
  AVIOContext* opened = nullptr;
  const int status = avio_open2(&opened, address_.url.c_str(), AVIO_FLAG_READ, &interrupt, options.get());
  if (status < 0) throw fail(status);
  const std::unique_ptr<AVIOContext, CloseIo> io(opened);
  std::vector<std::byte> bytes;
  while (true) {
    const std::size_t size = bytes.size();
    bytes.resize(size + kPiece);
    const int got = avio_read(io.get(), reinterpret_cast<unsigned char*>(bytes.data() + size), kPiece);
    bytes.resize(size + static_cast<std::size_t>(std::max(got, 0)));
    if (got == AVERROR_EOF || got == 0) break;
    if (got < 0) throw fail(got);
    if (bytes.size() > kMostBytes)
      throw CameraAway(address_, "camera-unusable", "sends no end of its picture; if it is a stream, it goes into url");
  }
  return Payload(std::move(bytes));
}

}  // namespace framespool::camera
