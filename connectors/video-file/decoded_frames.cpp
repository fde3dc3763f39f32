#include "decoded_frames.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <span>

#include "digest.h"

namespace framespool::video_file {
namespace {

// cv::VideoCapture gives up at a damaged spot, and at the cut of a file that ends too early it holds back what it has
// decoded; asked again, it goes on.
constexpr int kGrabAttempts = 200;
// Nearer to the start than this, decoding forward is as quick as a seek.
constexpr std::int64_t kNear = 32;
// Every fourth row says enough of a picture to know it again.
constexpr int kDigestRows = 4;

}  // namespace

DecodedFrames::DecodedFrames(const std::string& path, int width, std::unique_ptr<ImageEncoder> encoder)
    : packets_(path), times_(packets_), encoder_(std::move(encoder)), width_(width) {
  // The worker runs many tasks: one picture's scaling must not take every core.
  cv::setNumThreads(1);
  // Named, as the GStreamer back-end costs 75–220 ms and talks on stderr.
  capture_.open("file:" + path, cv::CAP_FFMPEG, {cv::CAP_PROP_HW_ACCELERATION, cv::VIDEO_ACCELERATION_NONE});
  if (!capture_.isOpened()) {
    throw NoVideo("must be a video file, but \"" + path + "\" holds " + facts().codec +
                  " video that OpenCV cannot decode here; convert it, for instance: ffmpeg -i IN -c:v libx264 OUT.mp4");
  }
}

bool DecodedFrames::Grab() {
  have_decoded_ = false;
  for (int attempt = 0; attempt < kGrabAttempts; ++attempt) {
    if (capture_.grab()) return true;
    if (times_.at_end()) return false;
  }
  return false;
}

bool DecodedFrames::Advance() {
  if (!Grab()) return false;
  const auto next = times_.Next();
  time_ = next ? *next : FrameTime{.ticks = time_.ticks + 1, .us = time_.us + std::llround(frame_us())};
  return true;
}

const cv::Mat& DecodedFrames::Decoded() {
  if (!have_decoded_) {
    if (!capture_.retrieve(decoded_) || decoded_.empty()) throw std::runtime_error("OpenCV lost a frame it had decoded");
    have_decoded_ = true;
  }
  return decoded_;
}

Frame DecodedFrames::Picture() {
  const cv::Mat* picture = &Decoded();
  if (width_ > 0 && width_ != picture->cols) {
    const int height = std::max(1, static_cast<int>(std::lround(static_cast<double>(picture->rows) * width_ / picture->cols)));
    cv::resize(*picture, scaled_, cv::Size(width_, height), 0, 0,
               width_ < picture->cols ? cv::INTER_AREA : cv::INTER_LINEAR);
    picture = &scaled_;
  }
  return {.image = encoder_->Encode(*picture),
          .content_type = encoder_->content_type(),
          .width = picture->cols,
          .height = picture->rows};
}

std::string DecodedFrames::Check() {
  const cv::Mat& picture = Decoded();
  Digest digest;
  for (int row = 0; row < picture.rows; row += kDigestRows) {
    digest.Add(std::as_bytes(std::span(picture.ptr(row), static_cast<std::size_t>(picture.cols) * picture.elemSize())));
  }
  return digest.Text("bgr");
}

bool DecodedFrames::SeekTo(std::int64_t index, const std::optional<FrameMark>& mark) {
  if (index < kNear || !facts().seeks_by_frame) return false;
  if (!capture_.set(cv::CAP_PROP_POS_FRAMES, static_cast<double>(index)) || !capture_.grab()) return false;
  have_decoded_ = false;
  if (!mark) {
    for (std::int64_t i = 0; i <= index; ++i) {
      const auto next = times_.Next();
      if (!next) return false;
      time_ = *next;
    }
    return true;
  }
  time_ = times_.scale().At(mark->ticks);
  return Check() == mark->check && times_.SeekAfter(index, mark->ticks);
}

std::optional<Expectation> DecodedFrames::expected() const {
  const std::int64_t seen = facts().interlaced ? 0 : times_.shown();
  const std::int64_t promised = facts().frames_promised > 0 ? facts().frames_promised - times_.hidden() : 0;
  if (promised > 0 && promised >= seen) return Expectation{promised, facts().promise_is_estimate};
  if (times_.at_end() && seen > 0) return Expectation{seen, false};
  return std::nullopt;
}

}  // namespace framespool::video_file
