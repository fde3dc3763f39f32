#include <base/log.h>

#include <cmath>

#include "config_json.h"
#include "error_response.h"
#include "resources.h"

namespace framespool::rest {

namespace {

using base::Outcome;

Json Milliseconds(const std::optional<Timestamp>& time) {
  return time ? Json(time->time_since_epoch().count()) : Json(nullptr);
}

Json TopicToJson(const inspect::TopicReport& topic) {
  Json partitions = Json::array();
  for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
    const Extent& extent = topic.partitions[i];
    partitions.push_back({{"partition", i},
                          {"first_offset", extent.first},
                          {"end_offset", extent.end},
                          {"first_timestamp", Milliseconds(extent.first_time)},
                          {"last_timestamp", Milliseconds(extent.last_time)}});
  }
  return {{"name", topic.name},       {"bytes", topic.bytes},     {"config", ToJson(topic.config)},
          {"partitions", partitions}, {"sources", topic.sources}, {"sinks", topic.sinks}};
}

std::string_view LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kTrace: return "TRACE";
    case LogLevel::kDebug: return "DEBUG";
    case LogLevel::kInfo: return "INFO";
    case LogLevel::kWarn: return "WARN";
    case LogLevel::kError: return "ERROR";
  }
  return "INFO";
}

std::optional<LogLevel> LevelNamed(std::string_view text) {
  const std::string wanted = LowerCase(text);
  for (const LogLevel level :
       {LogLevel::kTrace, LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarn, LogLevel::kError}) {
    if (LowerCase(LevelName(level)) == wanted) return level;
  }
  return std::nullopt;
}

std::string First(const Call& call, std::string_view name) {
  const auto values = call.QueryValues(name);
  return values.empty() ? "" : std::string(values.front());
}

}  // namespace

Response GetWorker(const Reads& worker, const Call& /*call*/) {
  const auto info = worker.connectors.Info();
  const auto report = worker.inspection.Report();
  Json json{{"version", info.version},
            {"commit", info.commit},
            {"worker_id", info.worker_id},
            {"broker", report.broker},
            {"broker_reachable", report.broker_reachable},
            {"broker_message", report.broker_message},
            {"uptime_ms", report.uptime.count()},
            {"pid", report.pid},
            {"rss_bytes", report.rss_bytes},
            {"data_dir", report.data_dir},
            {"plugins_refused", report.plugins_refused}};
  for (const auto& [name, value] : report.build_facts) json[name] = value;
  return {.body = Dump(json)};
}

Response GetLogs(const Reads& /*worker*/, const Call& call) {
  constexpr std::uint64_t kMost = 1000;
  const auto after = call.Number("after", 0);
  if (!after) return ErrorResponse(after.error());
  const auto limit = call.Number("limit", 500);
  if (!limit) return ErrorResponse(limit.error());
  const auto level_text = First(call, "level");
  const auto level = level_text.empty() ? LogLevel::kTrace : LevelNamed(level_text);
  if (!level)
    return ErrorResponse(400, "level must be one of TRACE, DEBUG, INFO, WARN, ERROR, but is \"" + level_text + "\"");
  const std::uint64_t newest = log::NewestLine();
  const auto most = std::min(*limit, kMost);
  const auto lines = log::Tail(*after, *level, First(call, "connector"), most);
  Json entries = Json::array();
  for (const log::Line& line : lines) {
    entries.push_back({{"seq", line.sequence},
                       {"time", line.time.time_since_epoch().count()},
                       {"level", LevelName(line.level)},
                       {"logger", line.logger},
                       {"message", line.message}});
  }
  // A full answer ends at its last line; otherwise all up to the newest has been looked at.
  const std::uint64_t next = lines.size() == most && !lines.empty() ? lines.back().sequence : newest;
  return {.body = Dump({{"next", next}, {"entries", entries}})};
}

Response GetEvents(const Reads& worker, const Call& call) {
  const auto after = call.Number("after", 0);
  if (!after) return ErrorResponse(after.error());
  Json events = Json::array();
  std::uint64_t next = *after;
  for (const inspect::Event& event : worker.inspection.Events(next)) {
    next = event.sequence;
    events.push_back({{"seq", event.sequence},
                      {"time", event.time.time_since_epoch().count()},
                      {"connector", event.connector},
                      {"task", event.task < 0 ? Json(nullptr) : Json(event.task)},
                      {"state", event.state},
                      {"message", event.message}});
  }
  return {.body = Dump({{"next", next}, {"events", events}})};
}

Response GetMetrics(const Reads& worker, const Call& /*call*/) {
  const herder::WorkerInfo info = worker.connectors.Info();
  return {.body = worker.inspection.MetricsText({.version = info.version,
                                                 .commit = info.commit,
                                                 .problems = worker.connectors.GetHealth().problems,
                                                 .connector_starts = worker.connectors.ConnectorStarts(),
                                                 .task_starts = worker.connectors.TaskStarts()}),
          .content_type = "text/plain; version=0.0.4; charset=utf-8"};
}

Response GetMetricsHistory(const Reads& worker, const Call& call) {
  const std::string resolution = First(call, "resolution");
  if (!resolution.empty() && resolution != "1s" && resolution != "1m") {
    return ErrorResponse(
        400, "resolution must be 1s (the last 15 minutes) or 1m (the last 6 hours), but is \"" + resolution + "\"");
  }
  const auto report = worker.inspection.Metrics(
      resolution == "1m" ? inspect::Resolution::kMinute : inspect::Resolution::kSecond, First(call, "connector"));
  Json times = Json::array();
  for (const Timestamp time : report.times) times.push_back(time.time_since_epoch().count());
  Json series = Json::object();
  for (const auto& [connector, metrics] : report.series) {
    Json own = Json::object();
    for (const auto& [metric, values] : metrics) {
      Json samples = Json::array();
      for (const float value : values) samples.push_back(std::isnan(value) ? Json(nullptr) : Json(value));
      own[metric] = std::move(samples);
    }
    series[connector] = std::move(own);
  }
  return {.body = Dump({{"resolution_ms", report.resolution.count()}, {"times", times}, {"series", series}})};
}

Outcome<Change> ListTopics(const Call& /*call*/) {
  return Change([](const Worker& worker) {
    Json topics = Json::array();
    for (const auto& topic : worker.inspection.Topics()) topics.push_back(TopicToJson(topic));
    return Response{.body = Dump(topics)};
  });
}

Outcome<Change> GetTopic(const Call& call) {
  return Change([name = call.params.at(0)](const Worker& worker) {
    const auto topic = worker.inspection.Topic(name);
    if (!topic) return ErrorResponse(topic.error());
    return Response{.body = Dump(TopicToJson(*topic))};
  });
}

Outcome<Change> DeleteTopic(const Call& call) {
  return Change([name = call.params.at(0)](const Worker& worker) {
    const auto outcome = worker.changes.DeleteTopic(name);
    if (!outcome) return ErrorResponse(outcome.error());
    return Response{.status = 204};
  });
}

}  // namespace framespool::rest
