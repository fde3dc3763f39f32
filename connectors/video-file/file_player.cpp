#include "file_player.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <utility>

#include "framespool/media/picture_maker.h"
#include "opening.h"

namespace framespool::video_file {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kPollTime = 900ms;
constexpr auto kReportEvery = 1s;
// One unpaced Poll: enough to make the worker's cost of a batch small, little enough to hold of large frames.
constexpr std::size_t kBatchBytes = 1 << 20;
constexpr std::size_t kBatchRecords = 16;
constexpr auto kBatchTime = 100ms;
// A count made from duration and rate may be off by this share, and by two frames.
constexpr double kAboutShare = 0.02;
constexpr std::int64_t kAboutFrames = 2;

media::EncodedPicture PictureOf(const VideoFileConfig& config, FrameReader& frames) {
  try {
    return frames.Picture();
  } catch (const media::WrongSize& error) {
    throw ConfigError(ProblemsWith("width", error));
  } catch (const media::NoVideo& error) {
    throw ConfigError(ProblemsWith(config.files_key(), error));
  }
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

std::string Rounded(double value) {
  std::string text = std::to_string(std::round(value * 1000) / 1000);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::string Summary(const FrameReader& frames, const VideoFileConfig& config, const std::string& file) {
  const media::StreamFacts& facts = frames.facts();
  std::string text = "plays " + file + ": " + facts.codec + " in " + facts.container + ", " +
                     std::to_string(facts.width) + "x" + std::to_string(facts.height) + ", " +
                     Rounded(1e6 / frames.frame_us()) + " fps";
  if (const auto expected = frames.expected()) {
    text += (expected->about ? ", about " : ", ") + std::to_string(expected->frames) + " frames";
  }
  if (config.format == VideoFileConfig::ImageFormat::kCopy) return text + "; it is copied as it is";
  return text + (frames.passes_through() ? "; its JPEGs pass through as they are" : "");
}

bool IsMissingFrames(std::int64_t found, const Expectation& expected) {
  if (!expected.about) return found < expected.frames;
  const double least = static_cast<double>(expected.frames) * (1 - kAboutShare) - kAboutFrames;
  return static_cast<double>(found) < least;
}

}  // namespace

FilePlayer::FilePlayer(const VideoFileConfig& config, std::string file, Place place, SourceTaskContext& context)
    : config_(config),
      file_(std::move(file)),
      alone_(place.alone),
      context_(context),
      source_name_(std::filesystem::path(file_).filename().string()),
      key_(!config_.record_key.empty() ? config_.record_key
           : config_.file.empty()      ? source_name_
                                       : context.connector()),
      frames_(OpenFile(config_, file_)),
      last_timestamp_(place.last_timestamp) {
  context_.Log(place.ended ? LogLevel::kDebug : LogLevel::kInfo, Summary(*frames_, config_, file_));
  if (place.ended) {
    position_ = *std::move(place.ended);
    BeginNextLoop();
    return;
  }
  if (const auto offset = context_.StoredOffset({{"file", file_}})) position_ = Position::FromOffset(*offset);
  Resume();
}

void FilePlayer::Resume() {
  if (position_.frame == 0) return;
  const FrameMark mark{.ticks = position_.last_ticks,
                       .check = position_.last_check,
                       .place = position_.last_place,
                       .shift_us = position_.shift_us};
  if (!frames_->SeekTo(position_.frame - 1, mark)) {
    frames_.reset();
    frames_ = OpenFile(config_, file_);
    to_skip_ = position_.frame;
    position_.gop.reset();
    return;
  }
  context_.Log(LogLevel::kInfo, "goes on at frame " + std::to_string(position_.frame));
}

/// Some containers cannot be positioned exactly, so their frames are counted from the start. In slices, as a long file
/// takes a while and a stop must not wait for it.
bool FilePlayer::FinishResume(std::stop_token stop) {
  if (to_skip_ == 0) return true;
  const auto slice_end = Clock::now() + kPollTime;
  while (to_skip_ > 0 && !stop.stop_requested() && Clock::now() < slice_end) {
    const Advanced advanced = frames_->Advance({.until = slice_end, .stop = stop});
    if (advanced == Advanced::kNotYet) return false;
    if (advanced == Advanced::kEnd) {
      context_.Log(LogLevel::kWarn,
                   "frame " + std::to_string(position_.frame) + " comes next, but " + file_ + " now ends after " +
                       std::to_string(position_.frame - to_skip_) +
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
    context_.Log(LogLevel::kWarn, "frame " + std::to_string(position_.frame - 1) + " of " + file_ +
                                      " is not the picture that was sent before the restart; was the file replaced? To "
                                      "start over, stop the connector and DELETE its offsets");
  }
  return true;
}

std::vector<SourceRecord> FilePlayer::Poll(std::stop_token stop) {
  if (!FinishResume(stop)) return {};
  if (at_end_) {
    WaitUntil(Clock::now() + kPollTime, stop);
    return {};
  }
  auto records = config_.pace == VideoFileConfig::Pace::kRealtime ? PollPaced(stop) : PollUnpaced(stop);
  ReportMetrics(false);
  return records;
}

std::vector<SourceRecord> FilePlayer::PollPaced(std::stop_token stop) {
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

std::vector<SourceRecord> FilePlayer::PollUnpaced(std::stop_token stop) {
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

std::optional<FilePlayer::Pending> FilePlayer::NextRecord(const media::Patience& patience) {
  Advanced advanced = frames_->Advance(patience);
  if (advanced == Advanced::kEnd) {
    ReportEnd();
    if (at_end_) return std::nullopt;
    StartNextLoop();
    advanced = frames_->Advance(patience);
  }
  if (advanced == Advanced::kEnd) throw ConfigError(NothingDecodes(config_, file_, frames_->facts()));
  if (advanced == Advanced::kNotYet) return std::nullopt;
  ReportJump();
  const FrameTime time = frames_->time();
  const std::int64_t in_file_us =
      config_.fps > 0 ? std::llround(static_cast<double>(position_.frame) * 1e6 / config_.fps) : time.us;
  const std::int64_t us = position_.loop_us + in_file_us;
  const std::string frame_number = std::to_string(position_.frame);
  const std::string loop_number = std::to_string(position_.loop);
  media::EncodedPicture frame = PictureOf(config_, *frames_);

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
                      .source_partition = {{"file", file_}},
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

void FilePlayer::BeginNextLoop() {
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
}

void FilePlayer::StartNextLoop() {
  BeginNextLoop();
  frames_.reset();  // one decoder at a time: each holds some 15 MB
  frames_ = OpenFile(config_, file_);
}

void FilePlayer::ReportJump() {
  const auto jump = frames_->TakeJump();
  if (!jump) return;
  ++jumps_;
  const std::string at = Rounded(static_cast<double>(jump->at_us) / 1e6) + " s";
  const std::string by = Rounded(std::abs(static_cast<double>(jump->by_us)) / 1e6) + " s";
  if (position_.loop > 0) return;  // said the first time
  context_.Log(LogLevel::kWarn, jump->by_us > 0 ? "a gap of " + by + " in " + file_ + " at " + at +
                                                      "; played on at once, and left out of the frames' times"
                                                : "the clock of " + file_ + " starts anew at " + at +
                                                      " (it goes back by " + by + "); the frames' times go on");
}

void FilePlayer::ReportEnd() {
  if (position_.frame == 0) throw ConfigError(NothingDecodes(config_, file_, frames_->facts()));
  const bool first_time = position_.loop == 0;
  at_end_ = !config_.loop || !alone_;
  context_.Log(first_time ? LogLevel::kInfo : LogLevel::kDebug,
               (alone_ ? "end of file after " : "end of " + file_ + " after ") + std::to_string(position_.frame) +
                   " frames" +
                   (!alone_        ? ""
                    : config_.loop ? "; starts again"
                                   : "; the task stays idle"));
  const auto expected = frames_->expected();
  if (first_time && expected && IsMissingFrames(position_.frame, *expected)) {
    context_.Log(LogLevel::kWarn,
                 file_ + " is damaged or cut off: " + std::to_string(position_.frame) + " frames could be read, " +
                     (expected->about ? "about " : "") + std::to_string(expected->frames) +
                     " were expected; every readable frame was sent. Copy or record it again if the others matter");
  }
  ReportMetrics(true);
}

void FilePlayer::ReportMetrics(bool now) {
  if (!now && Clock::now() - last_report_ < kReportEvery) return;
  last_report_ = Clock::now();
  Fields metrics{{"frames_read", position_.frame},
                 {"end_of_file", at_end_ && alone_},
                 {"passes_through", frames_->passes_through()},
                 {"held_up_seconds", pacer_.slipped().count()},
                 {"clock_jumps", jumps_}};
  if (const auto expected = frames_->expected()) metrics["frames_expected"] = expected->frames;
  if (config_.loop) metrics["loop"] = position_.loop;
  context_.ReportMetrics(metrics);
}

}  // namespace framespool::video_file
