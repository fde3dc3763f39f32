#include <algorithm>

#include "config_json.h"
#include "error_response.h"
#include "resources.h"

namespace framespool::rest {

namespace {

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
          {"first_timestamp", EpochMilliseconds(reason.first)},
          {"last_timestamp", EpochMilliseconds(reason.last)}};
}

}  // namespace

base::Outcome<Change> GetDeadLetters(const Call& call) {
  return Change([name = call.params.at(0)](const Worker& worker) {
    const auto report = worker.inspection.DeadLetters(name);
    if (!report) return ErrorResponse(report.error());
    Json reasons = Json::array();
    for (const auto& reason : report->reasons) reasons.push_back(ReasonToJson(reason));
    Json letters = Json::array();
    for (const auto& letter : report->letters) {
      Json json = ToJson(letter.record);
      json["reason"] = letter.reason;
      letters.push_back(std::move(json));
    }
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
