#include "input_address.h"

#include <algorithm>
#include <array>
#include <set>

extern "C" {
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
}

namespace framespool::camera {
namespace {

/// What a scheme of a URL may lead to.
struct Way {
  std::string_view scheme;
  InputFormat format;          // kAuto: libavformat finds out, or has but one demuxer for it
  std::string_view demuxer;    // of kAuto; empty: found out
  std::string_view protocols;  // libavformat's names
};

constexpr std::string_view kWebProtocols = "http,https,httpproxy,tcp,tls,crypto";
constexpr std::array<Way, 12> kWays{{
    {"rtsp", InputFormat::kAuto, "rtsp", "rtp,udp,tcp,http"},
    {"rtsps", InputFormat::kAuto, "rtsp", "rtp,udp,tcp,tls,http,https"},
    {"http", InputFormat::kAuto, "", kWebProtocols},
    {"https", InputFormat::kAuto, "", kWebProtocols},
    {"udp", InputFormat::kMpegts, "", "udp"},
    {"rtp", InputFormat::kAuto, "rtp", "rtp,udp"},
    {"tcp", InputFormat::kMpegts, "", "tcp"},
    {"srt", InputFormat::kMpegts, "", "srt"},
    {"rtmp", InputFormat::kFlv, "", "rtmp,tcp"},
    {"rtmps", InputFormat::kFlv, "", "rtmps,rtmp,tcp,tls"},
    {"v4l2", InputFormat::kV4l2, "", ""},
    {"lavfi", InputFormat::kLavfi, "", ""},
}};

/// The one demuxer of a format, and those that it uses itself.
struct Demuxers {
  InputFormat format;
  std::string_view name;
  std::string_view allowed;
};
constexpr std::array<Demuxers, 6> kDemuxers{{
    {InputFormat::kMpjpeg, "mpjpeg", "mpjpeg"},
    {InputFormat::kMpegts, "mpegts", "mpegts"},
    {InputFormat::kHls, "hls", "hls,mpegts,mov,aac"},
    {InputFormat::kFlv, "flv", "flv"},
    {InputFormat::kV4l2, "v4l2", "video4linux2,v4l2"},
    {InputFormat::kLavfi, "lavfi", "lavfi"},
}};
constexpr std::string_view kFoundOut = "mpjpeg,hls,mpegts,flv,mov,aac";

// libavfilter's sources that read nothing: no file, no device.
const std::set<std::string_view> kTestPictures = {"testsrc",    "testsrc2",  "smptebars",  "smptehdbars", "color",
                                                  "rgbtestsrc", "pal75bars", "pal100bars", "yuvtestsrc"};

// Those of libavformat's options that open no file, listen to nobody and loosen no restriction.
const std::set<std::string_view> kOptions = {"allowed_media_types",
                                             "analyzeduration",
                                             "buffer_size",
                                             "fifo_size",
                                             "fflags",
                                             "framerate",
                                             "headers",
                                             "input_format",
                                             "latency",
                                             "live_start_index",
                                             "local_rtcpport",
                                             "local_rtpport",
                                             "localaddr",
                                             "max_delay",
                                             "max_port",
                                             "max_reload",
                                             "min_port",
                                             "mode",
                                             "overrun_nonfatal",
                                             "passphrase",
                                             "pixel_format",
                                             "pkt_size",
                                             "probesize",
                                             "referer",
                                             "reorder_queue_size",
                                             "sources",
                                             "standard",
                                             "streamid",
                                             "strict_mime_boundary",
                                             "use_wallclock_as_timestamps",
                                             "user_agent",
                                             "video_size"};

// RTSPState::auth of libavformat has 128 bytes, and what does not fit is cut off without a word.
constexpr std::size_t kLongestRtspCredentials = 127;

struct UrlParts {
  std::string_view scheme;
  std::string_view user_info;
  bool has_user_info = false;
  std::string_view place;  // host and port
  std::string_view rest;   // path, query and fragment
};

std::optional<UrlParts> Split(std::string_view url) {
  const auto colon = url.find("://");
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  UrlParts parts{.scheme = url.substr(0, colon), .user_info = {}, .place = url.substr(colon + 3), .rest = {}};
  if (const auto end = parts.place.find_first_of("/?#"); end != std::string_view::npos) {
    parts.rest = parts.place.substr(end);
    parts.place = parts.place.substr(0, end);
  }
  if (const auto at = parts.place.rfind('@'); at != std::string_view::npos) {
    parts.has_user_info = true;
    parts.user_info = parts.place.substr(0, at);
    parts.place.remove_prefix(at + 1);
  }
  return parts;
}

const Way* WayOf(std::string_view scheme) {
  const auto* found = std::find_if(kWays.begin(), kWays.end(), [&](const Way& way) { return way.scheme == scheme; });
  return found == kWays.end() ? nullptr : found;
}

bool IsDevice(InputFormat format) { return format == InputFormat::kV4l2 || format == InputFormat::kLavfi; }

const Demuxers* DemuxersOf(InputFormat format) {
  const auto* found =
      std::find_if(kDemuxers.begin(), kDemuxers.end(), [&](const Demuxers& each) { return each.format == format; });
  return found == kDemuxers.end() ? nullptr : found;
}

InputFormat FormatOf(const CameraConfig& config, const Way& way) {
  return config.format != InputFormat::kAuto ? config.format : way.format;
}

bool HasGoodPort(std::string_view place) {
  const auto bracket = place.rfind(']');
  const auto colon = place.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon == std::string_view::npos) return true;
  const auto port = place.substr(colon + 1);
  std::int32_t number = 0;
  return ParseValue(port, number) && number > 0 && number <= 65535;
}

std::string SchemesKnown() {
  std::string names;
  for (const Way& way : kWays) names.append(names.empty() ? "" : ", ").append(way.scheme);
  return names;
}

std::optional<Problem> NetworkUrlProblem(const UrlParts& parts) {
  // What looks like userinfo is never repeated: it may be a password.
  if (parts.has_user_info && !parts.user_info.empty()) {
    return Problem{.message =
                       "must not hold a user name or a password before the host (user:password@host): give them "
                       "in username and password, where nobody sees them",
                   .kind = "credentials-in-url"};
  }
  if (parts.place.empty()) {
    return Problem{.message = "must name a host, as in rtsp://192.168.1.20/stream1, but names none"};
  }
  if (!HasGoodPort(parts.place)) {
    return Problem{.message =
                       "must have a port from 1 to 65535 behind its host, or none, as in "
                       "rtsp://192.168.1.20:554/stream1; a user name and a password go into username and password"};
  }
  return std::nullopt;
}

/// Of the part behind lavfi://: one source, and numbers and sizes for it.
std::optional<Problem> TestPictureProblem(std::string_view graph) {
  const auto name = graph.substr(0, graph.find('='));
  const bool plain = graph.find_first_of(",;[]\\'\"") == std::string_view::npos;
  if (plain && kTestPictures.contains(name)) return std::nullopt;
  std::string names;
  for (const auto known : kTestPictures) names.append(names.empty() ? "" : ", ").append(known);
  return Problem{.message = "must be one test picture behind lavfi://, as in lavfi://testsrc2=size=640x360:rate=15: " +
                            names + "; others could open files"};
}

std::optional<Problem> ProblemOf(std::string_view url) {
  const auto parts = Split(url);
  if (!parts) return Problem{.message = "must be a URL, as in rtsp://192.168.1.20/stream1"};
  const Way* way = WayOf(parts->scheme);
  if (way == nullptr) {
    return Problem{.message = "must begin with one of " + SchemesKnown() + ", but begins with \"" +
                              std::string(parts->scheme) + "\"",
                   .kind = kind::kNotAllowed,
                   .facts = {{"scheme", std::string(parts->scheme)}}};
  }
  const auto behind = url.substr(parts->scheme.size() + 3);
  if (way->format == InputFormat::kLavfi) return TestPictureProblem(behind);
  if (way->format != InputFormat::kV4l2) return NetworkUrlProblem(*parts);
  if (behind.starts_with("/dev/video") && behind.find("..") == std::string_view::npos) return std::nullopt;
  return Problem{.message = "must be a video device, as in v4l2:///dev/video0"};
}

/// libavformat decodes %XX of the userinfo, and nothing else.
std::string ForUserInfo(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte != 0x7f && std::string_view("%@/?#\\").find(c) == std::string_view::npos) {
      encoded += c;
    } else {
      encoded += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
    }
  }
  return encoded;
}

std::string Credentials(const CameraConfig& config) {
  if (config.username.empty()) return {};
  return ForUserInfo(config.username) + ":" + ForUserInfo(config.password);
}

bool IsSnapshot(const CameraConfig& config) { return config.url.empty(); }
const std::string& UrlOf(const CameraConfig& config) { return IsSnapshot(config) ? config.snapshot_url : config.url; }

void AddTransport(const CameraConfig& config, std::map<std::string, std::string>& options) {
  options["allowed_media_types"] = "video";
  switch (config.transport) {
    case Transport::kTcp: options["rtsp_transport"] = "tcp"; break;
    case Transport::kUdp: options["rtsp_transport"] = "udp"; break;
    case Transport::kMulticast: options["rtsp_transport"] = "udp_multicast"; break;
    case Transport::kHttp: options["rtsp_transport"] = "http"; break;
    case Transport::kAuto: options["rtsp_flags"] = "prefer_tcp"; break;
  }
}

bool RtspVerifiesTls() {
  const AVInputFormat* rtsp = av_find_input_format("rtsp");
  if (rtsp == nullptr || rtsp->priv_class == nullptr) return false;
  const AVClass* options = rtsp->priv_class;
  return av_opt_find(&options, "tls_verify", nullptr, 0, AV_OPT_SEARCH_FAKE_OBJ) != nullptr;
}

}  // namespace

InputAddress AddressOf(const CameraConfig& config) {
  const std::string& url = UrlOf(config);
  const UrlParts parts = Split(url).value();
  const Way& way = *WayOf(parts.scheme);
  const InputFormat format = FormatOf(config, way);
  InputAddress address;
  address.protocols = way.protocols;
  if (IsDevice(format)) {
    address.url = url.substr(parts.scheme.size() + 3);
    if (format == InputFormat::kLavfi) address.url += ",realtime";  // its filters draw as fast as they can otherwise
    address.shown = url;
  } else {
    const std::string credentials = Credentials(config);
    address.shown = std::string(parts.scheme) + "://" + std::string(parts.place);
    address.url = std::string(parts.scheme) + "://" + credentials + (credentials.empty() ? "" : "@") +
                  std::string(parts.place) + std::string(parts.rest);
  }
  if (const Demuxers* demuxers = DemuxersOf(format)) {
    address.demuxer = demuxers->name;
    address.demuxers = demuxers->allowed;
  } else {
    address.demuxer = way.demuxer;
    address.demuxers = way.demuxer.empty() ? kFoundOut : way.demuxer;
  }
  for (const std::string& option : config.input_options) {
    const auto equals = option.find('=');
    address.options[option.substr(0, equals)] = option.substr(equals + 1);
  }
  // LiveInput ends what takes too long. Later than that an interrupt has not been looked at.
  const std::string timeout_us = std::to_string(2 * std::chrono::microseconds(config.timeout).count());
  if (way.demuxer == "rtsp") {
    AddTransport(config, address.options);
    address.options["timeout"] = timeout_us;
  } else if (!IsDevice(format)) {
    address.options["rw_timeout"] = timeout_us;
  }
  if (!IsDevice(format)) address.options["tls_verify"] = config.tls_verify ? "1" : "0";
  return address;
}

std::optional<Problem> UrlProblem(const CameraConfig& config) {
  if (config.url.empty() == config.snapshot_url.empty()) {
    return Problem{
        .message = config.url.empty()
                       ? "must be given, as in rtsp://192.168.1.20/stream1; or give snapshot.url for a camera "
                         "that has only that"
                       : "and snapshot.url are both given, but a camera has one of them: leave one empty",
        .kind = config.url.empty() ? kind::kRequired : kind::kInvalidValue};
  }
  return config.url.empty() ? std::nullopt : ProblemOf(config.url);
}

std::optional<Problem> SnapshotUrlProblem(const CameraConfig& config) {
  if (config.snapshot_url.empty()) return std::nullopt;
  const auto parts = Split(config.snapshot_url);
  if (!parts || (parts->scheme != "http" && parts->scheme != "https")) {
    return Problem{.message = "must be the URL of a picture, as in http://192.168.1.20/snapshot.jpg"};
  }
  return NetworkUrlProblem(*parts);
}

std::optional<Problem> UsernameProblem(const CameraConfig& config) {
  if (config.username.find(':') == std::string::npos) return std::nullopt;
  return Problem{.message =
                     "must have no colon in it: what comes behind one is the password, which goes into password"};
}

std::optional<Problem> PasswordProblem(const CameraConfig& config) {
  if (config.username.empty() && !config.password.empty()) {
    return Problem{.message = "is given, but username is not: give both"};
  }
  if (config.url.starts_with("rtsp") && Credentials(config).size() > kLongestRtspCredentials) {
    return Problem{
        .message = "and username must have no more than " + std::to_string(kLongestRtspCredentials - 1) +
                   " characters together (of %, @, /, ?, #, \\ and spaces each counts as 3): libavformat takes no "
                   "more for RTSP",
        .kind = kind::kOutOfRange};
  }
  return std::nullopt;
}

std::optional<Problem> FormatProblem(const CameraConfig& config) {
  const auto parts = Split(UrlOf(config));
  const Way* way = parts ? WayOf(parts->scheme) : nullptr;
  if (way == nullptr) return std::nullopt;  // which is said of url
  const bool fits = config.format == InputFormat::kAuto || config.format == way->format ||
                    (!IsDevice(config.format) && !IsDevice(way->format) && way->demuxer != "rtsp");
  if (!fits) {
    return Problem{.message = "must be auto for a URL that begins with " + std::string(way->scheme) + "://"};
  }
  if (way->format == InputFormat::kLavfi && config.video == VideoForm::kCopy) {
    return Problem{.message = "lavfi draws pictures that are not encoded: set video = jpeg"};
  }
  return std::nullopt;
}

std::optional<Problem> InputOptionsProblem(const CameraConfig& config) {
  if (config.url.starts_with("lavfi:") && !config.input_options.empty())
    return Problem{.message = "must be empty for a test picture: its options stand in url"};
  for (const std::string& option : config.input_options) {
    const auto equals = option.find('=');
    if (equals != std::string::npos && kOptions.contains(std::string_view(option).substr(0, equals))) continue;
    std::string names;
    for (const auto known : kOptions) names.append(names.empty() ? "" : ", ").append(known);
    return Problem{.message = "must be options of libavformat as name=value with commas between, of these: " + names,
                   .kind = kind::kNotAllowed,
                   .facts = {{"option", option.substr(0, equals)}}};
  }
  return std::nullopt;
}

std::optional<Problem> TlsProblem(const CameraConfig& config) {
  if (!config.tls_verify || !config.url.starts_with("rtsps:") || RtspVerifiesTls()) return std::nullopt;
  return Problem{.message = "must be false for rtsps://: this machine's libavformat " +
                            std::to_string(LIBAVFORMAT_VERSION_MAJOR) +
                            " encrypts RTSP, but cannot check whose certificate the camera shows",
                 .kind = kind::kNotAllowed};
}

}  // namespace framespool::camera
