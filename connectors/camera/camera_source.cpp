#include "camera_source.h"

#include <charconv>
#include <utility>

#include "live_input.h"
#include "snapshot_input.h"

namespace framespool::camera {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kPollTime = 900ms;
constexpr auto kReportEvery = 1s;
// The worker waits 10 s for a check, and opening may take three times as long as one answer.
constexpr auto kCheckTimeout = 1s;

std::string KeyOf(const CameraConfig& config, const std::string& connector) {
  return config.record_key.empty() ? connector : config.record_key;
}

std::optional<Position> StoredPosition(SourceTaskContext& context, const std::string& key) {
  const auto offset = context.StoredOffset(PartitionOf(key));
  return offset ? std::optional(Position::FromOffset(*offset)) : std::nullopt;
}

void Look(const CameraConfig& config) {
  const InputAddress address = AddressOf(config);
  if (config.url.empty()) {
    SnapshotInput(address, config.snapshot_interval, kCheckTimeout, {}).Next();
  } else {
    const LiveInput input(address, kCheckTimeout, {});
  }
}

}  // namespace

std::vector<Problem> CameraSource::Check(const Config& config, const std::string& /*connector*/) {
  try {
    Look(config);
    return {};
  } catch (const CameraAway& error) {
    Problem away = error.problems().front();
    away.field = config.url.empty() ? "snapshot.url" : "url";
    away.message = "gives nothing yet, and is going to be tried for ever: " + away.message;
    away.is_warning = true;
    return {std::move(away)};
  }
}

RecordFacts CameraSource::DescribeRecord(const SourceRecord& record) {
  const auto number = [&](std::string_view header) -> std::optional<std::int64_t> {
    const auto text = FindHeader(record.headers, header);
    std::int64_t value = 0;
    if (!text || std::from_chars(text->data(), text->data() + text->size(), value).ec != std::errc())
      return std::nullopt;
    return value;
  };
  RecordFacts facts{.content_type = std::string(FindHeader(record.headers, "content-type").value_or("")),
                    .shows = false,
                    .facts = {},
                    .time = std::nullopt};
  facts.shows = facts.content_type.starts_with("image/");
  if (const auto width = number("framespool.width")) facts.facts["width"] = *width;
  if (const auto height = number("framespool.height")) facts.facts["height"] = *height;
  if (const auto us = number("framespool.pts.us")) facts.time = std::chrono::microseconds(*us);
  return facts;
}

std::optional<Problem> CameraSource::CheckOffset(const Config& config, const std::string& connector,
                                                 const Fields& partition, const Fields& offset) {
  const std::string key = KeyOf(config, connector);
  if (partition != PartitionOf(key)) return Problem{.message = "partition must be {\"camera\": \"" + key + "\"}"};
  if (auto wrong = Position::ProblemWith(offset)) return Problem{.message = std::move(*wrong)};
  return std::nullopt;
}

CameraSource::CameraSource(Config config, SourceTaskContext& context)
    : config_(std::move(config)),
      context_(context),
      feed_(config_, context, KeyOf(config_, context.connector()),
            StoredPosition(context, KeyOf(config_, context.connector()))) {}

std::vector<SourceRecord> CameraSource::Poll(std::stop_token stop) {
  auto records = feed_.records().TakeAll(kPollTime, stop);
  ReportMetrics();
  if (records.empty() && stop.stop_requested()) {
    if (auto why = feed_.status().why_away()) throw RetriableError(std::move(*why));
  }
  return records;
}

void CameraSource::ReportMetrics() {
  const auto now = Clock::now();
  if (now - last_report_ < kReportEvery) return;
  last_report_ = now;
  context_.ReportMetrics(feed_.status().Metrics());
}

}  // namespace framespool::camera
