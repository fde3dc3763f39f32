#include "video_file_source.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "file_shares.h"
#include "folder.h"
#include "framespool/media/video_record.h"

namespace framespool::video_file {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kIdle = 900ms;

std::optional<Problem> ChoiceProblem(const VideoFileConfig& config) {
  const int given = (config.file.empty() ? 0 : 1) + (config.files.empty() ? 0 : 1) + (config.folder.empty() ? 0 : 1);
  if (given == 1) return std::nullopt;
  if (given == 0)
    return Problem{.message = "is required, or files or folder in its place: what to play", .kind = kind::kRequired};
  return Problem{.message = "is what to play, and so are files and folder: set one of the three",
                 .kind = kind::kNotAllowed};
}

std::optional<Problem> TwiceProblem(const VideoFileConfig& config) {
  std::set<std::string> known;
  for (const std::string& file : config.files) {
    if (!known.insert(file).second)
      return Problem{.message = "must name each file once, but has \"" + file + "\" twice",
                     .kind = kind::kNotAllowed,
                     .facts = {{"file", file}}};
  }
  return std::nullopt;
}

}  // namespace

const ConfigDef<VideoFileSource::Config>& VideoFileSource::Describe() {
  static const auto def =
      ConfigDef<Config>()
          .Field("file", &Config::file,
                 "The video file, as the worker's machine sees it. One of file, files and folder is required.")
          .Importance(Importance::kHigh)
          .Role(Role::kPath)
          .DisplayName("Video file")
          .Group("Video")
          .Width(Width::kLong)
          .Field("topic", &Config::topic, "The topic that gets one record for each frame.")
          .Required()
          .Role(Role::kTopic)
          .DisplayName("Topic")
          .Group("Video")
          .Field("files", &Config::files,
                 "Several video files, comma-separated, instead of file. They are shared out to as many tasks as "
                 "tasks.max allows; each plays its files one behind the other.")
          .Role(Role::kPath)
          .DisplayName("Video files")
          .Group("Files")
          .Width(Width::kLong)
          .Field("folder", &Config::folder,
                 "A folder, instead of file: its files are played as those of files are, also those that come later.")
          .Role(Role::kPath)
          .DisplayName("Folder")
          .Group("Files")
          .Width(Width::kLong)
          .Dependents({"folder.pattern", "folder.poll.interval.ms"})
          .Field("folder.pattern", &Config::folder_pattern,
                 "A regular expression (RE2) that the whole name of a file in the folder must match. Empty: it ends as "
                 "video files do (.mp4, .mkv, .mov, .ts …).")
          .DisplayName("Pattern of names")
          .Group("Files")
          .Field("folder.poll.interval.ms", &Config::folder_poll_interval,
                 "How often to look for files that have come or gone.")
          .Range(100, 3600000)
          .Importance(Importance::kLow)
          .DisplayName("Look every")
          .Group("Files")
          .Width(Width::kShort)
          .Field(
              "format", &Config::format,
              "How a frame is encoded. auto passes the pictures of a Motion JPEG file through as they are, and makes "
              "JPEGs of any other; png is lossless, and often over 1 MB for 720p; copy takes the access units of H.264 "
              "and H.265 as they are, a tenth of the bytes of JPEGs, and passes Motion JPEG through.",
              {{"auto", Config::ImageFormat::kAuto},
               {"jpeg", Config::ImageFormat::kJpeg},
               {"png", Config::ImageFormat::kPng},
               {"copy", Config::ImageFormat::kCopy}})
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
              {{"realtime", Config::Pace::kRealtime}, {"unpaced", Config::Pace::kUnpaced}})
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
          .Field(
              "loop", &Config::loop,
              "Starts again at the end of the file, or behind the last of several, for ever. Otherwise the task stays "
              "RUNNING there, and idle.")
          .DisplayName("Loop")
          .Group("Playback")
          .Width(Width::kShort)
          .Field("record.key", &Config::record_key,
                 "The key of each record, which chooses the partition. Empty: the connector's name, or with files and "
                 "folder that of the file, without its folders.")
          .Importance(Importance::kLow)
          .DisplayName("Record key")
          .Group("Record")
          .Rule("file", [](const Config& config) { return ChoiceProblem(config); })
          .Rule("files", [](const Config& config) { return TwiceProblem(config); })
          .Rule("folder.pattern", [](const Config& config) -> std::optional<Problem> {
            auto problem = PatternProblem(config.folder_pattern);
            if (!problem) return std::nullopt;
            return Problem{.message = *std::move(problem), .kind = kind::kNotAllowed};
          });
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
       .doc = "How often the file was played before; only with loop = true."},
      {.name = "files", .kind = MetricKind::kInfo, .unit = "files", .doc = "How many the task has; only with several."},
      {.name = "files_ended",
       .kind = MetricKind::kInfo,
       .unit = "files",
       .doc = "How many of them have been played to their end in this run."},
      {.name = "files_unplayable",
       .kind = MetricKind::kInfo,
       .unit = "files",
       .doc = "How many of them are no video that can be played; they are passed over."}};
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

std::vector<RawConfig> VideoFileSource::TaskConfigs(const Config& config, ConnectorContext& context, int max_tasks) {
  if (!config.file.empty()) return {RawConfig{}};
  FolderFiles found{.files = config.files, .left_out = {}};
  if (!config.folder.empty()) found = ListFolder(config);
  for (const std::string& name : found.left_out) {
    context.Log(LogLevel::kWarn, "leaves out \"" + name + "\" of " + config.folder +
                                     ": its name cannot stand in a list (a comma, outer space, or bytes that are no "
                                     "UTF-8); rename it");
  }
  std::vector<RawConfig> configs;
  for (const auto& share : SharesOf(found.files, max_tasks))
    configs.push_back({{"folder", ""}, {"files", FormatValue(share)}});
  return configs;
}

std::unique_ptr<ConnectorWatch> VideoFileSource::Watch(const Config& config, ConnectorContext& context) {
  if (config.folder.empty()) return nullptr;
  return std::make_unique<FolderWatch>(config, context);
}

VideoFileSource::VideoFileSource(Config config, SourceTaskContext& context)
    : config_(std::move(config)), context_(context) {
  for (std::string& path : config_.NamedFiles()) {
    File file{.path = std::move(path)};
    if (const auto offset = context_.StoredOffset({{"file", file.path}}); offset && !Position::ProblemWith(*offset))
      file.round = Position::FromOffset(*offset).loop;
    files_.push_back(std::move(file));
  }
  StartNext();
}

std::vector<SourceRecord> VideoFileSource::Poll(std::stop_token stop) {
  if (!player_ && !StartNext()) {
    WaitUntil(Clock::now() + kIdle, stop);
    return {};
  }
  try {
    auto records = player_->Poll(stop);
    if (!alone() && player_->ended()) EndCurrent();
    return records;
  } catch (const ConfigError& error) {
    PassOver(error);
    return {};
  }
}

bool VideoFileSource::StartNext() {
  while ((current_ = Next()) != nullptr) {
    try {
      player_ = std::make_unique<FilePlayer>(
          config_, current_->path,
          FilePlayer::Place{.alone = alone(), .ended = current_->ended, .last_timestamp = last_timestamp_}, context_);
      if (!alone()) ReportFiles();
      return true;
    } catch (const ConfigError& error) {
      PassOver(error);
    }
  }
  if (!alone()) ReportFiles();
  return false;
}

/// The first of those that have been played least: after a restart that is the one which was under way, or one before
/// it that has ended, and ends at once again.
VideoFileSource::File* VideoFileSource::Next() {
  File* next = nullptr;
  for (File& file : files_) {
    if (file.unplayable || (file.ended && !config_.loop)) continue;
    if (next == nullptr || file.round < next->round) next = &file;
  }
  return next;
}

void VideoFileSource::EndCurrent() {
  current_->round = player_->position().loop + 1;
  current_->ended = player_->position();
  last_timestamp_ = player_->last_timestamp();
  player_.reset();
}

void VideoFileSource::PassOver(const ConfigError& error) {
  if (player_) last_timestamp_ = player_->last_timestamp();
  player_.reset();
  current_->unplayable = true;
  if (std::all_of(files_.begin(), files_.end(), [](const File& file) { return file.unplayable; })) throw error;
  context_.Log(LogLevel::kWarn, "passes over " + current_->path + ", until the task is restarted: " + error.what());
}

void VideoFileSource::ReportFiles() {
  const auto count = [&](auto is) {
    return static_cast<std::int64_t>(std::count_if(files_.begin(), files_.end(), is));
  };
  context_.ReportMetrics({{"files", static_cast<std::int64_t>(files_.size())},
                          {"files_ended", count([](const File& file) { return file.ended.has_value(); })},
                          {"files_unplayable", count([](const File& file) { return file.unplayable; })},
                          {"end_of_file", !files_.empty() && player_ == nullptr}});
}

}  // namespace framespool::video_file
