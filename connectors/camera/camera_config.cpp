#include "camera_config.h"

#include "input_address.h"

namespace framespool::camera {
namespace {

using Def = ConfigDef<CameraConfig>;

void AddAddress(Def& def) {
  def.Field(
         "url", &CameraConfig::url,
         "The camera's stream: rtsp://, rtsps://, http:// or https:// (Motion JPEG, HLS, MPEG-TS), udp://, rtp://, "
         "tcp://, srt://, rtmp://, v4l2:///dev/video0, or a test picture, lavfi://testsrc2. Without user and password.")
      .Importance(Importance::kHigh)
      .Role(Role::kUrl)
      .DisplayName("URL")
      .Group("Camera")
      .Width(Width::kLong)
      .Field("username", &CameraConfig::username, "Who the camera knows. It asks by Digest or Basic; empty: nobody.")
      .DisplayName("User name")
      .Group("Camera")
      .Field("password", &CameraConfig::password, "That user's password. No log, status or message shows it.")
      .Secret()
      .DisplayName("Password")
      .Group("Camera")
      .Field("snapshot.url", &CameraConfig::snapshot_url,
             "In place of url, for a camera that has only the URL of a picture: it is asked for again and again.")
      .Importance(Importance::kLow)
      .Role(Role::kUrl)
      .DisplayName("Snapshot URL")
      .Group("Camera")
      .Width(Width::kLong)
      .Dependents({"snapshot.interval.ms"})
      .Field("snapshot.interval.ms", &CameraConfig::snapshot_interval, "How often snapshot.url is asked.")
      .Importance(Importance::kLow)
      .Range(20, 86'400'000)
      .DisplayName("Snapshot interval")
      .Group("Camera")
      .Width(Width::kShort);
}

void AddRecord(Def& def) {
  def.Field("topic", &CameraConfig::topic, "The topic that gets one record for each frame.")
      .Required()
      .Role(Role::kTopic)
      .DisplayName("Topic")
      .Group("Record")
      .Field("record.key", &CameraConfig::record_key,
             "The key of each record, which chooses the partition. Empty: the connector's name.")
      .Importance(Importance::kLow)
      .DisplayName("Record key")
      .Group("Record")
      .Field("time", &CameraConfig::time,
             "Whose clock a record's timestamp is of: received is when the frame came; camera is when the camera says "
             "that "
             "it was taken (RTSP with RTCP), and received where it does not say or is over a day off.",
             {{"received", TimeFrom::kReceived}, {"camera", TimeFrom::kCamera}})
      .DisplayName("Time")
      .Group("Record")
      .Width(Width::kShort);
}

void AddVideo(Def& def) {
  def.Field("video", &CameraConfig::video,
            "copy stores H.264, H.265 and JPEG as they come, at a hundredth of the CPU; jpeg makes a JPEG of each "
            "picture, "
            "and takes any codec that FFmpeg knows.",
            {{"copy", VideoForm::kCopy}, {"jpeg", VideoForm::kJpeg}})
      .DisplayName("Video")
      .Group("Picture")
      .Width(Width::kShort)
      .Dependents({"jpeg.quality", "width", "fps"})
      .Field("jpeg.quality", &CameraConfig::jpeg_quality,
             "The quality of the JPEGs that video = jpeg makes: higher is better and larger.")
      .Range(1, 100)
      .DisplayName("JPEG quality")
      .Group("Picture")
      .Width(Width::kShort)
      .Field("width", &CameraConfig::width,
             "Scales the pictures of video = jpeg to this width and keeps their shape. 0 leaves them as they are.")
      .Range(0, 16384)
      .Unit("px")
      .DisplayName("Width")
      .Group("Picture")
      .Width(Width::kShort)
      .Field("fps", &CameraConfig::fps, "With video = jpeg, leaves out pictures above this rate. 0 keeps all.")
      .Range(0, 1000)
      .Unit("fps")
      .DisplayName("Frame rate")
      .Group("Picture")
      .Width(Width::kShort)
      .Field("gop.max.ms", &CameraConfig::gop_max,
             "Warns of a camera whose key frames are further apart: a jump in its recording decodes from one on.")
      .Importance(Importance::kLow)
      .AtLeast(100)
      .DisplayName("Longest GOP")
      .Group("Picture")
      .Width(Width::kShort);
}

void AddConnection(Def& def) {
  def.Field(
         "transport", &CameraConfig::transport,
         "How RTSP carries the video: tcp loses nothing on its way; auto tries tcp, then udp; http is for a way that "
         "lets nothing else through.",
         {{"tcp", Transport::kTcp},
          {"udp", Transport::kUdp},
          {"multicast", Transport::kMulticast},
          {"http", Transport::kHttp},
          {"auto", Transport::kAuto}})
      .DisplayName("RTSP transport")
      .Group("Connection")
      .Width(Width::kShort)
      .Field("format", &CameraConfig::format, "What the URL gives. auto goes by its scheme and its first bytes.",
             {{"auto", InputFormat::kAuto},
              {"mpjpeg", InputFormat::kMpjpeg},
              {"mpegts", InputFormat::kMpegts},
              {"hls", InputFormat::kHls},
              {"flv", InputFormat::kFlv},
              {"v4l2", InputFormat::kV4l2},
              {"lavfi", InputFormat::kLavfi}})
      .Importance(Importance::kLow)
      .DisplayName("Input format")
      .Group("Connection")
      .Width(Width::kShort)
      .Field(
          "timeout.ms", &CameraConfig::timeout,
          "After this long without a frame, or an answer, the connection is closed and tried anew. A camera that sends "
          "a frame more seldom needs more.")
      .Range(100, 3'600'000)
      .DisplayName("Timeout")
      .Group("Connection")
      .Width(Width::kShort)
      .Field("reconnect.backoff.ms", &CameraConfig::backoff,
             "How long to wait before a lost camera is tried again; twice as long each time, half of it by chance.")
      .Range(10, 3'600'000)
      .DisplayName("First pause")
      .Group("Connection")
      .Width(Width::kShort)
      .Field("reconnect.backoff.max.ms", &CameraConfig::backoff_max, "The longest of these pauses. They never end.")
      .Range(10, 3'600'000)
      .DisplayName("Longest pause")
      .Group("Connection")
      .Width(Width::kShort)
      .Field("tls.verify", &CameraConfig::tls_verify,
             "Whether the certificate of rtsps:// and https:// must be one that this machine trusts. Most cameras have "
             "one "
             "that they made themselves.")
      .DisplayName("Verify certificate")
      .Group("Connection")
      .Width(Width::kShort)
      .Field("input.options", &CameraConfig::input_options,
             "Options for libavformat, name=value with commas between: user_agent=x,reorder_queue_size=100.")
      .Importance(Importance::kLow)
      .DisplayName("Input options")
      .Group("Connection")
      .Width(Width::kLong);
}

std::optional<Problem> BackoffProblem(const CameraConfig& config) {
  if (config.backoff_max >= config.backoff) return std::nullopt;
  return Problem{.message = "must be at least reconnect.backoff.ms, " + FormatValue(config.backoff) + ", but is " +
                            FormatValue(config.backoff_max),
                 .kind = kind::kOutOfRange,
                 .facts = {{"min", std::int64_t{config.backoff.count()}}}};
}

}  // namespace

const ConfigDef<CameraConfig>& DescribeCamera() {
  static const Def kDef = [] {
    Def def;
    AddAddress(def);
    AddRecord(def);
    AddVideo(def);
    AddConnection(def);
    def.Rule("url", UrlProblem)
        .Rule("snapshot.url", SnapshotUrlProblem)
        .Rule("username", UsernameProblem)
        .Rule("password", PasswordProblem)
        .Rule("format", FormatProblem)
        .Rule("input.options", InputOptionsProblem)
        .Rule("tls.verify", TlsProblem)
        .Rule("reconnect.backoff.max.ms", BackoffProblem);
    return def;
  }();
  return kDef;
}

const std::vector<MetricSpec>& CameraMetrics() {
  static const std::vector<MetricSpec> kMetrics{
      {.name = "state",
       .kind = MetricKind::kInfo,
       .unit = "",
       .doc = "connecting, waiting-for-key-frame, running, or away while a pause lasts."},
      {.name = "state_since_ms", .kind = MetricKind::kInfo, .unit = "ms", .doc = "Since when, in ms since 1970."},
      {.name = "waits_for",
       .kind = MetricKind::kInfo,
       .unit = "",
       .doc = "The camera and why it is away, until frames come again; empty while they come.",
       .role = MetricRole::kWaiting},
      {.name = "away_because",
       .kind = MetricKind::kInfo,
       .unit = "",
       .doc = "Why the camera is away, or was the last time."},
      {.name = "frames_stored",
       .kind = MetricKind::kCounter,
       .unit = "frames",
       .doc = "Frames handed over since the task began.",
       .plot = "Frames",
       .label = "stored",
       .role = MetricRole::kPosition},
      {.name = "frames_broken",
       .kind = MetricKind::kCounter,
       .unit = "frames",
       .doc = "Of these, those that lost a part on their way, or a frame that they refer to; their header "
              "framespool.broken is 1.",
       .plot = "Frames",
       .label = "broken"},
      {.name = "frames_passed_over",
       .kind = MetricKind::kCounter,
       .unit = "frames",
       .doc = "Frames that came before the first key frame of a connection; nobody could show them.",
       .plot = "Frames",
       .label = "passed over"},
      {.name = "bytes_stored",
       .kind = MetricKind::kCounter,
       .unit = "bytes",
       .doc = "Their bytes.",
       .role = MetricRole::kBytes},
      {.name = "reconnects",
       .kind = MetricKind::kCounter,
       .unit = "connections",
       .doc = "How often the connection was tried anew.",
       .plot = "Connections",
       .label = "tried anew"},
      {.name = "away_seconds",
       .kind = MetricKind::kGauge,
       .unit = "s",
       .doc = "How long no frame has come, while the camera is not running; 0 while it is.",
       .plot = "Away",
       .label = "away"},
      {.name = "fps",
       .kind = MetricKind::kGauge,
       .unit = "fps",
       .doc = "Frames a second, over the last 5 s.",
       .plot = "Frame rate",
       .label = "frame rate"},
      {.name = "kbit_s",
       .kind = MetricKind::kGauge,
       .unit = "kbit/s",
       .doc = "What is stored, over the last 5 s.",
       .plot = "Bit rate",
       .label = "bit rate"},
      {.name = "gb_per_day",
       .kind = MetricKind::kGauge,
       .unit = "GB",
       .doc = "What a day takes at that rate, in 10^9 bytes."},
      {.name = "gop_seconds",
       .kind = MetricKind::kGauge,
       .unit = "s",
       .doc = "From one key frame to the next, as it was the last time.",
       .plot = "GOP",
       .label = "GOP"},
      {.name = "time_to_first_frame_ms",
       .kind = MetricKind::kGauge,
       .unit = "ms",
       .doc = "From the beginning of the last connection to its first frame.",
       .plot = "First frame",
       .label = "first frame"},
      {.name = "clock_skew_ms",
       .kind = MetricKind::kGauge,
       .unit = "ms",
       .doc = "By how much the camera's clock is ahead of the frame's arrival; missing where the camera does not say.",
       .plot = "Clock skew",
       .label = "camera ahead"},
      {.name = "codec", .kind = MetricKind::kInfo, .unit = "", .doc = "What the camera sends, by FFmpeg's name."},
      {.name = "session",
       .kind = MetricKind::kInfo,
       .unit = "",
       .doc = "The number of the connection, over restarts."}};
  return kMetrics;
}

}  // namespace framespool::camera
