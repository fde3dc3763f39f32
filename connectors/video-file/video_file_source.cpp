#include "video_file_source.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <utility>

#include "framespool/media/packet_reader.h"
#include "framespool/media/picture_maker.h"

namespace framespool::video_file {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kPollTime = 900ms;
constexpr auto kReportEvery = 1s;
// The worker waits 10 s for a check. What is not known by then (a large picture on a busy machine) is no reason to
// refuse: the task finds out.
constexpr auto kCheckTime = 3s;
// One unpaced Poll: enough to make the worker's cost of a batch small, little enough to hold of large frames.
constexpr std::size_t kBatchBytes = 1 << 20;
constexpr std::size_t kBatchRecords = 16;
constexpr auto kBatchTime = 100ms;
// A count made from duration and rate may be off by this share, and by two frames.
constexpr double kAboutShare = 0.02;
constexpr std::int64_t kAboutFrames = 2;

FrameOptions OptionsOf(const VideoFileSource::Config& config) {
  using Format = media::PictureOptions::Format;
  using ImageFormat = VideoFileSource::ImageFormat;
  const bool copy = config.format == ImageFormat::kCopy;
  return {.as_they_are = copy || config.format == ImageFormat::kAuto,
          .copy = copy,
          .picture = {.format = config.format == ImageFormat::kPng ? Format::kPng : Format::kJpeg,
                      .jpeg_quality = config.jpeg_quality,
                      .width = config.width}};
}

/// What is wrong, as it is with the value of `key` where the error does not name another.
std::vector<Problem> ProblemsWith(const char* key, const Error& error) {
  std::vector<Problem> problems = error.problems();
  for (Problem& problem : problems) {
    if (problem.field.empty()) problem.field = key;
  }
  return problems;
}

void RequireNoWidthToCopy(const VideoFileSource::Config& config) {
  if (config.format != VideoFileSource::ImageFormat::kCopy || config.width == 0) return;
  throw media::WrongSize("must be 0 where format = copy, which leaves pictures as they are, but is " +
                         std::to_string(config.width) + "; set it to 0, or format to auto");
}

std::unique_ptr<FrameReader> Open(const VideoFileSource::Config& config) {
  try {
    RequireNoWidthToCopy(config);
    return OpenFrames(config.file, OptionsOf(config));
  } catch (const media::WrongSize& error) {
    throw ConfigError(ProblemsWith("width", error));
  } catch (const media::NoVideo& error) {
    throw ConfigError(ProblemsWith("file", error));
  }
}

media::EncodedPicture PictureOf(FrameReader& frames) {
  try {
    return frames.Picture();
  } catch (const media::WrongSize& error) {
    throw ConfigError(ProblemsWith("width", error));
  } catch (const media::NoVideo& error) {
    throw ConfigError(ProblemsWith("file", error));
  }
}

Problem NothingDecodes(const VideoFileSource::Config& config, const media::StreamFacts& facts) {
  auto message = media::TooManyPixels(config.file, facts.width, facts.height);
  if (!message && config.format == VideoFileSource::ImageFormat::kCopy) {
    message = "must have a key frame where format = copy, but \"" + config.file +
              "\" has none, so nothing of it could be shown; is it damaged or cut off? ffprobe shows what it holds";
  }
  if (!message) {
    message = "must be a video file, but no frame of \"" + config.file +
              "\" can be decoded; is it damaged or encrypted? ffprobe shows what it holds";
  }
  return {
      .field = "file", .message = std::move(*message), .kind = kind::kFileUnusable, .facts = {{"file", config.file}}};
}

/// How many records the unit behind `position` is behind its key frame.
std::int64_t GopOf(const media::VideoFacts& unit, const Position& position) {
  return unit.gop == 0 ? 0 : position.gop.value_or(0) + 1;
}

/// What the record says of the unit that the file has at `file_us`, and `position` at last_us: where another rate is
/// played, the times stay as far apart as `stretch` says.
media::VideoFacts FactsOf(media::VideoFacts unit, std::int64_t file_us, const Position& position, double stretch) {
  const auto moved = [&](std::int64_t us) {
    return position.loop_us + position.last_us + std::llround(static_cast<double>(us - file_us) * stretch);
  };
  unit.gop = GopOf(unit, position);
  unit.session = position.loop;
  if (unit.dts_us) unit.dts_us = moved(*unit.dts_us);
  unit.pts_us = moved(unit.pts_us);
  return unit;
}

/// How many packets of pictures `file` has, no more than `most` of them counted; nothing when that cannot be told soon.
/// No frame comes without one.
std::optional<std::int64_t> CountPackets(const std::string& file, std::int64_t most) {
  const media::Patience patience{.until = Clock::now() + kCheckTime};
  try {
    media::PacketReader packets(file, patience);
    std::int64_t count = 0;
    while (count < most && packets.Next()) ++count;
    return patience.over() ? std::nullopt : std::optional(count);
  } catch (const media::NoVideo&) {
    return std::nullopt;
  } catch (const media::OutOfTime&) {
    return std::nullopt;
  }
}

std::string Rounded(double value) {
  std::string text = std::to_string(std::round(value * 1000) / 1000);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::string Summary(const FrameReader& frames, const VideoFileSource::Config& config) {
  const media::StreamFacts& facts = frames.facts();
  std::string text = "plays " + config.file + ": " + facts.codec + " in " + facts.container + ", " +
                     std::to_string(facts.width) + "x" + std::to_string(facts.height) + ", " +
                     Rounded(1e6 / frames.frame_us()) + " fps";
  if (const auto expected = frames.expected()) {
    text += (expected->about ? ", about " : ", ") + std::to_string(expected->frames) + " frames";
  }
  if (config.format == VideoFileSource::ImageFormat::kCopy) return text + "; it is copied as it is";
  return text + (frames.passes_through() ? "; its JPEGs pass through as they are" : "");
}

bool IsMissingFrames(std::int64_t found, const Expectation& expected) {
  if (!expected.about) return found < expected.frames;
  const double least = static_cast<double>(expected.frames) * (1 - kAboutShare) - kAboutFrames;
  return static_cast<double>(found) < least;
}

}  // namespace

const ConfigDef<VideoFileSource::Config>& VideoFileSource::Describe() {
  static const auto def =
      ConfigDef<Config>()
          .Field("file", &Config::file, "The video file, as the worker's machine sees it.")
          .Required()
          .Role(Role::kPath)
          .DisplayName("Video file")
          .Group("Video")
          .Width(Width::kLong)
          .Field("topic", &Config::topic, "The topic that gets one record for each frame.")
          .Required()
          .Role(Role::kTopic)
          .DisplayName("Topic")
          .Group("Video")
          .Field(
              "format", &Config::format,
              "How a frame is encoded. auto passes the pictures of a Motion JPEG file through as they are, and makes "
              "JPEGs of any other; png is lossless, and often over 1 MB for 720p; copy takes the access units of H.264 "
              "and H.265 as they are, a tenth of the bytes of JPEGs, and passes Motion JPEG through.",
              {{"auto", ImageFormat::kAuto},
               {"jpeg", ImageFormat::kJpeg},
               {"png", ImageFormat::kPng},
               {"copy", ImageFormat::kCopy}})
          .Importance(Importance::kMedium)
          .DisplayName("Image format")
          .Group("Picture")
          .Width(Width::kShort)
          .Dependents({"jpeg.quality"})
          .Field(
              "jpeg.quality", &Config::jpeg_quality,
              "The quality of the JPEGs that are made: higher is better and larger. Has no part in pictures that pass "
              "through or are copied, nor in PNG.")
          .Range(1, 100)
          .DisplayName("JPEG quality")
          .Group("Picture")
          .Width(Width::kShort)
          .Field("width", &Config::width,
                 "Scales the picture to this width and keeps its shape. 0 leaves it as it is, as format = copy must.")
          .Range(0, 16384)
          .Unit("px")
          .DisplayName("Width")
          .Group("Picture")
          .Width(Width::kShort)
          .Field(
              "pace", &Config::pace,
              "realtime sends each frame when it is due, by the file's own times or by fps; unpaced sends as fast as "
              "frames can be read. Neither ever drops a frame.",
              {{"realtime", Pace::kRealtime}, {"unpaced", Pace::kUnpaced}})
          .DisplayName("Pace")
          .Group("Playback")
          .Width(Width::kShort)
          .Dependents({"fps"})
          .Field("fps", &Config::fps,
                 "Plays at this rate instead of the file's own, faster or slower: it sets when a frame is due and the "
                 "time in its header. 0 keeps the file's own times, also where its rate varies.")
          .Range(0, 1000)
          .Unit("fps")
          .DisplayName("Frame rate")
          .Group("Playback")
          .Width(Width::kShort)
          .Field("loop", &Config::loop,
                 "Starts again at the end of the file, for ever. Otherwise the task stays RUNNING there, and idle.")
          .DisplayName("Loop")
          .Group("Playback")
          .Width(Width::kShort)
          .Field("record.key", &Config::record_key,
                 "The key of each record, which chooses the partition. Empty: the connector's name.")
          .Importance(Importance::kLow)
          .DisplayName("Record key")
          .Group("Record");
  return def;
}

const std::vector<MetricSpec>& VideoFileSource::Metrics() {
  static const std::vector<MetricSpec> metrics{
      {.name = "frames_read",
       .kind = MetricKind::kCounter,
       .unit = "frames",
       .doc = "Frames of this run through the file, also those from before a restart.",
       .plot = "Read from the file",
       .label = "read",
       .role = MetricRole::kPosition},
      {.name = "frames_expected",
       .kind = MetricKind::kInfo,
       .unit = "frames",
       .doc = "What the container promises; missing when it promises nothing.",
       .role = MetricRole::kExpected},
      {.name = "end_of_file",
       .kind = MetricKind::kInfo,
       .unit = "",
       .doc = "The task has sent all and is idle.",
       .role = MetricRole::kEnded},
      {.name = "passes_through",
       .kind = MetricKind::kInfo,
       .unit = "",
       .doc = "Motion JPEG passes through, or access units are copied, without decoding."},
      {.name = "held_up_seconds",
       .kind = MetricKind::kGauge,
       .unit = "s",
       .doc = "By how much the video is late, in all.",
       .plot = "Held up",
       .label = "held up"},
      {.name = "clock_jumps",
       .kind = MetricKind::kInfo,
       .unit = "",
       .doc = "How often the file's clock started anew or left out a gap."},
      {.name = "loop",
       .kind = MetricKind::kInfo,
       .unit = "",
       .doc = "How often the file was played before; only with loop = true."}};
  return metrics;
}

RecordFacts VideoFileSource::DescribeRecord(const SourceRecord& record) {
  const auto number = [&](std::string_view header) -> std::optional<std::int64_t> {
    const auto text = FindHeader(record.headers, header);
    std::int64_t value = 0;
    if (!text || std::from_chars(text->data(), text->data() + text->size(), value).ec != std::errc())
      return std::nullopt;
    return value;
  };
  const std::string_view content_type = FindHeader(record.headers, "content-type").value_or("");
  RecordFacts facts{.content_type = std::string(content_type),
                    .shows = !media::VideoCodecOf(content_type),
                    .facts = {},
                    .time = std::nullopt};
  if (const auto width = number("framespool.width")) facts.facts["width"] = *width;
  if (const auto height = number("framespool.height")) facts.facts["height"] = *height;
  if (const auto us = number("framespool.pts.us")) facts.time = std::chrono::microseconds(*us);
  return facts;
}

std::vector<Problem> VideoFileSource::Check(const Config& config, const std::string& /*connector*/) {
  return CheckUntil(config, Clock::now() + kCheckTime);
}

std::vector<Problem> VideoFileSource::CheckUntil(const Config& config, Clock::time_point until) {
  const Problem unfinished{.field = "file",
                           .message = "was not looked at to its first frame within " + FormatValue(kCheckTime) +
                                      " s: whether it can be played shows when the connector runs",
                           .kind = kind::kCheckUnfinished,
                           .facts = {{"file", config.file}},
                           .is_warning = true};
  const media::Patience patience{.until = until};
  try {
    RequireNoWidthToCopy(config);
    const auto frames = OpenFrames(config.file, OptionsOf(config), patience);
    const Advanced advanced = frames->Advance(patience);
    if (advanced == Advanced::kFrame) frames->CheckSize();
    if (advanced == Advanced::kFrame) return {};
    if (advanced == Advanced::kEnd && !patience.over()) return {NothingDecodes(config, frames->facts())};
    return {unfinished};
  } catch (const media::WrongSize& error) {
    return ProblemsWith("width", error);
  } catch (const media::NoVideo& error) {
    return ProblemsWith("file", error);
  } catch (const media::OutOfTime&) {
    return {unfinished};
  }
}

std::optional<Problem> VideoFileSource::CheckOffset(const Config& config, const std::string& /*connector*/,
                                                    const Fields& partition, const Fields& offset) {
  if (partition != Fields{{"file", config.file}})
    return Problem{.message = "partition must be {\"file\": \"" + config.file + "\"}"};
  if (auto wrong = Position::ProblemWith(offset)) return Problem{.message = std::move(*wrong)};
  const std::int64_t frame = std::get<std::int64_t>(offset.at("frame"));
  const auto packets = frame > 0 ? CountPackets(config.file, frame) : std::nullopt;
  if (!packets || *packets >= frame) return std::nullopt;
  return Problem{.message = "offset.frame must be at most the number of frames, but is " + std::to_string(frame) +
                            ", and \"" + config.file + "\" has no more than " + std::to_string(*packets),
                 .kind = kind::kOutOfRange,
                 .facts = {{"max", *packets}}};
}

std::optional<RecordSample> VideoFileSource::Sample(const Config& config) {
  return SampleUntil(config, Clock::now() + kCheckTime);
}

std::optional<RecordSample> VideoFileSource::SampleUntil(const Config& config, Clock::time_point until) try {
  const media::Patience patience{.until = until};
  const auto frames = OpenFrames(config.file, OptionsOf(config), patience);
  if (frames->Advance(patience) != Advanced::kFrame) return std::nullopt;
  const media::EncodedPicture first = frames->Picture();
  return RecordSample{.bytes = first.bytes.size(),
                      .what = "the first frame of " + config.file + ", " + std::to_string(first.width) + "x" +
                              std::to_string(first.height) + " as " + first.content_type};
} catch (const media::OutOfTime&) {
  return std::nullopt;
} catch (const media::WrongSize&) {
  return std::nullopt;  // Check() says it, or was out of time: then the task does
} catch (const media::NoVideo&) {
  return std::nullopt;
}

VideoFileSource::VideoFileSource(Config config, SourceTaskContext& context)
    : config_(std::move(config)),
      context_(context),
      key_(config_.record_key.empty() ? context.connector() : config_.record_key),
      source_name_(std::filesystem::path(config_.file).filename().string()),
      frames_(Open(config_)) {
  context_.Log(LogLevel::kInfo, Summary(*frames_, config_));
  if (const auto offset = context_.StoredOffset({{"file", config_.file}})) position_ = Position::FromOffset(*offset);
  Resume();
}

void VideoFileSource::Resume() {
  if (position_.frame == 0) return;
  const FrameMark mark{.ticks = position_.last_ticks,
                       .check = position_.last_check,
                       .place = position_.last_place,
                       .shift_us = position_.shift_us};
  if (!frames_->SeekTo(position_.frame - 1, mark)) {
    frames_.reset();
    frames_ = Open(config_);
    to_skip_ = position_.frame;
    position_.gop.reset();
    return;
  }
  context_.Log(LogLevel::kInfo, "goes on at frame " + std::to_string(position_.frame));
}

/// Some containers cannot be positioned exactly, so their frames are counted from the start. In slices, as a long file
/// takes a while and a stop must not wait for it.
bool VideoFileSource::FinishResume(std::stop_token stop) {
  if (to_skip_ == 0) return true;
  const auto slice_end = Clock::now() + kPollTime;
  while (to_skip_ > 0 && !stop.stop_requested() && Clock::now() < slice_end) {
    const Advanced advanced = frames_->Advance({.until = slice_end, .stop = stop});
    if (advanced == Advanced::kNotYet) return false;
    if (advanced == Advanced::kEnd) {
      context_.Log(LogLevel::kWarn,
                   "frame " + std::to_string(position_.frame) + " comes next, but " + config_.file +
                       " now ends after " + std::to_string(position_.frame - to_skip_) +
                       " frames; was it replaced? To start over, stop the connector and DELETE its offsets");
      position_.frame -= to_skip_;
      to_skip_ = 0;
      at_end_ = true;
      ReportMetrics(true);
      return true;
    }
    --to_skip_;
    if (const auto unit = frames_->unit()) position_.gop = GopOf(*unit, position_);
    ReportJump();
  }
  if (to_skip_ > 0) return false;
  context_.Log(LogLevel::kInfo, "goes on at frame " + std::to_string(position_.frame) + ", counted from the start");
  if (frames_->Compare(position_.last_check) == Likeness::kOther) {
    context_.Log(LogLevel::kWarn, "frame " + std::to_string(position_.frame - 1) + " of " + config_.file +
                                      " is not the picture that was sent before the restart; was the file replaced? To "
                                      "start over, stop the connector and DELETE its offsets");
  }
  return true;
}

std::vector<SourceRecord> VideoFileSource::Poll(std::stop_token stop) {
  if (!FinishResume(stop)) return {};
  if (at_end_) {
    WaitUntil(Clock::now() + kPollTime, stop);
    return {};
  }
  auto records = config_.pace == Pace::kRealtime ? PollPaced(stop) : PollUnpaced(stop);
  ReportMetrics(false);
  return records;
}

std::vector<SourceRecord> VideoFileSource::PollPaced(std::stop_token stop) {
  if (!pending_) pending_ = NextRecord({.until = Clock::now() + kPollTime, .stop = stop});
  if (!pending_) return {};
  const auto now = Clock::now();
  const auto due = pacer_.Due(pending_->us, now);
  const auto wake = std::min(due, now + kPollTime);
  if (!WaitUntil(wake, stop) || wake < due) return {};
  last_timestamp_ = std::max(last_timestamp_, Now());
  pending_->record.timestamp = last_timestamp_;
  std::vector<SourceRecord> records;
  records.push_back(std::move(std::exchange(pending_, std::nullopt)->record));
  return records;
}

std::vector<SourceRecord> VideoFileSource::PollUnpaced(std::stop_token stop) {
  std::vector<SourceRecord> records;
  std::size_t bytes = 0;
  const auto batch_end = Clock::now() + kBatchTime;
  while (!stop.stop_requested() && records.size() < kBatchRecords && bytes < kBatchBytes && Clock::now() < batch_end) {
    // The first may take its time; what follows is there or comes with the next batch.
    auto next = NextRecord({.until = records.empty() ? Clock::now() + kPollTime : batch_end, .stop = stop});
    if (!next) break;
    last_timestamp_ = std::max(last_timestamp_, Now());
    next->record.timestamp = last_timestamp_;
    bytes += next->record.value.size();
    records.push_back(std::move(next->record));
  }
  return records;
}

std::optional<VideoFileSource::Pending> VideoFileSource::NextRecord(const media::Patience& patience) {
  Advanced advanced = frames_->Advance(patience);
  if (advanced == Advanced::kEnd) {
    ReportEnd();
    if (at_end_) return std::nullopt;
    StartNextLoop();
    advanced = frames_->Advance(patience);
  }
  if (advanced == Advanced::kEnd) throw ConfigError(NothingDecodes(config_, frames_->facts()));
  if (advanced == Advanced::kNotYet) return std::nullopt;
  ReportJump();
  const FrameTime time = frames_->time();
  const std::int64_t in_file_us =
      config_.fps > 0 ? std::llround(static_cast<double>(position_.frame) * 1e6 / config_.fps) : time.us;
  const std::int64_t us = position_.loop_us + in_file_us;
  const std::string frame_number = std::to_string(position_.frame);
  const std::string loop_number = std::to_string(position_.loop);
  media::EncodedPicture frame = PictureOf(*frames_);

  position_.frame += 1;
  FrameMark mark = frames_->Mark();
  position_.last_ticks = mark.ticks;
  position_.last_us = in_file_us;
  position_.last_check = std::move(mark.check);
  position_.last_place = mark.place;
  position_.shift_us = mark.shift_us;

  SourceRecord record{.topic = config_.topic,
                      .partition = std::nullopt,
                      .key = key_,
                      .value = std::move(frame.bytes),
                      .headers = {},
                      .timestamp = {},
                      .source_partition = {{"file", config_.file}},
                      .source_offset = {}};
  if (auto unit = frames_->unit()) {
    const double stretch = config_.fps > 0 ? 1e6 / config_.fps / frames_->frame_us() : 1;
    const media::VideoFacts facts = FactsOf(*unit, time.us, position_, stretch);
    position_.gop = facts.gop;
    media::Describe(record, facts);
    record.headers.push_back({"framespool.frame", frame_number});
  } else {
    record.headers = {{"content-type", frame.content_type},
                      {"framespool.frame", frame_number},
                      {"framespool.pts.us", std::to_string(us)},
                      {"framespool.width", std::to_string(frame.width)},
                      {"framespool.height", std::to_string(frame.height)}};
  }
  record.headers.push_back({"framespool.source", source_name_});
  record.source_offset = position_.ToOffset();
  if (config_.loop) record.headers.push_back({"framespool.loop", loop_number});
  return Pending{.record = std::move(record), .us = us};
}

void VideoFileSource::StartNextLoop() {
  const double frame_us = config_.fps > 0 ? 1e6 / config_.fps : frames_->frame_us();
  position_ = {.frame = 0,
               .loop = position_.loop + 1,
               .loop_us = position_.loop_us + position_.last_us + std::llround(frame_us),
               .last_ticks = 0,
               .last_us = 0,
               .last_check = {},
               .last_place = std::nullopt,
               .shift_us = 0,
               .gop = std::nullopt};
  frames_.reset();  // one decoder at a time: each holds some 15 MB
  frames_ = Open(config_);
}

void VideoFileSource::ReportJump() {
  const auto jump = frames_->TakeJump();
  if (!jump) return;
  ++jumps_;
  const std::string at = Rounded(static_cast<double>(jump->at_us) / 1e6) + " s";
  const std::string by = Rounded(std::abs(static_cast<double>(jump->by_us)) / 1e6) + " s";
  if (position_.loop > 0) return;  // said the first time
  context_.Log(LogLevel::kWarn, jump->by_us > 0 ? "a gap of " + by + " in " + config_.file + " at " + at +
                                                      "; played on at once, and left out of the frames' times"
                                                : "the clock of " + config_.file + " starts anew at " + at +
                                                      " (it goes back by " + by + "); the frames' times go on");
}

void VideoFileSource::ReportEnd() {
  if (position_.frame == 0) throw ConfigError(NothingDecodes(config_, frames_->facts()));
  const bool first_time = position_.loop == 0;
  at_end_ = !config_.loop;
  context_.Log(first_time ? LogLevel::kInfo : LogLevel::kDebug,
               "end of file after " + std::to_string(position_.frame) + " frames" +
                   (config_.loop ? "; starts again" : "; the task stays idle"));
  const auto expected = frames_->expected();
  if (first_time && expected && IsMissingFrames(position_.frame, *expected)) {
    context_.Log(LogLevel::kWarn,
                 config_.file + " is damaged or cut off: " + std::to_string(position_.frame) +
                     " frames could be read, " + (expected->about ? "about " : "") + std::to_string(expected->frames) +
                     " were expected; every readable frame was sent. Copy or record it again if the others matter");
  }
  ReportMetrics(true);
}

void VideoFileSource::ReportMetrics(bool now) {
  if (!now && Clock::now() - last_report_ < kReportEvery) return;
  last_report_ = Clock::now();
  Fields metrics{{"frames_read", position_.frame},
                 {"end_of_file", at_end_},
                 {"passes_through", frames_->passes_through()},
                 {"held_up_seconds", pacer_.slipped().count()},
                 {"clock_jumps", jumps_}};
  if (const auto expected = frames_->expected()) metrics["frames_expected"] = expected->frames;
  if (config_.loop) metrics["loop"] = position_.loop;
  context_.ReportMetrics(metrics);
}

}  // namespace framespool::video_file
