#include <pistache/base64.h>

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
  if (!report.is_image || report.first_frame.size() > kLargestPicture) return "";
  const auto bytes = report.first_frame.bytes();
  const std::vector<std::byte> copy(bytes.begin(), bytes.end());
  Base64Encoder encoder(copy);
  return "data:" + report.content_type + ";base64," + encoder.Encode();
}

Json ReportToJson(const inspect::ProbeReport& report) {
  const Json bytes_per_second = report.fps ? Json(report.frame_bytes * *report.fps) : Json(nullptr);
  return {{"frames", report.frames},
          {"content_type", report.content_type},
          {"width", report.is_image ? Json(report.width) : Json(nullptr)},
          {"height", report.is_image ? Json(report.height) : Json(nullptr)},
          {"first_frame", DataUrl(report)},
          {"frame_bytes", report.frame_bytes},
          {"fps", report.fps ? Json(*report.fps) : Json(nullptr)},
          {"bytes_per_second", bytes_per_second},
          {"bytes_per_day", report.fps ? Json(report.frame_bytes * *report.fps * kSecondsOfADay) : Json(nullptr)},
          {"metrics", ToJson(report.metrics)},
          {"messages", report.messages}};
}

}  // namespace

base::Outcome<Change> ProbePlugin(const Call& call) {
  auto config = ParseConfig(call.request.body);
  if (auto* refusal = std::get_if<base::Refusal>(&config)) return std::move(*refusal);
  return Change([plugin = call.params.at(0), config = std::get<RawConfig>(std::move(config))](herder::Herder& herder) {
    const auto outcome = herder.Probe(plugin, config);
    if (const auto* refusal = std::get_if<base::Refusal>(&outcome)) return ErrorResponse(*refusal);
    return Response{.body = Dump(ReportToJson(std::get<inspect::ProbeReport>(outcome)))};
  });
}

}  // namespace framespool::rest
