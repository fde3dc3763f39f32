#include <algorithm>

#include "config_json.h"
#include "error_response.h"
#include "resources.h"

namespace framespool::rest {

namespace {

std::int64_t EpochMs(Timestamp time) { return time.time_since_epoch().count(); }

Json ReasonToJson(const inspect::DeadLetterReason& reason) {
  return {{"named", reason.is_named},
          {"topic", reason.topic},
          {"stage", reason.stage},
          {"class", reason.class_name},
          {"exception", reason.exception_class},
          {"message", reason.message},
          {"messages_differ", reason.messages_differ},
          {"letters", reason.count},
          {"without_value", reason.without_value},
          {"first_timestamp", EpochMs(reason.first)},
          {"last_timestamp", EpochMs(reason.last)}};
}

Json LetterToJson(const inspect::DeadLetterRecord& letter) {
  Json headers = Json::array();
  for (const Header& header : letter.headers) headers.push_back({{"key", header.key}, {"value", header.value}});
  return {{"reason", letter.reason},
          {"partition", letter.partition},
          {"offset", letter.offset},
          {"timestamp", EpochMs(letter.timestamp)},
          {"key", letter.key ? Json(*letter.key) : Json(nullptr)},
          {"value", letter.value ? Json(http::Base64(*letter.value)) : Json(nullptr)},
          {"value_bytes", letter.value_bytes},
          {"headers", headers}};
}

}  // namespace

base::Outcome<Change> GetDeadLetters(const Call& call) {
  return Change([name = call.params.at(0)](const Worker& worker) {
    const auto report = worker.inspection.DeadLetters(name);
    if (!report) return ErrorResponse(report.error());
    Json reasons = Json::array();
    for (const auto& reason : report->reasons) reasons.push_back(ReasonToJson(reason));
    Json letters = Json::array();
    for (const auto& letter : report->letters) letters.push_back(LetterToJson(letter));
    return Response{.body = Dump({{"topic", report->topic},
                                  {"exists", report->exists},
                                  {"records", report->records},
                                  {"looked_at", report->looked_at},
                                  {"complete", report->is_complete},
                                  {"own", report->own},
                                  {"others", report->others},
                                  {"unnamed", report->unnamed},
                                  {"reasons", reasons},
                                  {"in_further_reasons", report->in_further_reasons},
                                  {"letters", letters}})};
  });
}

}  // namespace framespool::rest
