#include "framespool/media/container.h"

#include <cerrno>
#include <set>

#include "still_picture.h"

extern "C" {
#include <libavformat/avformat.h>
}

namespace framespool::media {

std::string Wanted(const std::string& path) { return "must be a video file, but \"" + path + "\" "; }

namespace {

bool IsStillImage(const std::string& container) {
  return container == "image2" || container == "ico" || container.ends_with("_pipe");
}

bool IsList(const std::string& container) {
  static const std::set<std::string> kLists = {
      "hls",      "concat",      "dash",      "imf", "sdp", "rtsp", "rtp", "sap", "webm_dash_manifest",
      "avisynth", "vapoursynth", "image2pipe"};
  return kLists.contains(container);
}

int IsOver(void* patience) { return static_cast<const Patience*>(patience)->over() ? 1 : 0; }

// Whatever a file asks to have opened beside it.
int OpenNothing(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) { return AVERROR(EPERM); }

}  // namespace

std::string AvErrorText(int error) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(error, text, sizeof text);
  return text;
}

void Container::CloseInput::operator()(AVIOContext* input) const { avio_close(input); }
void Container::CloseFormat::operator()(AVFormatContext* format) const { avformat_close_input(&format); }

Container::Container(const std::string& path, const Patience& patience)
    : patience_(std::make_unique<Patience>(patience)) {
  SilenceLibraries();
  const auto check = [&](int status) {
    if (status < 0 && patience_->over()) throw OutOfTime("\"" + path + "\" was not read in time");
  };
  if (const auto still = StillPictureInBoxes(path)) {
    throw NoVideo(Wanted(path) + "is a single picture (" + *still + "); give a video");
  }
  const AVIOInterruptCB interrupt{IsOver, patience_.get()};
  const std::string url = "file:" + path;
  AVDictionary* options = nullptr;
  av_dict_set(&options, "protocol_whitelist", "file", 0);
  AVIOContext* input = nullptr;
  int status = avio_open2(&input, url.c_str(), AVIO_FLAG_READ, &interrupt, &options);
  av_dict_free(&options);
  check(status);
  if (status < 0) throw NoVideo(Wanted(path) + "cannot be opened: " + AvErrorText(status));
  input_.reset(input);

  // What a file is must be known before its demuxer starts: some open other files as soon as they do.
  const AVInputFormat* kind = nullptr;
  status = av_probe_input_buffer2(input, &kind, url.c_str(), nullptr, 0, 0);
  check(status);
  // Pictures behind one another look like one at first; their name says what they are.
  const bool named_mjpeg = path.ends_with(".mjpeg") || path.ends_with(".mjpg");
  if (kind != nullptr && std::string(kind->name) == "jpeg_pipe" && named_mjpeg) kind = av_find_input_format("mjpeg");
  const std::string container = kind != nullptr ? kind->name : "";
  if (container == "webp_pipe" && IsAnimatedWebp(path)) {
    throw NoVideo(Wanted(path) + "is an animated WebP, which FFmpeg cannot decode; convert it with another program, " +
                  "for instance with ImageMagick: magick IN.webp OUT.gif");
  }
  if (IsStillImage(container)) throw NoVideo(Wanted(path) + "is a single picture (" + container + "); give a video");
  if (IsList(container)) {
    throw NoVideo(Wanted(path) + "is a list of other files (" + container + "); give one video file");
  }
  AVFormatContext* format = avformat_alloc_context();
  if (format == nullptr) throw std::bad_alloc();
  format->pb = input;
  format->interrupt_callback = interrupt;
  format->io_open = OpenNothing;
  format->protocol_whitelist = av_strdup("file");
  if (status >= 0) {
    status = avformat_open_input(&format, url.c_str(), kind, nullptr);  // frees it when it fails
  } else {
    avformat_free_context(format);
  }
  check(status);
  if (status < 0) {
    throw NoVideo(Wanted(path) + "is none that FFmpeg knows (" + AvErrorText(status) +
                  "); if it should be one, was it copied or recorded to its end? ffprobe shows what it holds");
  }
  format_.reset(format);
  status = avformat_find_stream_info(format, nullptr);
  check(status);
  if (patience_->over()) check(AVERROR_EXIT);
}

Container::~Container() = default;

}  // namespace framespool::media
