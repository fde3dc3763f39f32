#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <base/outcome.h>
#include <cluster/ledger.h>
#include <store/config_store.h>

namespace framespool::cluster {

/// Who leads. Terms grow.
struct Leadership {
  std::string worker;
  std::string session;
  std::uint64_t term = 0;
  friend bool operator==(const Leadership&, const Leadership&) = default;
};

/// A member of the cluster's consumer group, as DescribeConsumerGroups lists it.
struct Member {
  std::string worker;   // its client.id
  std::string session;  // its member id
  friend auto operator<=>(const Member&, const Member&) = default;
};
using Members = std::vector<Member>;

/// What came of a request.
struct Answer {
  std::optional<base::Refusal> refused;  // nullopt: it was done
  std::int64_t at = 0;                   // milliseconds since 1970 by the log; it is forgotten a while after
};

/// One record of the state topic, which is compacted: the last one of a kind and a name counts. Only the leader writes
/// it. std::monostate is a tombstone.
struct Record {
  enum class Kind {
    kConnector,  // connector-NAME and target-state-NAME, as Connect has them
    kLedger,     // framespool-tasks-NAME
    kLeader,     // framespool-leader
    kAnswer,     // framespool-answer-ID
    kRequests,   // framespool-requests: the offset of the first request that has not been carried out
    kMembers,    // framespool-members: who was in the group when the leader last looked and it had changed
  } kind = Kind::kConnector;
  std::string name;
  std::variant<std::monostate, std::shared_ptr<const store::StoredConnector>, std::shared_ptr<const Ledger>, Leadership,
               std::shared_ptr<const Answer>, std::int64_t, std::shared_ptr<const Members>>
      value;
};

/// What is written at once, or not at all.
using Transaction = std::vector<Record>;

/// The state of the cluster as far as its topic has been read: the same for everybody who has read as far. Every worker
/// has one, and answers reads from it.
class View {
 public:
  using Connectors = std::map<std::string, std::shared_ptr<const store::StoredConnector>>;
  using Ledgers = std::map<std::string, std::shared_ptr<const Ledger>>;
  using Answers = std::map<std::string, std::shared_ptr<const Answer>>;

  void Apply(const Record& record);

  const Connectors& connectors() const noexcept { return connectors_; }
  const Ledgers& ledgers() const noexcept { return ledgers_; }
  const Answers& answers() const noexcept { return answers_; }
  const Leadership& leader() const noexcept { return leader_; }  // of term 0: there has been none
  std::int64_t next_request() const noexcept { return next_request_; }
  /// In order. Nothing is decided by it: who leads asks Kafka.
  const Members& members() const noexcept;

  std::shared_ptr<const store::StoredConnector> Connector(const std::string& name) const;  // null: there is none
  std::shared_ptr<const Ledger> LedgerOf(const std::string& name) const;                   // null: there is none
  /// Null: there is no such ledger, or no such task.
  const LedgerTask* Task(const TaskKey& key) const;

  friend bool operator==(const View&, const View&) = default;  // of one process: the same objects

 private:
  Connectors connectors_;
  Ledgers ledgers_;
  Answers answers_;
  Leadership leader_;
  std::int64_t next_request_ = 0;
  std::shared_ptr<const Members> members_;  // null: none yet
};

}  // namespace framespool::cluster
