#include "process.h"

#include <algorithm>
#include <utility>

namespace framespool::cluster::simulation {

ConfigRules RulesOfTheSimulation() {
  return {.refuses = [](const store::StoredConnector& connector) -> std::optional<base::Refusal> {
            if (!connector.config.contains("bad")) return std::nullopt;
            return base::Refuse(base::Reason::kInvalid, Problem{.field = "bad", .message = "is bad"}).value();
          },
          .tag =
              [](const RawConfig& config) {
                std::string tag;
                for (const auto& [key, value] : config) tag += key + "=" + value + ";";
                return tag;
              },
          .first_split =
              [](const RawConfig& config) {
                const auto tasks = config.find("tasks");
                std::vector<RawConfig> split;
                for (int i = 0; i < (tasks == config.end() ? 1 : std::stoi(tasks->second)); ++i)
                  split.push_back({{"share", std::to_string(i)}});
                return split;
              }};
}

Needs NeedsInTheSimulation(const RawConfig& config) {
  const auto on = config.find("on");
  return {.connector_class = "Numbers",
          .version = {},
          .placement = on == config.end() ? Placement() : *Placement::Parse(on->second),
          .on_each = config.contains("each")};
}

LeaderPolicy PolicyOfTheSimulation() {
  return {.session_timeout = Moment(kSession),
          .return_delay = Moment(0),
          .between_moves = Moment(1000),
          .answers_kept = std::chrono::milliseconds(24'000),
          .most_crashes = 3,
          .most_requests = 20};
}

Process::Process(Events& events, Kafka& kafka, Nature nature)
    : events_(events), kafka_(kafka), nature_(std::move(nature)) {
  tells_.labels = {{"site", nature_.worker == "w0" ? "berlin" : "bonn"}};
  tells_.plugins = {{"Numbers", {"1"}}};
  tells_.crashed = nature_.crashed;
  tells_.buried = nature_.ended_session;
}

Time Process::Delay() {
  if (events_.now() >= slow_until_) return events_.Between(1, nature_.slowness);
  // Some arrive when nobody counts on them any more.
  return events_.OneIn(5) ? events_.Between(500, 2 * kSession) : events_.Between(1, 500);
}

void Process::Here(std::function<void()> work) {
  if (dead_) return;
  if (suspended()) {
    events_.In(suspended_until_ - events_.now(),
               [self = shared_from_this(), work = std::move(work)]() mutable { self->Here(std::move(work)); });
    return;
  }
  work();
}

template <class AtKafka, class Reply>
bool Process::Call(const Line& line, AtKafka at_kafka, Reply reply) {
  if (events_.now() < line.state->busy_until) return false;
  const std::uint64_t number = ++line.state->number;
  line.state->busy_until = events_.now() + 1000;
  // What was sent arrives, whatever becomes of the sender; unless the network has lost it.
  if (!Reaches()) return true;
  events_.In(Delay(), [self = shared_from_this(), line = line.state, number, at_kafka = std::move(at_kafka),
                       reply = std::move(reply)]() mutable {
    if (!self->Reaches()) return;
    auto answer = at_kafka();
    self->events_.In(self->Delay(),
                     [self, line, number, answer = std::move(answer), reply = std::move(reply)]() mutable {
                       if (!self->Reaches()) return;
                       self->Here([self, line, number, answer = std::move(answer), reply = std::move(reply)]() mutable {
                         if (line->number != number) return;  // given up
                         line->busy_until = 0;
                         reply(std::move(answer));
                       });
                     });
  });
  return true;
}

void Process::Start() {
  events_.In(events_.Between(1, 400), [self = shared_from_this()] { self->Here([self] { self->Tick(); }); });
}

void Process::Tick() {
  KeepSession();
  ReadState();
  if (session_.id().empty()) Resign();
  ReadTold();
  Tell();
  SendRequests();
  Lead();
  const bool done = tells_.leaving && holdings_.held().empty() && !session_.id().empty() &&
                    holdings_.ToTell(view_, session_, told_.reports).empty();
  if (done) {
    EndMembership();
    return;
  }
  events_.In(events_.Between(200, 400), [self = shared_from_this()] { self->Here([self] { self->Tick(); }); });
}

void Process::EndMembership() {
  if (Clock() - first_joined_ >= Moment(kSession) || holdings_.MayLeaveGroup(view_, session_))
    kafka_.LeaveGroup(session_.id());
  dead_ = true;
}

void Process::KeepSession() {
  const Moment sent = Clock();
  if (session_.id().empty()) {
    if (sent < joins_after_) return;
    Call(
        prove_, [&kafka = kafka_, worker = worker()] { return kafka.Join(worker); },
        [this, sent](const std::string& id) {
          if (tells_.session.empty()) first_joined_ = Clock();
          session_.Joined(id, sent);
          tells_.session = id;
          seen_itself_ = false;
          partition_zero_ = false;
          FollowLedger();
        });
    return;
  }
  Call(
      prove_, [&kafka = kafka_, id = session_.id()] { return kafka.Prove(id); },
      [this, sent](Kafka::Membership membership) {
        if (!membership.known) {
          tells_.buried = session_.id();
          // Else two processes of one worker would take each other's place again and again.
          if (membership.replaced) joins_after_ = Clock() + Moment(kSession);
          session_.Lost();
          partition_zero_ = false;
          Resign();
          FollowLedger();
          return;
        }
        session_.Proved(sent);
        partition_zero_ = membership.leads;
        if (!membership.leads) Resign();
      });
}

void Process::ReadState() {
  if (position_ >= kafka_.state.End()) return;  // a fetch would only wait
  Call(
      state_line_, [&kafka = kafka_, from = position_] { return kafka.state.Read(from, 1000); },
      [this](const ClusterLog::Batch& batch) {
        position_ = batch.next;
        for (const Record& record : batch.records) {
          view_.Apply(record);
          touched_.insert(record.name);
          const auto asked = asked_.find(record.name);
          if (record.kind != Record::Kind::kAnswer || asked == asked_.end()) continue;
          asked->second.answered(*std::get<std::shared_ptr<const Answer>>(record.value));
          asked_.erase(asked);
        }
        FollowTouched();
      });
}

void Process::ReadTold() {
  if (told_position_ >= kafka_.told.size()) return;
  using Entry = std::variant<Kafka::WorkerTells, Kafka::TaskTells>;
  Call(
      told_line_,
      [&kafka = kafka_, from = static_cast<std::ptrdiff_t>(told_position_)] {
        return std::vector<Entry>(kafka.told.begin() + from, kafka.told.end());
      },
      [this](const std::vector<Entry>& entries) {
        told_position_ += entries.size();
        for (const Entry& entry : entries) {
          if (const auto* task = std::get_if<Kafka::TaskTells>(&entry)) {
            told_.reports[task->key.connector][task->key.task] = task->what;
            continue;
          }
          const auto& of_worker = std::get<Kafka::WorkerTells>(entry);
          told_.workers[of_worker.worker] = of_worker.what;
          if (of_worker.worker != worker()) continue;
          if (of_worker.what.session == session_.id() && !session_.id().empty()) {
            seen_itself_ = true;
          } else if (seen_itself_) {
            // Another process with this worker's id has come later: this one goes.
            EndMembership();
          }
        }
      });
}

void Process::Tell() {
  if (session_.id().empty()) return;
  std::vector<std::variant<Kafka::WorkerTells, Kafka::TaskTells>> tells;
  const auto known = told_.workers.find(worker());
  // Once only, but for what changes: two of one id would tell in turn for ever.
  if (known == told_.workers.end() ||
      (known->second != tells_ && (!seen_itself_ || known->second.session == tells_.session)))
    tells.emplace_back(Kafka::WorkerTells{worker(), tells_});
  for (auto& [key, report] : holdings_.ToTell(view_, session_, told_.reports))
    tells.emplace_back(Kafka::TaskTells{key, report});
  if (tells.empty()) return;
  Call(
      tell_line_,
      [&kafka = kafka_, tells = std::move(tells)] {
        kafka.told.insert(kafka.told.end(), tells.begin(), tells.end());
        return true;
      },
      [](bool) {});
}

void Process::FollowLedger() {
  touched_.clear();
  CarryOut(holdings_.Follow(view_, session_));
}

void Process::FollowTouched() { CarryOut(holdings_.Follow(view_, session_, std::exchange(touched_, {}))); }

void Process::CarryOut(const Holdings::Orders& orders) {
  for (const TaskKey& key : orders.end) {
    running_.erase(key);
    // A plugin that never returns is left behind after a while: the same for the ledger.
    events_.In(events_.OneIn(8) ? 1500 : events_.Between(1, 100), [self = shared_from_this(), key] {
      self->Here([self, key] {
        self->holdings_.Ended(key);
        self->touched_.insert(key.connector);
        self->FollowTouched();
      });
    });
  }
  for (const TaskKey& key : orders.go_on) {
    const auto running = running_.find(key);
    if (running == running_.end()) continue;
    const std::uint64_t epoch = holdings_.held().at(key).epoch;
    went_on(key, running->second.epoch, epoch);
    running->second.epoch = epoch;
  }
  for (const TaskKey& key : orders.start) {
    events_.In(events_.Between(1, 100), [self = shared_from_this(), key, epoch = holdings_.held().at(key).epoch] {
      self->Here([self, key, epoch] {
        const auto held = self->holdings_.held().find(key);
        if (held != self->holdings_.held().end() && held->second.epoch == epoch && !held->second.ending)
          self->Construct(key);
      });
    });
  }
}

void Process::Construct(const TaskKey& key) {
  const auto connector = view_.Connector(key.connector);
  if (connector != nullptr) {
    const auto file = connector->config.find("file");
    if (file != connector->config.end() && file->second != worker()) {
      holdings_.Refused(key, "there is no file");
      touched_.insert(key.connector);
      return;
    }
    if (connector->config.contains("poison")) {
      died_of_ = {key, holdings_.held().at(key).epoch};
      Kill();
      return;
    }
  }
  ++constructed_;
  running_[key] = {.number = constructed_, .epoch = holdings_.held().at(key).epoch};
  Open(key, constructed_);
}

void Process::Open(const TaskKey& key, std::uint64_t number) {
  const auto running = running_.find(key);
  if (running == running_.end() || running->second.number != number) return;
  // While the gate is shut nothing is opened either: it would fence the rightful owner.
  if (MayAct(key)) {
    Call(
        running->second.line, [&kafka = kafka_, key] { return kafka.InitProducer(key); },
        [this, key, number](Kafka::Producer producer) {
          const auto opened = running_.find(key);
          if (opened == running_.end() || opened->second.number != number) return;
          opened->second.producer = producer;
          opened->second.open = true;
        });
  }
  events_.In(events_.Between(300, 700), [self = shared_from_this(), key, number] {
    self->Here([self, key, number] { self->WriteOn(key, number); });
  });
}

void Process::WriteOn(const TaskKey& key, std::uint64_t number) {
  const auto running = running_.find(key);
  if (running == running_.end() || running->second.number != number) return;
  // An answer that does not come leaves open whether it was written: what is stored says so when it is opened anew.
  const Time late = running->second.line.state->busy_until;
  if (late != 0 && events_.now() >= late) {
    running->second.line.GiveUp();
    running->second.open = false;
  }
  if (!running->second.open) return Open(key, number);
  if (MayAct(key)) {
    Call(
        running->second.line,
        [&kafka = kafka_, key, producer = running->second.producer] {
          return kafka.Write(key, producer.epoch, producer.next);
        },
        [this, key, number](bool written) {
          const auto wrote = running_.find(key);
          if (wrote == running_.end() || wrote->second.number != number) return;
          if (written)
            ++wrote->second.producer.next;
          else
            wrote->second.open = false;  // opened anew if it is still this task's, else it never is
        });
  }
  events_.In(events_.Between(300, 700), [self = shared_from_this(), key, number] {
    self->Here([self, key, number] { self->WriteOn(key, number); });
  });
}

void Process::Resign() {
  leader_.reset();
  writer_.reset();
  members_.reset();
  lead_line_.GiveUp();
  describe_line_.GiveUp();
}

void Process::Lead() {
  if (!partition_zero_ || session_.id().empty()) return Resign();
  const Time late = lead_line_.state->busy_until;
  if (late != 0 && events_.now() >= late) Resign();  // whether it was done is not known
  if (writer_ == nullptr) {
    struct Taken {
      std::shared_ptr<ClusterLog::Writer> writer;
      std::int64_t end;
    };
    Call(
        lead_line_,
        [&kafka = kafka_] {
          std::shared_ptr<ClusterLog::Writer> writer = kafka.state.BecomeWriter();
          return Taken{std::move(writer), kafka.state.End()};
        },
        [this](const Taken& taken) {
          writer_ = taken.writer;
          read_to_ = taken.end;
          phase_ = Phase::kReading;
        });
    return;
  }
  const auto commit = [this](Transaction transaction, Phase then) {
    Call(
        lead_line_, [writer = writer_, transaction = std::move(transaction)] { return writer->Commit(transaction); },
        [this, then](bool committed) {
          if (committed) {
            phase_ = then;
            return;
          }
          partition_zero_ = false;  // until the group says that it still is
          Resign();
        });
  };
  if (phase_ == Phase::kReading) {
    if (position_ < read_to_ || leader_ != nullptr) return;
    leader_ = std::make_unique<Leader>(view_, PolicyOfTheSimulation(), RulesOfTheSimulation(), NeedsInTheSimulation);
    commit(leader_->Begin(worker(), session_.id()), Phase::kBegun);
    return;
  }
  Call(
      describe_line_, [&kafka = kafka_] { return kafka.Describe(); },
      [this](std::vector<Member> members) { members_ = std::move(members); });
  ReadRequests();
  if (!members_ || leader_ == nullptr || events_.now() < lead_line_.state->busy_until) return;
  phase_ = Phase::kLeading;
  Transaction changes = leader_->Next({.members = *members_,
                                       .told = &told_,
                                       .requests = std::move(requests_),
                                       .requests_from = requests_from_,
                                       .now = Clock(),
                                       .log_time = events_.now()});
  requests_.clear();
  if (!changes.empty()) commit(std::move(changes), Phase::kLeading);
}

void Process::ReadRequests() {
  if (leader_ == nullptr || !requests_.empty()) return;
  const auto next = leader_->state().next_request();
  if (next >= static_cast<std::int64_t>(kafka_.requests.size())) return;
  Call(
      request_line_,
      [&kafka = kafka_, next] {
        return std::vector<LoggedRequest>(kafka.requests.begin() + next, kafka.requests.end());
      },
      [this, next](std::vector<LoggedRequest> requests) {
        requests_ = std::move(requests);
        requests_from_ = next;
      });
}

void Process::Ask(Request request, std::function<void(const Answer&)> answered) {
  std::string id = request.id;
  asked_[std::move(id)] = {.request = std::move(request), .answered = std::move(answered), .since = Clock()};
}

void Process::SendRequests() {
  for (auto& [id, asked] : asked_) {
    // Whoever asked has lost patience: sent later, it could be carried out again after its answer was forgotten.
    if (Clock() - asked.since > asked.request.patience) continue;
    // Sent again when it is not answered in a while, whether it has arrived or not.
    Call(
        asked.line,
        [&kafka = kafka_, request = asked.request] {
          kafka.Append(request);
          return true;
        },
        [this, line = asked.line.state](bool) { line->busy_until = events_.now() + 1500; });
  }
}

void Process::Leave(Time returns_within) {
  tells_.leaving = true;
  tells_.returns_within = Moment(returns_within);
  for (const TaskKey& key : holdings_.Leave().end) {
    running_.erase(key);
    events_.In(events_.Between(1, 100), [self = shared_from_this(), key] {
      self->Here([self, key] {
        self->holdings_.Ended(key);
        self->touched_.insert(key.connector);
      });
    });
  }
}

}  // namespace framespool::cluster::simulation
