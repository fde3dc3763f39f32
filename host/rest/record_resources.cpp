#include <array>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include <base/log.h>

#include "config_json.h"
#include "error_response.h"
#include "record_body.h"
#include "resources.h"

namespace framespool::rest {

namespace {

using base::Outcome;

constexpr std::uint64_t kMostRecords = 200;
constexpr std::uint64_t kLargestValue = 16 << 20;

/// What stands in the query for `name`; nothing when it is not there.
Outcome<std::optional<std::int64_t>> NumberIn(const Call& call, std::string_view name) {
  if (call.QueryValues(name).empty()) return std::nullopt;
  const auto number = call.Number(name, 0);
  if (!number) return base::PassOn(number);
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  if (*number > static_cast<std::uint64_t>(kMost)) return BadQuery(name, "must be at most " + std::to_string(kMost));
  return static_cast<std::int64_t>(*number);
}

Outcome<std::size_t> Bounded(const Call& call, std::string_view name, std::uint64_t fallback, std::uint64_t least,
                             std::uint64_t most) {
  const auto number = call.Number(name, fallback);
  if (!number) return base::PassOn(number);
  if (*number < least || *number > most) {
    return BadQuery(name, "must be from " + std::to_string(least) + " to " + std::to_string(most) + ", but is " +
                              std::to_string(*number));
  }
  return static_cast<std::size_t>(*number);
}

Outcome<inspect::RecordQuery> QueryOf(const Call& call) {
  inspect::RecordQuery query{.topic = call.params.at(0)};
  const auto partition = Bounded(call, "partition", 0, 0, std::numeric_limits<std::int32_t>::max());
  const auto offset = NumberIn(call, "offset");
  const auto before = NumberIn(call, "before");
  const auto time = NumberIn(call, "time");
  const auto limit = Bounded(call, "limit", query.limit, 1, kMostRecords);
  const auto whole_value = Bounded(call, "whole_value", query.whole_value, 0, kLargestValue);
  for (const auto* number : {&partition, &limit, &whole_value}) {
    if (!*number) return base::PassOn(*number);
  }
  int places = 0;
  for (const auto* place : {&offset, &before, &time}) {
    if (!*place) return base::PassOn(*place);
    places += **place ? 1 : 0;
  }
  if (places > 1) return BadQuery("offset", "goes together with neither before nor time: each names a place");
  query.partition = static_cast<std::int32_t>(*partition);
  query.offset = *offset;
  query.before = *before;
  if (*time) query.time = Timestamp(std::chrono::milliseconds(**time));
  query.limit = *limit;
  query.whole_value = *whole_value;
  if (const auto keys = call.QueryValues("key"); !keys.empty()) query.key = std::string(keys.front());
  return query;
}

}  // namespace

Outcome<Change> GetRecords(const Call& call) {
  auto query = QueryOf(call);
  if (!query) return base::PassOn(query);
  return Change([query = *std::move(query)](const Worker& worker) {
    const auto report = worker.inspection.Records(query);
    if (!report) return ErrorResponse(report.error());
    Json records = Json::array();
    for (const auto& record : report->records) records.push_back(ToJson(record));
    return Response{.body = Dump({{"topic", query.topic},
                                  {"partition", query.partition},
                                  {"first_offset", report->extent.first},
                                  {"end_offset", report->extent.end},
                                  {"begin", report->begin},
                                  {"end", report->end},
                                  {"looked_at", report->looked_at},
                                  {"records", records}})};
  });
}

Outcome<Change> WriteRecord(const Call& call) {
  auto parsed = ParseNewRecord(call.params.at(0), call.request.body);
  if (!parsed) return base::PassOn(parsed);
  const std::string who = call.who.user.empty() ? "somebody" : call.who.user;
  return Change([record = *std::move(parsed), who](const Worker& worker) {
    const auto written = worker.records.Write(record);
    if (!written) return ErrorResponse(written.error());
    log::Info("audit", who + " wrote the record at offset " + std::to_string(written->offset) + " of " + record.topic +
                           "-" + std::to_string(written->partition) + ", " + std::to_string(record.value.size()) +
                           " bytes");
    return Response{.status = 201,
                    .body = Dump({{"topic", record.topic},
                                  {"partition", written->partition},
                                  {"offset", written->offset},
                                  {"timestamp", EpochMilliseconds(written->timestamp)}})};
  });
}

}  // namespace framespool::rest
