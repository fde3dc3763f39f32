#include "cluster/view.h"

namespace framespool::cluster {

namespace {

template <class T>
void Put(std::map<std::string, std::shared_ptr<const T>>& map, const Record& record) {
  if (const auto* value = std::get_if<std::shared_ptr<const T>>(&record.value))
    map[record.name] = *value;
  else
    map.erase(record.name);
}

template <class T>
std::shared_ptr<const T> Find(const std::map<std::string, std::shared_ptr<const T>>& map, const std::string& name) {
  const auto found = map.find(name);
  return found == map.end() ? nullptr : found->second;
}

}  // namespace

void View::Apply(const Record& record) {
  switch (record.kind) {
    case Record::Kind::kConnector: return Put(connectors_, record);
    case Record::Kind::kLedger: return Put(ledgers_, record);
    case Record::Kind::kAnswer: return Put(answers_, record);
    case Record::Kind::kLeader:
      if (const auto* leader = std::get_if<Leadership>(&record.value)) leader_ = *leader;
      return;
    case Record::Kind::kRequests:
      if (const auto* next = std::get_if<std::int64_t>(&record.value)) next_request_ = *next;
      return;
    case Record::Kind::kMembers:
      if (const auto* members = std::get_if<std::shared_ptr<const Members>>(&record.value)) members_ = *members;
      return;
  }
}

const Members& View::members() const noexcept {
  static const Members kNone;
  return members_ == nullptr ? kNone : *members_;
}

std::shared_ptr<const store::StoredConnector> View::Connector(const std::string& name) const {
  return Find(connectors_, name);
}

std::shared_ptr<const Ledger> View::LedgerOf(const std::string& name) const { return Find(ledgers_, name); }

const LedgerTask* View::Task(const TaskKey& key) const {
  const auto found = ledgers_.find(key.connector);
  if (found == ledgers_.end() || key.task < 0) return nullptr;
  const auto number = static_cast<std::size_t>(key.task);
  return number < found->second->tasks.size() ? &found->second->tasks[number] : nullptr;
}

}  // namespace framespool::cluster
