#include "cluster/requests.h"

#include <memory>
#include <utility>

namespace framespool::cluster {

namespace {

using base::Outcome;
using base::Reason;
using base::Refuse;
using store::StoredConnector;

base::Refused NoSuch(const std::string& name) {
  return Refuse(Reason::kNotFound, Problem{.message = "there is no connector " + name, .kind = "no-such-connector"});
}

class Executor {
 public:
  Executor(const LoggedRequest& request, const ConfigRules& rules, View& state, Transaction& changes)
      : request_(request), rules_(rules), state_(state), changes_(changes) {}

  Outcome<void> operator()(const CreateConnector& create) {
    if (state_.Connector(create.connector.name) != nullptr) {
      return Refuse(Reason::kConflict, Problem{.message = "there is a connector " + create.connector.name + " already",
                                               .kind = "connector-exists"});
    }
    if (auto refused = Precondition(create.connector.name)) return base::Refused(*std::move(refused));
    return Put(create.connector, create.split);
  }

  Outcome<void> operator()(const PutConfig& put) {
    if (auto refused = Precondition(put.name)) return base::Refused(*std::move(refused));
    const auto old = state_.Connector(put.name);
    return Put(
        {.name = put.name, .config = put.config, .target = old == nullptr ? store::TargetState::kRunning : old->target},
        put.split);
  }

  Outcome<void> operator()(const PatchConfig& patch) {
    const auto old = state_.Connector(patch.name);
    if (old == nullptr) return NoSuch(patch.name);
    if (auto refused = Precondition(patch.name)) return base::Refused(*std::move(refused));
    StoredConnector patched = *old;
    for (const auto& [key, value] : patch.changes) {
      if (value)
        patched.config[key] = *value;
      else
        patched.config.erase(key);
    }
    return Put(std::move(patched), std::nullopt);
  }

  Outcome<void> operator()(const DeleteConnector& erase) {
    const auto old = state_.Connector(erase.name);
    if (old == nullptr) return NoSuch(erase.name);
    if (auto refused = Precondition(erase.name)) return base::Refused(*std::move(refused));
    Write({.kind = Record::Kind::kConnector, .name = erase.name, .value = {}});
    LedgerDraft ledger = Draft(erase.name);
    ForgiveConnector(ledger);
    ++ledger.Change().revision;
    ledger.Change().split.clear();
    Write({.kind = Record::Kind::kLedger, .name = erase.name, .value = ledger.shared()});
    return {};
  }

  Outcome<void> operator()(const SetTarget& set) {
    const auto old = state_.Connector(set.name);
    if (old == nullptr) return NoSuch(set.name);
    if (auto refused = Precondition(set.name)) return base::Refused(*std::move(refused));
    if (old->target == set.target) return {};
    StoredConnector changed = *old;
    changed.target = set.target;
    WriteConnector(std::move(changed));
    if (set.target != store::TargetState::kStopped) return {};
    LedgerDraft ledger = Draft(set.name);
    ForgiveConnector(ledger);
    if (ledger.changed()) Write({.kind = Record::Kind::kLedger, .name = set.name, .value = ledger.shared()});
    return {};
  }

  Outcome<void> operator()(const RestartTasks& restart) {
    if (state_.Connector(restart.name) == nullptr) return NoSuch(restart.name);
    LedgerDraft ledger = Draft(restart.name);
    for (const int task : restart.tasks) {
      if (task < 0 || static_cast<std::size_t>(task) >= ledger->tasks.size()) {
        return Refuse(Reason::kNotFound,
                      Problem{.message = "connector " + restart.name + " has no task " + std::to_string(task),
                              .kind = "no-such-task"});
      }
      Restart(ledger.Change(), task);
    }
    if (restart.connector) ForgiveConnector(ledger);
    Write({.kind = Record::Kind::kLedger, .name = restart.name, .value = ledger.shared()});
    return {};
  }

  Outcome<void> operator()(const SplitWork& split) {
    LedgerDraft ledger = Draft(split.name);
    if (ledger->revision != split.revision || state_.Connector(split.name) == nullptr) {
      return Refuse(Reason::kConflict, Problem{.message = "connector " + split.name +
                                                          " has changed since its plugin was asked for the split",
                                               .kind = "split-outdated"});
    }
    WriteSplit(ledger.Change(), split.shares);
    Write({.kind = Record::Kind::kLedger, .name = split.name, .value = ledger.shared()});
    return {};
  }

 private:
  void Write(Record record) {
    state_.Apply(record);
    changes_.push_back(std::move(record));
  }
  void WriteConnector(StoredConnector connector) {
    std::string name = connector.name;
    Write({.kind = Record::Kind::kConnector,
           .name = std::move(name),
           .value = std::make_shared<const StoredConnector>(std::move(connector))});
  }
  static void WriteSplit(Ledger& ledger, const std::vector<RawConfig>& shares) {
    ledger.split.clear();
    for (const RawConfig& share : shares) ledger.split.push_back(std::make_shared<const RawConfig>(share));
  }

  LedgerDraft Draft(const std::string& name) const {
    auto ledger = state_.LedgerOf(name);
    return LedgerDraft(ledger != nullptr ? std::move(ledger) : std::make_shared<const Ledger>());
  }

  std::optional<base::Refusal> Precondition(const std::string& name) const {
    if (!request_.request.if_match) return std::nullopt;
    const auto old = state_.Connector(name);
    if (old != nullptr && rules_.tag(old->config) == *request_.request.if_match) return std::nullopt;
    return Refuse(
               Reason::kConflict,
               Problem{.message = "If-Match is " + *request_.request.if_match + ", but the config of " + name +
                                  (old == nullptr ? " is not there"
                                                  : " was changed meanwhile. GET it again and repeat the change on it"),
                       .kind = "precondition-failed"})
        .value();
  }

  Outcome<void> Put(StoredConnector connector, const FirstSplit& split) {
    if (auto refused = rules_.refuses(connector)) return base::Refused(*std::move(refused));
    const auto old = state_.Connector(connector.name);
    if (old != nullptr && old->config == connector.config && old->target == connector.target) return {};
    const bool same_config = old != nullptr && old->config == connector.config;
    const std::string name = connector.name;
    const auto first_split = split ? *split : rules_.first_split(connector.config);
    WriteConnector(std::move(connector));
    if (same_config) return {};
    LedgerDraft ledger = Draft(name);
    ForgiveConnector(ledger);
    Ledger& changed = ledger.Change();
    ++changed.revision;
    // With another config a plugin that splits is asked anew; meanwhile what runs ends.
    WriteSplit(changed, first_split);
    Write({.kind = Record::Kind::kLedger, .name = name, .value = ledger.shared()});
    return {};
  }

  const LoggedRequest& request_;
  const ConfigRules& rules_;
  View& state_;
  Transaction& changes_;
};

}  // namespace

Outcome<void> CarryOut(const LoggedRequest& request, const ConfigRules& rules, View& state, Transaction& changes) {
  return std::visit(Executor(request, rules, state, changes), request.request.action);
}

}  // namespace framespool::cluster
