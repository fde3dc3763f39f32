#include "live_input.h"

#include <algorithm>
#include <new>
#include <string_view>

#include "device_formats.h"
#include "framespool/media/container.h"
#include "libav_options.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavcodec/defs.h>
#include <libavformat/avformat.h>
}

namespace framespool::camera {
namespace {

using namespace std::chrono_literals;

constexpr int kOpeningTakes = 3;  // times the time-out: name, connection, several questions
// A playlist gives its frames in pieces of some seconds, with nothing between.
constexpr std::chrono::milliseconds kPlaylistSilence = 30s;
// A damaged spot may take several reads to get over.
constexpr int kReadAttempts = 50;

/// Every address that a demuxer opens comes by here, those of a playlist too, whose demuxer forgets some options.
int OpenByRules(AVFormatContext* format, AVIOContext** io, const char* url, int flags, AVDictionary** options) {
  const auto& address = *static_cast<const InputAddress*>(format->opaque);
  LibavOptions own({});
  if (options == nullptr) options = own.get();
  av_dict_set(options, "protocol_whitelist", address.protocols.c_str(), 0);
  for (const char* name : {"tls_verify", "rw_timeout"}) {
    const auto value = address.options.find(name);
    if (value != address.options.end()) av_dict_set(options, name, value->second.c_str(), 0);
  }
  return avio_open2(io, url, flags, &format->interrupt_callback, options);
}

const AVInputFormat* DemuxerOf(const InputAddress& address) {
  if (address.demuxer.empty()) return nullptr;
  if (address.protocols.empty()) {
    try {
      RegisterDeviceFormats();
    } catch (const std::runtime_error& error) {
      throw CameraAway(address, "camera-format-missing", error.what());
    }
  }
  const AVInputFormat* demuxer = av_find_input_format(address.demuxer.c_str());
  if (demuxer == nullptr) {
    throw CameraAway(address, "camera-format-missing", "this machine's libavformat does not know " + address.demuxer);
  }
  return demuxer;
}

std::string Named(const InputAddress& address, const std::string& why) { return address.shown + ": " + why; }

struct Explanation {
  ProblemKind what;
  std::string why;  // what was found and what to do
};

Explanation Explained(int error, std::chrono::milliseconds timeout) {
  switch (error) {
    case AVERROR_HTTP_UNAUTHORIZED:
      return {
          "camera-credentials",
          "does not let in whoever username and password say (401); are they right, and allowed to see the stream?"};
    case AVERROR_HTTP_FORBIDDEN:
      return {"camera-credentials", "does not allow this (403); does the user have the right to see the stream?"};
    case AVERROR_HTTP_NOT_FOUND: return {"camera-path", "has no stream there (404); is the path of the URL right?"};
    case AVERROR_HTTP_BAD_REQUEST:
    case AVERROR_HTTP_OTHER_4XX:
      return {"camera-refused", "refused (" + media::AvErrorText(error) + "); are path and transport those it offers?"};
    case AVERROR_HTTP_SERVER_ERROR: return {"camera-refused", "has an error of its own (5xx); does a restart help it?"};
    case AVERROR_EOF: return {"camera-closed", "closed the connection"};
    case AVERROR_EXIT:
    case AVERROR(ETIMEDOUT): return {"camera-silent", "gave nothing for " + FormatValue(timeout) + " ms (timeout.ms)"};
    case AVERROR(EPROTONOSUPPORT):
      return {"camera-refused", "does not offer this transport; try another one (transport)"};
    case AVERROR_INVALIDDATA: return {"camera-unusable", "sends something that is no video libavformat knows"};
    case AVERROR(EINVAL):
      return {
          "camera-unusable",
          "sends something that is no live video, or leads to what is not allowed (a local file, another protocol); "
          "is it a single picture? then it goes into snapshot.url"};
    default: return {"camera-unreachable", "cannot be reached: " + media::AvErrorText(error)};
  }
}

}  // namespace

CameraAway::CameraAway(const InputAddress& address, ProblemKind what, const std::string& why)
    : Error(Problem{.message = Named(address, why), .kind = what, .facts = {{"camera", address.shown}}}) {}

CameraAway CameraAway::FromLibav(const InputAddress& address, int error, std::chrono::milliseconds timeout) {
  const auto [what, why] = Explained(error, timeout);
  return {address, what, why};
}

void LiveInput::CloseFormat::operator()(AVFormatContext* format) const { avformat_close_input(&format); }
void LiveInput::FreePacket::operator()(AVPacket* packet) const { av_packet_free(&packet); }

LiveInput::LiveInput(InputAddress address, std::chrono::milliseconds timeout, std::stop_token stop)
    : address_(std::move(address)),
      timeout_(timeout),
      silence_(timeout),
      patience_(std::move(stop)),
      packet_(av_packet_alloc()) {
  media::SilenceLibraries();
  AVFormatContext* format = avformat_alloc_context();
  if (format == nullptr || !packet_) {
    avformat_free_context(format);
    throw std::bad_alloc();
  }
  format->interrupt_callback = {Patience::IsOver, &patience_};
  format->opaque = const_cast<InputAddress*>(&address_);
  format->io_open = OpenByRules;
  format->protocol_whitelist = av_strdup(address_.protocols.empty() ? "none" : address_.protocols.c_str());
  format->format_whitelist = av_strdup(address_.demuxers.c_str());
  format_.reset(format);
  const AVInputFormat* demuxer = DemuxerOf(address_);
  LibavOptions options(address_.options);
  patience_.Expect(timeout * kOpeningTakes);
  const int status = avformat_open_input(&format, address_.url.c_str(), demuxer, options.get());
  if (status < 0) {
    format_.release();  // freed by avformat_open_input()
    Fail(status);
  }
  if (std::string_view(format->iformat->name) == "hls") silence_ = std::max(silence_, kPlaylistSilence);
}

LiveInput::~LiveInput() {
  // Saying good-bye (TEARDOWN) may take as long as a question.
  patience_.Expect(std::min<std::chrono::milliseconds>(timeout_, 1s));
}

void LiveInput::Fail(int error) {
  // At an interrupt libavformat may say anything.
  if (patience_.over()) error = AVERROR(ETIMEDOUT);
  throw CameraAway::FromLibav(address_, error, silence_);
}

bool LiveInput::has_times() const noexcept { return std::string_view(format_->iformat->name) != "mpjpeg"; }

bool LiveInput::IsVideo(const AVPacket& packet) {
  AVStream* stream = format_->streams[packet.stream_index];
  if (stream_ == nullptr && stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO) stream_ = stream;
  if (stream != stream_) stream->discard = AVDISCARD_ALL;
  return stream == stream_;
}

void LiveInput::ReadCaptureTime() {
  std::size_t size = 0;
  const auto* data = av_packet_get_side_data(packet_.get(), AV_PKT_DATA_PRFT, &size);
  std::optional<std::int64_t> said;
  if (data != nullptr && size >= sizeof(AVProducerReferenceTime)) {
    AVProducerReferenceTime time{};
    std::copy_n(data, sizeof time, reinterpret_cast<std::uint8_t*>(&time));
    said = time.wallclock;
  }
  // Where a parser puts access units together, one is done when the next begins, and has the time of that.
  const AVCodecID codec = stream_->codecpar->codec_id;
  const bool of_next = codec == AV_CODEC_ID_H264 || codec == AV_CODEC_ID_HEVC;
  capture_us_ = of_next ? std::exchange(next_capture_us_, said) : said;
}

const AVPacket* LiveInput::Read() {
  if (cut_off_) throw CameraAway::FromLibav(address_, AVERROR(ETIMEDOUT), silence_);
  patience_.Expect(silence_);
  for (int failures = 0;;) {
    av_packet_unref(packet_.get());
    const int status = av_read_frame(format_.get(), packet_.get());
    if (patience_.stopped()) return nullptr;
    if (status >= 0) {
      // Where it was cut off, libavformat first gives what its parser still has.
      cut_off_ = patience_.over();
      if (IsVideo(*packet_)) {
        ReadCaptureTime();
        return packet_.get();
      }
      if (cut_off_) throw CameraAway(address_, "camera-unusable", "sends something, but no video");
      continue;
    }
    const bool passing = status == AVERROR_INVALIDDATA || status == AVERROR(EAGAIN);
    if (!passing || patience_.over() || ++failures >= kReadAttempts) Fail(status);
  }
}

}  // namespace framespool::camera
