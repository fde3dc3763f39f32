#include "record_maker.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace framespool::camera {
namespace {

using namespace std::chrono_literals;

constexpr const char* kSession = "session";
constexpr const char* kPts = "pts_us";
constexpr const char* kArrival = "arrival_us";

// A camera's clock that is further off is not set at all.
constexpr std::chrono::hours kWrongClock = 24h;

std::optional<std::int64_t> NumberIn(const Fields& fields, const char* name) {
  const auto found = fields.find(name);
  const auto* number = found == fields.end() ? nullptr : std::get_if<std::int64_t>(&found->second);
  return number == nullptr ? std::nullopt : std::optional(*number);
}

std::int64_t Microseconds(std::chrono::system_clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

void DescribePicture(SourceRecord& record, const Frame& frame, std::int64_t session, std::int64_t pts_us) {
  const auto add = [&](const char* key, std::string value) { record.headers.push_back({key, std::move(value)}); };
  add("content-type", frame.content_type);
  add("framespool.session", std::to_string(session));
  add("framespool.pts.us", std::to_string(pts_us));
  if (frame.capture_us) add("framespool.capture.us", std::to_string(*frame.capture_us));
  add("framespool.width", std::to_string(frame.width));
  add("framespool.height", std::to_string(frame.height));
  if (frame.broken) add("framespool.broken", "1");
}

}  // namespace

Fields Position::ToOffset() const { return {{kSession, session}, {kPts, last.us}, {kArrival, last.arrival_us}}; }

Position Position::FromOffset(const Fields& offset) {
  Position position{.session = NumberIn(offset, kSession).value_or(0), .last = {}};
  position.last.us = NumberIn(offset, kPts).value_or(0);
  position.last.arrival_us = NumberIn(offset, kArrival).value_or(Microseconds(std::chrono::system_clock::now()));
  return position;
}

std::optional<std::string> Position::ProblemWith(const Fields& offset) {
  const auto is_number = [&](const auto& each) {
    const auto* number = std::get_if<std::int64_t>(&each.second);
    return (each.first == kSession || each.first == kPts || each.first == kArrival) && number != nullptr &&
           *number >= 0;
  };
  if (NumberIn(offset, kSession) && NumberIn(offset, kPts) && std::all_of(offset.begin(), offset.end(), is_number))
    return std::nullopt;
  return "offset must be {\"session\": NUMBER, \"pts_us\": NUMBER}, those of the last record, whole numbers of at "
         "least 0; "
         "a camera cannot be set back, the next frame only goes on behind them";
}

Fields PartitionOf(const std::string& key) { return {{"camera", key}}; }

RecordMaker::RecordMaker(const CameraConfig& config, std::string key, std::optional<Position> last)
    : config_(config),
      key_(std::move(key)),
      partition_(PartitionOf(key_)),
      session_(last ? last->session : -1),
      timeline_(last ? Timeline(last->last) : Timeline()) {}

void RecordMaker::BeginSession() {
  ++session_;
  timeline_.BeginSession();
  had_key_ = false;
}

Timestamp RecordMaker::TimestampOf(const Frame& frame) {
  auto time = std::chrono::floor<std::chrono::milliseconds>(frame.arrival.wall);
  if (config_.time == TimeFrom::kCamera && frame.capture_us) {
    const auto captured =
        Timestamp(std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::microseconds(*frame.capture_us)));
    if (std::chrono::abs(captured - time) < kWrongClock) time = captured;
  }
  return last_timestamp_ = std::max(last_timestamp_, time);
}

void RecordMaker::CountGop(const Frame& frame) {
  if (!frame.is_key) {
    ++gop_;
    return;
  }
  if (had_key_) gop_us_ = times_.dts_us - key_us_;
  had_key_ = true;
  gop_ = 0;
  key_us_ = times_.dts_us;
}

SourceRecord RecordMaker::Make(Frame frame) {
  const std::int64_t arrival_us = Microseconds(frame.arrival.wall);
  times_ = timeline_.Next(frame.pts_us, frame.dts_us, arrival_us);
  leapt_ = times_.leapt;
  if (frame.codec) CountGop(frame);
  SourceRecord record{.topic = config_.topic,
                      .partition = std::nullopt,
                      .key = key_,
                      .value = {},
                      .headers = {},
                      .timestamp = TimestampOf(frame),
                      .source_partition = partition_,
                      .source_offset = {}};
  if (frame.codec) {
    media::Describe(record, {.codec = *frame.codec,
                             .gop = gop_,
                             .session = session_,
                             .pts_us = times_.pts_us,
                             .dts_us = times_.dts_us,
                             .capture_us = frame.capture_us,
                             .width = frame.width,
                             .height = frame.height,
                             .broken = frame.broken});
  } else {
    DescribePicture(record, frame, session_, times_.pts_us);
  }
  record.value = std::move(frame.bytes);
  record.source_offset =
      Position{.session = session_, .last = {.us = times_.dts_us, .arrival_us = arrival_us}}.ToOffset();
  return record;
}

}  // namespace framespool::camera
