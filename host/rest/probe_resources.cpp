#include <algorithm>
#include <string_view>

#include "config_json.h"
#include "error_response.h"
#include "request_body.h"
#include "resources.h"

namespace framespool::rest {

namespace {

// Of a source whose frames are larger the page gets the facts and no picture: an answer of tens of MB helps nobody.
constexpr std::size_t kLargestPicture = 8u << 20;
constexpr double kSecondsOfADay = 86400;

std::string DataUrl(const inspect::ProbeReport& report) {
  if (!report.shows || report.first_frame.size() > kLargestPicture) return "";
  const auto bytes = report.first_frame.bytes();
  return "data:" + report.content_type + ";base64," +
         http::Base64({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

/// What an answer has room for beside its first frame; the rest of a value is left away.
constexpr std::size_t kRoomForValues = 8u << 20;
constexpr std::size_t kBeginning = 1000;

std::string_view EndName(inspect::ChainReport::End end) {
  switch (end) {
    case inspect::ChainReport::End::kGoesOn: return "goes-on";
    case inspect::ChainReport::End::kLeftOut: return "left-out";
    case inspect::ChainReport::End::kHeldBack: return "held-back";
    case inspect::ChainReport::End::kFailed: return "failed";
  }
  return "failed";
}

Json RecordToJson(const inspect::ProbedRecord& record, std::size_t& room) {
  Json headers = Json::array();
  for (const Header& header : record.headers) headers.push_back({{"key", header.key}, {"value", header.value}});
  Json value(nullptr);
  if (record.value) {
    const std::string_view text = record.value->text();
    const std::size_t taken = text.size() <= room ? text.size() : std::min(kBeginning, text.size());
    room -= std::min(room, taken);
    value = http::Base64(text.substr(0, taken));
  }
  return {{"topic", record.topic},
          {"key", record.key ? Json(*record.key) : Json(nullptr)},
          {"value", value},
          {"value_bytes", record.value ? record.value->size() : 0},
          {"content_type", record.content_type},
          {"shows", record.shows},
          {"facts", ToJson(record.facts)},
          {"headers", headers},
          {"timestamp", record.timestamp.time_since_epoch().count()}};
}

Json ChainToJson(const inspect::ChainReport& chain) {
  Json left_out = Json::array();
  for (const auto& [place, records] : chain.left_out) left_out.push_back({{"by", place}, {"records", records}});
  Json steps = Json::array();
  std::size_t room = kRoomForValues;
  for (const auto& step : chain.steps) {
    steps.push_back({{"end", EndName(step.end)},
                     {"by", step.place},
                     {"problems", ToJson(step.problems)},
                     {"before", RecordToJson(step.before, room)},
                     {"after", step.after ? RecordToJson(*step.after, room) : Json(nullptr)}});
  }
  return {{"records", chain.records},
          {"go_on", chain.go_on},
          {"held_back", chain.held_back},
          {"failed", chain.failed},
          {"left_out", left_out},
          {"frame_bytes", chain.frame_bytes},
          {"problems", ToJson(chain.problems)},
          {"steps", steps}};
}

Json ReportToJson(const inspect::ProbeReport& report) {
  const Json bytes_per_second = report.fps ? Json(report.frame_bytes * *report.fps) : Json(nullptr);
  Json json{{"frames", report.frames},
            {"content_type", report.content_type},
            {"width", nullptr},
            {"height", nullptr},
            {"first_frame", DataUrl(report)},
            {"frame_bytes", report.frame_bytes},
            {"fps", report.fps ? Json(*report.fps) : Json(nullptr)},
            {"bytes_per_second", bytes_per_second},
            {"bytes_per_day", report.fps ? Json(report.frame_bytes * *report.fps * kSecondsOfADay) : Json(nullptr)},
            {"metrics", ToJson(report.metrics)},
            {"messages", report.messages},
            {"facts", ToJson(report.facts)},
            {"chain", report.chain ? ChainToJson(*report.chain) : Json(nullptr)}};
  // As long as there is this answer it has these two beside the facts, also of a source that says neither.
  for (const auto& [name, value] : json["facts"].items()) {
    if (const auto known = json.find(name); known != json.end() && known->is_null()) *known = value;
  }
  return json;
}

}  // namespace

base::Outcome<Change> ProbePlugin(const Call& call) {
  auto config = ParseConfig(call.request.body);
  if (!config) return base::PassOn(config);
  return Change([plugin = call.params.at(0), config = *std::move(config)](const Worker& worker) {
    RawConfig named = config;
    named.try_emplace("name", "probe");
    if (const auto admitted = worker.plugins.AdmitProbe(plugin, named); !admitted)
      return ErrorResponse(admitted.error());
    const auto outcome = worker.inspection.Probe(plugin, named);
    if (!outcome) return ErrorResponse(outcome.error());
    return Response{.body = Dump(ReportToJson(*outcome))};
  });
}

}  // namespace framespool::rest
