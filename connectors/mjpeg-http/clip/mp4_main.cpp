// mjpeg_http-mp4 FILE RATE SCALE
// Reads pictures from standard input, each as its length (32 bits, little-endian) and its bytes, a length of 0 at the
// end, and writes them to FILE, RATE of them in SCALE seconds. Standard input is a socket: it answers "done", "none"
// when no picture was among them, or what went wrong.
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <future>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "framespool/media/container.h"
#include "framespool/media/image.h"
#include "framespool/media/mp4_writer.h"

namespace {

using namespace framespool;
using namespace framespool::media;

constexpr std::uint32_t kMostBytes = 200'000'000;
// Viewers come first, but by little: somebody waits for this too.
constexpr int kNice = 2;

bool ReadBytes(void* target, std::size_t size) {
  auto* at = static_cast<unsigned char*>(target);
  while (size > 0) {
    const ssize_t got = ::read(0, at, size);
    if (got <= 0) return false;
    at += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

int Say(const std::string& text) {
  ::send(0, text.data(), text.size(), MSG_NOSIGNAL);
  return text == "done" ? 0 : 1;
}

/// Decodes on as many threads as there are cores, ahead of the encoder, and gives it the frames in order.
class Encoder {
 public:
  Encoder(std::string path, int rate, int scale) : path_(std::move(path)), rate_(rate), scale_(scale) {}

  void Add(std::vector<std::byte> file) {
    Payload image(std::move(file));
    if (!writer_) {
      const auto pixels = DecodeImage(image, std::numeric_limits<int>::max());
      if (!pixels) return;
      // Both halve the colours' width and height, so both are even.
      size_ = {std::max(2, pixels->width & ~1), std::max(2, pixels->height & ~1)};
      writer_ = std::make_unique<Mp4Writer>(path_, size_, rate_, scale_);
      return writer_->Write(ToYuv(*pixels, size_));
    }
    ahead_.push_back(std::async(std::launch::async, [image = std::move(image), size = size_]() -> FramePtr {
      const auto pixels = DecodeImage(image, std::numeric_limits<int>::max());
      return pixels ? ToYuv(*pixels, size) : nullptr;
    }));
    if (ahead_.size() > threads_) EncodeOldest();
  }
  /// False when there was no picture among what was added.
  bool Finish() {
    while (!ahead_.empty()) EncodeOldest();
    if (!writer_) return false;
    writer_->Finish();
    return true;
  }

 private:
  void EncodeOldest() {
    FramePtr frame = ahead_.front().get();
    ahead_.pop_front();
    // A damaged one is left out, as a player would.
    if (frame) writer_->Write(std::move(frame));
  }

  const std::string path_;
  const int rate_, scale_;
  const std::size_t threads_ = std::clamp(std::thread::hardware_concurrency(), 1U, 16U);
  ImageSize size_;
  std::unique_ptr<Mp4Writer> writer_;
  std::deque<std::future<FramePtr>> ahead_;
};

int Run(const char* path, int rate, int scale) {
  Encoder encoder(path, rate, scale);
  while (true) {
    std::uint32_t length = 0;
    // The worker is gone: an unfinished file is of no use to anybody.
    if (!ReadBytes(&length, sizeof length)) return 1;
    if (length == 0) break;
    if (length > kMostBytes) return Say("a frame of " + std::to_string(length) + " bytes");
    std::vector<std::byte> bytes(length);
    if (!ReadBytes(bytes.data(), length)) return 1;
    encoder.Add(std::move(bytes));
  }
  return Say(encoder.Finish() ? "done" : "none");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  ::setpriority(PRIO_PROCESS, 0, kNice);
  SilenceLibraries();
  int code = 1;
  try {
    code = Run(argv[1], std::max(1, std::atoi(argv[2])), std::max(1, std::atoi(argv[3])));
  } catch (const std::exception& error) {
    code = Say(error.what());
  }
  // A worker that was killed cannot.
  if (code != 0) ::unlink(argv[1]);
  return code;
}
