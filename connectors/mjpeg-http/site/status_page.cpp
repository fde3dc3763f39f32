#include "site/status_page.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "framespool/http/text.h"
#include "framespool/media/image.h"
#include "topic/moment.h"

namespace framespool::mjpeg {

namespace {

using Json = nlohmann::ordered_json;

Position PositionOf(const StatusFacts& facts, Track& track, ViewContext& context) {
  Position position = facts.live ? track.End() : track.First();
  if (facts.standing && (!facts.live || facts.main_viewers > 0)) {
    position = facts.standing->position;
  } else if (!facts.live) {
    for (std::size_t i = 0; i < position.size(); ++i) {
      if (const auto stored = context.CommittedOffset(facts.group, track.source(i))) position[i] = *stored;
    }
  }
  return position;
}

/// The recording time of what has been delivered last, or of what is next.
std::optional<Timestamp> TimeAt(const StatusFacts& facts, const StatusReport& report, Track& track, NextFrame& next,
                                std::stop_token stop) {
  if (facts.standing && facts.standing->last_time) return facts.standing->last_time;
  if (next.time && next.position == report.position) return next.time;
  next = {report.position, std::nullopt};
  for (std::size_t i = 0; i < report.position.size(); ++i) {
    const auto record = track.StoredAt(i, std::max(report.position[i], report.extents[i].first), stop);
    if (record && (!next.time || record->timestamp < *next.time)) next.time = record->timestamp;
  }
  return next.time;
}

Json TimeOrNull(const std::optional<Timestamp>& time) { return time ? Json(TimeText(*time)) : Json(nullptr); }

Json PositionJson(const Position& position) { return position.size() == 1 ? Json(position[0]) : Json(position); }

/// `text` with what no head may hold (RFC 9110, 5.5), and '%' itself, as %XX: bytes come through.
std::string Coded(std::string_view text) {
  std::string coded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool at_an_end = i == 0 || i + 1 == text.size();
    const bool plain = c >= 0x20 && c < 0x7F && c != '%' && !(c == ' ' && at_an_end);
    coded += plain ? std::string(1, c) : http::PercentEncode(text.substr(i, 1));
  }
  return coded;
}

/// framespool.pts.us → Pts-Us; bytes that are no ASCII → %XX
std::string HeaderName(std::string_view key) {
  if (key.starts_with("framespool.")) key.remove_prefix(11);
  std::string name;
  bool first = true;
  for (const char c : key.substr(0, 60)) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool digit = c >= '0' && c <= '9';
    const bool between_words = !letter && !digit && c >= 0x20 && c < 0x7F;
    if (between_words) {
      name += '-';
    } else if (letter || digit) {
      name += first && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    } else {
      name += http::PercentEncode({&c, 1});
    }
    first = between_words;
  }
  return name;
}

std::string HeaderValue(std::string_view value) { return Coded(value.substr(0, 1024)); }

}  // namespace

StatusReport MakeStatus(const StatusFacts& facts, Track& track, ViewContext& context, NextFrame& next,
                        std::stop_token stop) {
  StatusReport report;
  report.extents = track.Extents();
  report.position = PositionOf(facts, track, context);
  std::int64_t frames = 0;
  for (std::size_t i = 0; i < report.extents.size(); ++i) {
    const Extent& extent = report.extents[i];
    frames += extent.end - extent.first;
    report.lag_frames += std::max<std::int64_t>(0, extent.end - std::max(extent.first, report.position[i]));
    if (extent.first_time && (!report.first_time || *extent.first_time < *report.first_time))
      report.first_time = extent.first_time;
    if (extent.last_time && (!report.last_time || *extent.last_time > *report.last_time))
      report.last_time = extent.last_time;
  }
  report.waiting_for = context.BrokerTrouble();
  if (report.lag_frames > 0 && report.last_time && !report.waiting_for) {
    if (const auto time = TimeAt(facts, report, track, next, stop)) {
      report.lag_seconds = std::max(0.0, std::chrono::duration<double>(*report.last_time - *time).count());
    }
  }
  if (report.waiting_for) {
    report.state = "waiting for the broker";
  } else if (context.paused()) {
    report.state = "paused";
  } else if (frames == 0) {
    report.state = "waiting for frames";
  } else if (facts.main_viewers == 0) {
    report.state = "waiting for a viewer";
  } else {
    report.state = facts.moving || report.lag_frames > 0 ? "playing" : "waiting for frames";
  }
  return report;
}

Answer StatusAnswer(const StatusFacts& facts, const StatusReport& report) {
  Json json{{"connector", facts.connector},
            {"topic", facts.topic},
            {"url", facts.url},
            {"time", TimeText(Now())},
            {"playback", facts.live ? "live" : "resume"},
            {"state", report.state},
            {"waiting_for", report.waiting_for ? Json(*report.waiting_for) : Json(nullptr)},
            {"no_picture", facts.no_picture.empty() ? Json(nullptr) : Json(facts.no_picture)},
            {"viewers", facts.viewers},
            {"mux_viewers", facts.mux_viewers},
            {"position", PositionJson(report.position)},
            {"lag_frames", report.lag_frames},
            {"lag_seconds", report.lag_seconds}};
  Json partitions = Json::array();
  std::int64_t first = 0, end = 0;
  for (std::size_t i = 0; i < report.extents.size(); ++i) {
    const Extent& extent = report.extents[i];
    first = extent.first;
    end = extent.end;
    partitions.push_back({{"partition", i},
                          {"position", report.position[i]},
                          {"first_offset", extent.first},
                          {"end_offset", extent.end},
                          {"first_time", TimeOrNull(extent.first_time)},
                          {"last_time", TimeOrNull(extent.last_time)}});
  }
  const bool one = report.extents.size() == 1 && end > first;
  json["extent"] = {{"first_offset", one ? Json(first) : Json(nullptr)},
                    {"last_offset", one ? Json(end - 1) : Json(nullptr)},
                    {"first_time", TimeOrNull(report.first_time)},
                    {"last_time", TimeOrNull(report.last_time)}};
  json["partitions"] = std::move(partitions);
  json["groups"] = Json::array();
  for (const StatusFacts::Group& group : facts.groups) {
    json["groups"].push_back({{"group", group.name},
                              {"key", group.key.empty() ? Json(nullptr) : Json(group.key)},
                              {"video", group.video},
                              {"viewers", group.viewers},
                              {"position", group.standing ? PositionJson(group.standing->position) : Json(nullptr)}});
  }
  json["clips"] = Json::array();
  for (const ClipDesk::Standing& clip : facts.clips) {
    json["clips"].push_back({{"id", clip.id},
                             {"format", clip.format},
                             {"phase", clip.phase},
                             {"frames", clip.frames},
                             {"frames_done", clip.frames_done},
                             {"bytes", clip.bytes},
                             {"bytes_done", clip.bytes_done}});
  }
  Answer answer;
  answer.text = json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  return answer;
}

Fields Metrics(const StatusFacts& facts, const StatusReport& report, const SinkCounters& counters) {
  Fields metrics{{"http_port", static_cast<std::int64_t>(facts.port)},
                 {"url", facts.url},
                 {"mux_url", facts.mux_url},
                 {"time", TimeText(Now())},
                 {"viewers", static_cast<std::int64_t>(facts.viewers)},
                 {"playhead_viewers", static_cast<std::int64_t>(facts.main_viewers)},
                 {"mux_viewers", static_cast<std::int64_t>(facts.mux_viewers)},
                 {"video_viewers", counters.video_viewers.load()},
                 {"state", report.state},
                 {"lag_frames", report.lag_frames},
                 {"lag_seconds", report.lag_seconds},
                 {"latency_p50_ms", facts.latency.p50_ms},
                 {"latency_p95_ms", facts.latency.p95_ms},
                 {"frames_sent", counters.frames_sent.load()},
                 {"frames_skipped", counters.frames_skipped.load()},
                 {"bytes_sent", counters.bytes_sent.load()},
                 {"viewers_stalled", counters.viewers_stalled.load()},
                 {"viewers_refused", counters.viewers_refused.load()},
                 {"records_not_images", counters.records_not_images.load()},
                 {"decoders", facts.decoders},
                 {"units_undecodable", facts.units_undecodable},
                 {"units_without_key", facts.units_without_key}};
  if (report.position.size() == 1) metrics["position"] = report.position[0];
  return metrics;
}

Answer FrameAnswer(const SinkRecord& record) {
  Answer answer;
  answer.image = record.value.payload();
  // Never the type a record merely claims: only an image may be shown by a browser under this address.
  answer.content_type = media::ImageType(record.headers, record.value).value_or("application/octet-stream");
  const auto add = [&](const std::string& name, std::string value) {
    const bool taken =
        std::any_of(answer.headers.begin(), answer.headers.end(), [&](const auto& each) { return each.first == name; });
    if (!taken) answer.headers.emplace_back(name, std::move(value));
  };
  // And whatever a browser takes it for, it is to do nothing.
  answer.headers.emplace_back("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox");
  // Of the picture as it is looked at, whatever the record says of the one that is stored.
  if (const auto size = media::SizeOf(answer.image)) {
    add("X-Framespool-Width", std::to_string(size->width));
    add("X-Framespool-Height", std::to_string(size->height));
  }
  add("X-Framespool-Offset", std::to_string(record.offset));
  add("X-Framespool-Partition", std::to_string(record.partition));
  add("X-Framespool-Timestamp", TimeText(record.timestamp));
  // Nothing of a null key, and an empty text of an empty one.
  if (record.key) add("X-Framespool-Key", HeaderValue(*record.key));
  if (record.value.is_null()) add("X-Framespool-Value", "null");
  for (auto header = record.headers.rbegin(); header != record.headers.rend() && answer.headers.size() < 64; ++header) {
    if (header->key != "content-type") add("X-Framespool-" + HeaderName(header->key), HeaderValue(header->value));
  }
  return answer;
}

Answer WrongPartition(std::size_t partition, std::size_t partitions) {
  return BadRequest("partition must be a number from 0 to " + std::to_string(partitions - 1) + ", but is \"" +
                    std::to_string(partition) + "\"");
}

Answer NoFrame(const Extent& extent, std::string_view wanted) {
  if (extent.first == extent.end) return NotFound("there is no frame yet: the topic is empty");
  return NotFound("there is no frame " + std::string(wanted) + "; the topic holds " + std::to_string(extent.first) +
                  " to " + std::to_string(extent.end - 1));
}

}  // namespace framespool::mjpeg
