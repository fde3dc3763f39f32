#include "record_format.h"

#include <array>
#include <memory>
#include <stdexcept>
#include <string_view>

#include <base/fields_json.h>
#include <cluster/ledger_format.h>
#include <store_kafka/state_formats.h>
#include <nlohmann/json.hpp>

namespace framespool::cluster {

namespace {

using broker::StateWrite;
using nlohmann::json;

constexpr std::string_view kLedgerPrefix = "framespool-tasks-";
constexpr std::string_view kAnswerPrefix = "framespool-answer-";
constexpr std::string_view kLeaderKey = "framespool-leader";
constexpr std::string_view kRequestsKey = "framespool-requests";
constexpr std::string_view kMembersKey = "framespool-members";
constexpr std::string_view kTargetPrefix = "target-state-";

// Bytes that are no UTF-8 are replaced, never thrown at the caller.
std::string Text(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

constexpr std::array<std::pair<base::Reason, const char*>, 5> kReasons = {{{base::Reason::kInvalid, "invalid"},
                                                                           {base::Reason::kNotFound, "not-found"},
                                                                           {base::Reason::kConflict, "conflict"},
                                                                           {base::Reason::kUnavailable, "unavailable"},
                                                                           {base::Reason::kFailed, "failed"}}};
// Kinds are words of the code: those that a leader refuses with.
constexpr std::array<ProblemKind, 6> kKinds = {
    {"no-such-connector", "connector-exists", "no-such-task", "split-outdated", "precondition-failed", "not-in-time"}};

ProblemKind KindOf(const std::string& name) {
  for (const ProblemKind& each : kKinds) {
    if (each.text() == name) return each;
  }
  return "refused";
}

std::string AnswerValue(const Answer& answer) {
  json value = {{"at", answer.at}};
  if (answer.refused) {
    json problems = json::array();
    for (const Problem& problem : answer.refused->problems) {
      problems.push_back({{"field", problem.field},
                          {"message", problem.message},
                          {"kind", problem.kind.text()},
                          {"facts", framespool::ToJson(problem.facts)}});
    }
    for (const auto& [reason, name] : kReasons) {
      if (reason == answer.refused->reason)
        value["refused"] = {{"reason", name}, {"message", answer.refused->message}, {"problems", problems}};
    }
  }
  return Text(value);
}

Answer AnswerFromValue(const std::string& text) {
  const json value = json::parse(text);
  Answer answer{.refused = {}, .at = value.at("at").get<std::int64_t>()};
  const auto refused = value.find("refused");
  if (refused == value.end()) return answer;
  base::Refusal refusal{.message = refused->at("message").get<std::string>(), .problems = {}};
  for (const auto& [reason, name] : kReasons) {
    if (refused->at("reason") == name) refusal.reason = reason;
  }
  for (const json& problem : refused->at("problems")) {
    refusal.problems.push_back({.field = problem.at("field").get<std::string>(),
                                .message = problem.at("message").get<std::string>(),
                                .kind = KindOf(problem.at("kind").get<std::string>()),
                                .facts = FieldsFromJson(problem.at("facts").get<std::string>())});
  }
  answer.refused = std::move(refusal);
  return answer;
}

std::string LeaderValue(const Leadership& leader) {
  return Text({{"worker", leader.worker}, {"session", leader.session}, {"term", leader.term}});
}

Leadership LeaderFromValue(const std::string& text) {
  const json value = json::parse(text);
  return {.worker = value.at("worker").get<std::string>(),
          .session = value.at("session").get<std::string>(),
          .term = value.at("term").get<std::uint64_t>()};
}

std::string MembersValue(const Members& members) {
  json list = json::array();
  for (const Member& member : members) list.push_back({{"worker", member.worker}, {"session", member.session}});
  return Text({{"members", list}});
}

Members MembersFromValue(const std::string& text) {
  const json value = json::parse(text);
  Members members;
  for (const json& member : value.at("members"))
    members.push_back(
        {.worker = member.at("worker").get<std::string>(), .session = member.at("session").get<std::string>()});
  return members;
}

template <class T>
const T* In(const Record& record) {
  if (const auto* value = std::get_if<std::shared_ptr<const T>>(&record.value)) return value->get();
  return nullptr;
}

void Add(const Record& record, const std::string& topic, std::vector<StateWrite>& writes) {
  std::optional<std::string> value;
  switch (record.kind) {
    case Record::Kind::kConnector: {
      const auto* connector = In<store::StoredConnector>(record);
      const broker::StateWrite target{
          topic, store::TargetStateKey(record.name),
          connector ? std::optional(store::TargetStateValue(connector->target)) : std::nullopt};
      const broker::StateWrite config{
          topic, store::ConnectorKey(record.name),
          connector ? std::optional(store::ConnectorValue(connector->config)) : std::nullopt};
      // A connector is there when its config is, and Connect takes a target state back behind it.
      writes.push_back(connector ? target : config);
      writes.push_back(connector ? config : target);
      return;
    }
    case Record::Kind::kLedger:
      if (const auto* ledger = In<Ledger>(record)) value = ToJson(*ledger);
      writes.push_back({topic, std::string(kLedgerPrefix) + record.name, value});
      return;
    case Record::Kind::kAnswer:
      if (const auto* answer = In<Answer>(record)) value = AnswerValue(*answer);
      writes.push_back({topic, std::string(kAnswerPrefix) + record.name, value});
      return;
    case Record::Kind::kLeader:
      if (const auto* leader = std::get_if<Leadership>(&record.value)) value = LeaderValue(*leader);
      writes.push_back({topic, std::string(kLeaderKey), value});
      return;
    case Record::Kind::kRequests:
      if (const auto* next = std::get_if<std::int64_t>(&record.value)) value = Text({{"next", *next}});
      writes.push_back({topic, std::string(kRequestsKey), value});
      return;
    case Record::Kind::kMembers:
      if (const auto* members = In<Members>(record)) value = MembersValue(*members);
      writes.push_back({topic, std::string(kMembersKey), value});
      return;
  }
}

std::optional<std::string> Behind(std::string_view prefix, const std::string& key) {
  if (!key.starts_with(prefix)) return std::nullopt;
  return key.substr(prefix.size());
}

}  // namespace

std::vector<StateWrite> WritesOf(const Transaction& transaction, const std::string& topic) {
  std::vector<StateWrite> writes;
  for (const Record& record : transaction) Add(record, topic, writes);
  return writes;
}

std::optional<Record> RecordReader::Read(const broker::ReadRecord& read) {
  problem_.clear();
  try {
    return Make(read);
  } catch (const std::exception& error) {
    problem_ = "record " + read.key + " of the topic of configs cannot be read: " + error.what();
    return std::nullopt;
  }
}

std::optional<Record> RecordReader::Connector(const std::string& name) {
  const Parts& parts = parts_[name];
  if (!parts.config) return Record{.kind = Record::Kind::kConnector, .name = name, .value = {}};
  return Record{.kind = Record::Kind::kConnector,
                .name = name,
                .value = std::make_shared<const store::StoredConnector>(
                    store::StoredConnector{.name = name, .config = *parts.config, .target = parts.target})};
}

std::optional<Record> RecordReader::Make(const broker::ReadRecord& read) {
  if (const auto name = Behind(store::kConnectorPrefix, read.key)) {
    Parts& parts = parts_[*name];
    parts.config = read.value ? std::optional(store::ConfigFromValue(*read.value)) : std::nullopt;
    return Connector(*name);
  }
  if (const auto name = Behind(kTargetPrefix, read.key)) {
    Parts& parts = parts_[*name];
    parts.target = read.value ? store::TargetFromValue(*read.value) : store::TargetState::kRunning;
    return parts.config ? Connector(*name) : std::nullopt;
  }
  if (const auto name = Behind(kLedgerPrefix, read.key)) {
    if (!read.value) return Record{.kind = Record::Kind::kLedger, .name = *name, .value = {}};
    return Record{.kind = Record::Kind::kLedger,
                  .name = *name,
                  .value = std::make_shared<const Ledger>(LedgerFromJson(*read.value))};
  }
  if (const auto id = Behind(kAnswerPrefix, read.key)) {
    if (!read.value) return Record{.kind = Record::Kind::kAnswer, .name = *id, .value = {}};
    return Record{.kind = Record::Kind::kAnswer,
                  .name = *id,
                  .value = std::make_shared<const Answer>(AnswerFromValue(*read.value))};
  }
  if (!read.value) return std::nullopt;
  if (read.key == kLeaderKey)
    return Record{.kind = Record::Kind::kLeader, .name = {}, .value = LeaderFromValue(*read.value)};
  if (read.key == kMembersKey) {
    return Record{.kind = Record::Kind::kMembers,
                  .name = {},
                  .value = std::make_shared<const Members>(MembersFromValue(*read.value))};
  }
  if (read.key == kRequestsKey) {
    return Record{
        .kind = Record::Kind::kRequests, .name = {}, .value = json::parse(*read.value).at("next").get<std::int64_t>()};
  }
  return std::nullopt;
}

StateWrite WriteOf(const std::string& topic, const std::string& worker, const TellingWorker& tells) {
  json value = {{"session", tells.session},
                {"version", tells.version},
                {"started", tells.started},
                {"labels", tells.labels},
                {"plugins", tells.plugins},
                {"leaving", tells.leaving},
                {"returns_within_ms", tells.returns_within.count()}};
  if (!tells.buried.empty()) value["buried"] = tells.buried;
  if (tells.crashed)
    value["crashed"] = {tells.crashed->first.connector, tells.crashed->first.task, tells.crashed->second};
  if (tells.suspicion) value["suspicion"] = {{"connectors", tells.suspicion->connectors}, {"at", tells.suspicion->at}};
  return {topic, Text({"worker", worker}), Text(value)};
}

StateWrite WriteOf(const std::string& topic, const TaskKey& key, const TaskReport& report) {
  return {topic, Text({"task", key.connector, key.task}),
          Text({{"says", report.kind == TaskReport::Kind::kRefused ? "refused" : "released"},
                {"epoch", report.epoch},
                {"reason", report.reason}})};
}

namespace {

TellingWorker TellingWorkerOf(const json& value) {
  TellingWorker tells{.session = value.at("session").get<std::string>(),
                      .labels = value.at("labels").get<Labels>(),
                      .plugins = value.at("plugins").get<std::map<std::string, std::set<std::string>>>(),
                      .leaving = value.at("leaving").get<bool>(),
                      .returns_within = Moment(value.at("returns_within_ms").get<std::int64_t>())};
  if (const auto crashed = value.find("crashed"); crashed != value.end()) {
    tells.crashed = {{crashed->at(0).get<std::string>(), crashed->at(1).get<int>()},
                     crashed->at(2).get<std::uint64_t>()};
  }
  if (const auto suspicion = value.find("suspicion"); suspicion != value.end()) {
    tells.suspicion = {.connectors = suspicion->at("connectors").get<std::vector<std::string>>(),
                       .at = suspicion->at("at").get<std::int64_t>()};
  }
  tells.version = value.value("version", "");
  tells.started = value.value("started", tells.started);
  tells.buried = value.value("buried", "");
  return tells;
}

TaskReport TaskReportOf(const json& value) {
  return {.kind = value.at("says") == "refused" ? TaskReport::Kind::kRefused : TaskReport::Kind::kReleased,
          .epoch = value.at("epoch").get<std::uint64_t>(),
          .reason = value.at("reason").get<std::string>()};
}

}  // namespace

bool TakeTold(const broker::ReadRecord& read, Told& told) {
  const bool is_worker = read.key.starts_with(kWorkerPrefix);
  if (!is_worker && !read.key.starts_with(kReportPrefix)) return false;
  try {
    const json key = json::parse(read.key);
    const auto name = key.at(1).get<std::string>();
    if (is_worker) {
      told.workers.erase(name);
      if (read.value) told.workers[name] = TellingWorkerOf(json::parse(*read.value));
      return true;
    }
    TaskReports& reports = told.reports[name];
    reports.erase(key.at(2).get<int>());
    if (read.value) reports[key.at(2).get<int>()] = TaskReportOf(json::parse(*read.value));
    if (reports.empty()) told.reports.erase(name);
  } catch (const std::exception&) {
    // Of another release: its worker says it again.
  }
  return true;
}

}  // namespace framespool::cluster
