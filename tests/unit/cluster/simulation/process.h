#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <cluster/holdings.h>
#include <cluster/leader.h>
#include <cluster/session.h>
#include <cluster/told.h>

#include "events.h"
#include "kafka.h"

namespace framespool::cluster::simulation {

/// What the tests say of configs: class "Numbers"; "on" is placement, "each" is replicas=each, "poison" crashes its
/// worker, "file" is the only worker where it can run.
ConfigRules RulesOfTheSimulation();
Needs NeedsInTheSimulation(const RawConfig& config);
LeaderPolicy PolicyOfTheSimulation();

/// One process of a worker: the parts of host/cluster, wired as a worker wires them, with a network that delays, loses
/// and holds, a clock of its own, and tasks that write numbers.
class Process : public std::enable_shared_from_this<Process> {
 public:
  struct Nature {
    std::string worker;
    double clock_rate = 1;
    Time clock_offset = 0;
    Time slowness = 5;                                           // longest time of a message
    std::optional<std::pair<TaskKey, std::uint64_t>> crashed{};  // what the process before it died of
    std::string ended_session{};                                 // of the process before it, which has ended
  };
  Process(Events& events, Kafka& kafka, Nature nature);

  void Start();
  // Faults.
  void Kill() { dead_ = true; }
  void SuspendUntil(Time until) { suspended_until_ = std::max(suspended_until_, until); }
  void CutUntil(Time until) { cut_until_ = std::max(cut_until_, until); }
  void SlowUntil(Time until) { slow_until_ = std::max(slow_until_, until); }
  void Heal() { suspended_until_ = cut_until_ = slow_until_ = 0; }
  void Leave(Time returns_within);

  /// Sends the change, again and again until its answer is in this worker's view.
  void Ask(Request request, std::function<void(const Answer&)> answered);

  bool dead() const noexcept { return dead_; }
  bool suspended() const noexcept { return events_.now() < suspended_until_; }
  const std::string& worker() const noexcept { return nature_.worker; }
  const View& view() const noexcept { return view_; }
  const Session& session() const noexcept { return session_; }
  const Holdings& holdings() const noexcept { return holdings_; }
  bool MayAct(const TaskKey& key) const { return holdings_.MayAct(key, session_, Clock()); }
  bool leads() const noexcept { return leader_ != nullptr; }
  Moment Clock() const {
    return Moment(static_cast<Time>(static_cast<double>(events_.now()) * nature_.clock_rate) + nature_.clock_offset);
  }
  /// Is called with a task that goes on as it is, the epoch that it had and the one that it has.
  std::function<void(const TaskKey&, std::uint64_t, std::uint64_t)> went_on = [](const auto&, auto, auto) {};
  /// What it died of; read when it is dead.
  const std::optional<std::pair<TaskKey, std::uint64_t>>& died_of() const noexcept { return died_of_; }
  std::uint64_t constructed() const noexcept { return constructed_; }

 private:
  /// One kind of question, of which one is under way at a time; given up after a second.
  struct Line {
    struct State {
      std::uint64_t number = 0;
      Time busy_until = 0;  // 0: nothing is under way
    };
    std::shared_ptr<State> state = std::make_shared<State>();
    void GiveUp() const {
      ++state->number;
      state->busy_until = 0;
    }
  };
  /// `at_kafka` runs there, if it arrives; `reply` here with what it returned, if that arrives, in time, and if the
  /// process is alive by then; while it is suspended it waits. False: the line is busy.
  template <class AtKafka, class Reply>
  bool Call(const Line& line, AtKafka at_kafka, Reply reply);
  void Here(std::function<void()> work);
  Time Delay();
  bool Reaches() const { return events_.now() >= cut_until_ && !kafka_.away(); }

  void Tick();
  void KeepSession();
  void ReadState();
  void ReadTold();
  void ReadRequests();
  void Tell();
  void EndMembership();
  void FollowLedger();   // all of it
  void FollowTouched();  // what has changed
  void CarryOut(const Holdings::Orders& orders);
  void Construct(const TaskKey& key);
  void Open(const TaskKey& key, std::uint64_t number);
  void WriteOn(const TaskKey& key, std::uint64_t number);
  void Lead();
  void Resign();
  void SendRequests();

  Events& events_;
  Kafka& kafka_;
  const Nature nature_;
  bool dead_ = false;
  Time suspended_until_ = 0;
  Time cut_until_ = 0;
  Time slow_until_ = 0;
  std::optional<std::pair<TaskKey, std::uint64_t>> died_of_;

  Session session_{Moment(kSession)};
  Holdings holdings_{nature_.worker};
  View view_;
  Moment first_joined_{};
  Moment joins_after_ = Moment::min();
  std::set<std::string> touched_;  // names of records since the last look
  std::int64_t position_ = 0;
  Told told_;
  std::size_t told_position_ = 0;
  TellingWorker tells_;
  bool seen_itself_ = false;  // what it has told of this session has come back
  bool partition_zero_ = false;

  struct Running {
    std::uint64_t number = 0;  // which construction
    std::uint64_t epoch = 0;
    Kafka::Producer producer{};
    bool open = false;
    Line line{};
  };
  std::map<TaskKey, Running> running_;
  std::uint64_t constructed_ = 0;

  enum class Phase { kReading, kBegun, kLeading } phase_ = Phase::kReading;
  std::shared_ptr<ClusterLog::Writer> writer_;
  std::int64_t read_to_ = 0;
  std::unique_ptr<Leader> leader_;
  std::optional<std::vector<Member>> members_;
  std::vector<LoggedRequest> requests_;
  std::int64_t requests_from_ = 0;

  struct Asked {
    Request request;
    std::function<void(const Answer&)> answered;
    Moment since{};
    Line line{};
  };
  std::map<std::string, Asked> asked_;
  Line prove_, state_line_, told_line_, tell_line_, request_line_, lead_line_, describe_line_;
};

}  // namespace framespool::cluster::simulation
