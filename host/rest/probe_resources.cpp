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
            {"facts", ToJson(report.facts)}};
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
