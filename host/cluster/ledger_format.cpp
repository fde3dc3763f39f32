#include "cluster/ledger_format.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

namespace framespool::cluster {

namespace {

using nlohmann::json;
using State = LedgerTask::State;
using Cause = LedgerTask::Cause;

constexpr std::array<std::pair<State, const char*>, 4> kStates = {
    {{State::kWaiting, "waiting"}, {State::kRun, "run"}, {State::kRelease, "release"}, {State::kFailed, "failed"}}};

constexpr std::array<std::pair<Cause, const char*>, 6> kCauses = {{{Cause::kNew, "new"},
                                                                   {Cause::kWorkerGone, "worker-gone"},
                                                                   {Cause::kWorkerLeaving, "worker-leaving"},
                                                                   {Cause::kRefused, "refused"},
                                                                   {Cause::kBalance, "balance"},
                                                                   {Cause::kRestart, "restart"}}};

/// One of another release says nothing that anything is decided by.
Cause CauseNamed(const std::string& text) {
  for (const auto& [cause, name] : kCauses) {
    if (text == name) return cause;
  }
  return Cause::kNew;
}

template <class T>
void PutUnless(json& object, const char* key, const T& value, const T& usual) {
  if (value != usual) object[key] = value;
}

json TaskJson(const LedgerTask& task, const std::vector<SharedConfig>& split) {
  const LedgerTask usual;
  json object = {{"revision", task.revision}, {"epoch", task.epoch}};
  for (const auto& [state, name] : kStates) {
    if (state == task.state) object["state"] = name;
  }
  const auto share = std::find_if(split.begin(), split.end(),
                                  [&](const auto& each) { return each == task.share || *each == *task.share; });
  if (share != split.end())
    object["share"] = share - split.begin();
  else
    object["share"] = *task.share;
  PutUnless(object, "worker", task.worker, usual.worker);
  PutUnless(object, "session", task.session, usual.session);
  PutUnless(object, "after", task.after, usual.after);
  PutUnless(object, "crashes", task.crashes, usual.crashes);
  PutUnless(object, "blamed", task.blamed, usual.blamed);
  PutUnless(object, "only", task.only, usual.only);
  PutUnless(object, "to", task.to, usual.to);
  PutUnless(object, "refused", task.refused, usual.refused);
  PutUnless(object, "reason", task.reason, usual.reason);
  if (task.cause != usual.cause) object["cause"] = ToText(task.cause);
  PutUnless(object, "from", task.from, usual.from);
  PutUnless(object, "since", task.since, usual.since);
  return object;
}

SharedConfig ShareFrom(const json& value, const std::vector<SharedConfig>& split) {
  if (value.is_number_unsigned()) return split.at(value.get<std::size_t>());
  return std::make_shared<const RawConfig>(value.get<RawConfig>());
}

LedgerTask TaskFrom(const json& object, const std::vector<SharedConfig>& split) {
  LedgerTask task;
  const auto name = object.at("state").get<std::string>();
  const auto state =
      std::find_if(kStates.begin(), kStates.end(), [&](const auto& each) { return each.second == name; });
  if (state == kStates.end()) throw std::invalid_argument("there is no state " + name);
  task.state = state->first;
  task.share = ShareFrom(object.at("share"), split);
  task.revision = object.at("revision").get<std::uint64_t>();
  task.epoch = object.at("epoch").get<std::uint64_t>();
  task.worker = object.value("worker", "");
  task.session = object.value("session", "");
  task.after = object.value("after", task.after);
  task.crashes = object.value("crashes", task.crashes);
  task.blamed = object.value("blamed", task.blamed);
  task.only = object.value("only", "");
  task.to = object.value("to", "");
  task.refused = object.value("refused", task.refused);
  task.reason = object.value("reason", "");
  task.cause = CauseNamed(object.value("cause", ""));
  task.from = object.value("from", "");
  task.since = object.value("since", task.since);
  if (task.owned() != (task.state == State::kRun || task.state == State::kRelease))
    throw std::invalid_argument("state " + name + (task.owned() ? " has an owner" : " has no owner"));
  return task;
}

}  // namespace

std::string_view ToText(Cause cause) {
  for (const auto& [each, name] : kCauses) {
    if (each == cause) return name;
  }
  return "new";
}

std::string ToJson(const Ledger& ledger) {
  json object = {{"revision", ledger.revision}, {"generation", ledger.generation}, {"epoch", ledger.last_epoch},
                 {"numbers", ledger.numbers},   {"split", json::array()},          {"tasks", json::array()}};
  PutUnless(object, "crashes", ledger.crashes, 0);
  PutUnless(object, "blamed", ledger.blamed, {});
  PutUnless(object, "confined", ledger.confined, false);
  for (const SharedConfig& share : ledger.split) object["split"].push_back(*share);
  for (const LedgerTask& task : ledger.tasks) object["tasks"].push_back(TaskJson(task, ledger.split));
  // What is no UTF-8 in a config is not for JSON to fail on.
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

Ledger LedgerFromJson(std::string_view text) {
  try {
    const json object = json::parse(text);
    Ledger ledger;
    ledger.revision = object.at("revision").get<std::uint64_t>();
    ledger.generation = object.at("generation").get<std::uint64_t>();
    ledger.last_epoch = object.at("epoch").get<std::uint64_t>();
    ledger.numbers = object.at("numbers").get<std::size_t>();
    ledger.crashes = object.value("crashes", 0);
    ledger.blamed = object.value("blamed", ledger.blamed);
    ledger.confined = object.value("confined", false);
    for (const json& share : object.at("split"))
      ledger.split.push_back(std::make_shared<const RawConfig>(share.get<RawConfig>()));
    for (const json& task : object.at("tasks")) ledger.tasks.push_back(TaskFrom(task, ledger.split));
    return ledger;
  } catch (const json::exception& e) {
    throw std::invalid_argument(std::string("this is no ledger of tasks: ") + e.what());
  } catch (const std::out_of_range&) {
    throw std::invalid_argument("this is no ledger of tasks: a task's share is not in its split");
  }
}

}  // namespace framespool::cluster
