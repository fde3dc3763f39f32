#include "cluster_worker/cluster_worker.h"

#include <algorithm>

#include <base/log.h>
#include <framespool/errors.h>
#include <framespool/record.h>
#include <store_kafka/state_formats.h>

#include "boot_clock.h"
#include "record_format.h"
#include "request_format.h"

namespace framespool::cluster {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view kLogger = "cluster";
constexpr auto kPause = 200ms;  // after Kafka has said no
constexpr std::size_t kMostMoves = 200;
constexpr auto kFencedPause = 3s;  // where another has the same worker.id: the store ends one of them

}  // namespace

ClusterWorker::ClusterWorker(ClusterWorkerOptions options, broker::StateTopics& topics, broker::WorkerGroups& groups)
    : options_(std::move(options)),
      topics_(topics),
      groups_(groups),
      reader_(std::make_unique<RecordReader>()),
      session_(options_.session_timeout),
      holdings_(options_.worker) {
  tells_.version = options_.version;
  tells_.labels = options_.labels;
  tells_.plugins = options_.plugins;
  tells_.buried = options_.ended_session;
  tells_.started = Now().time_since_epoch().count();
}

ClusterWorker::~ClusterWorker() {
  for (const broker::StateTopicSpec* spec : {&options_.status, &options_.state, &options_.told, &options_.requests})
    topics_.StopTelling(spec->topic.name);
  for (std::jthread* thread : {&lead_thread_, &tell_thread_, &session_thread_}) {
    thread->request_stop();
    changed_.notify_all();
  }
}

void ClusterWorker::Start(std::function<void()> changed) {
  const auto group = groups_.Describe(options_.group);
  if (!group.protocol_type.empty() && group.protocol_type != "consumer" && !group.members.empty()) {
    throw ConfigError(Problem{.field = "group.id",
                              .message = "is " + options_.group + ", which is the group of " +
                                         std::to_string(group.members.size()) + " other workers of type " +
                                         group.protocol_type + " (" + group.members.front().client_id +
                                         "): name another, or stop them first",
                              .kind = kind::kNotAllowed});
  }
  on_change_ = std::move(changed);
  broker::StateTopicSpec state = options_.state;
  state.on_read = [this](const broker::ReadRecord& read) { TakeState(read); };
  broker::StateTopicSpec requests = options_.requests;
  requests.on_read = [this](const broker::ReadRecord& read) { TakeRequest(read); };
  broker::StateTopicSpec told = options_.told;
  told.on_read = [this](const broker::ReadRecord& read) { TakeTelling(read); };
  broker::StateTopicSpec status = options_.status;
  status.on_read = [this](const broker::ReadRecord& read) { TakeStatus(read); };
  topics_.Open(status, options_.wait);
  topics_.Open(state, options_.wait);
  topics_.Open(told, options_.wait);
  topics_.Open(requests, options_.wait);
  {
    const std::lock_guard lock(mutex_);
    is_following_ = true;
    std::stable_sort(moves_.begin(), moves_.end(), [](const Move& a, const Move& b) { return a.at < b.at; });
  }
  session_thread_ = std::jthread([this](std::stop_token stop) { KeepSession(stop); });
  tell_thread_ = std::jthread([this](std::stop_token stop) { Tell(stop); });
  lead_thread_ = std::jthread([this](std::stop_token stop) { Lead(stop); });
}

void ClusterWorker::Wake() {
  {
    const std::lock_guard lock(mutex_);
    ++changes_;
  }
  changed_.notify_all();
}

void ClusterWorker::Changed() {
  {
    const std::lock_guard lock(mutex_);
    touched_.all = true;
  }
  Wake();
  on_change_();
}

void ClusterWorker::TakeTelling(const broker::ReadRecord& read) {
  {
    const std::lock_guard lock(mutex_);
    if (!TakeTold(read, told_)) return;
    shown_told_ = nullptr;
  }
  Wake();
}

void ClusterWorker::TakeStatus(const broker::ReadRecord& read) {
  const auto connector = store::ConnectorOfTaskStatus(read.key);
  if (!connector) return;
  {
    const std::lock_guard lock(mutex_);
    touched_.connectors.insert(*connector);
  }
  Wake();
  on_change_();
}

std::shared_ptr<const Told> ClusterWorker::ToldNow() const {
  const std::lock_guard lock(mutex_);
  if (!shown_told_) shown_told_ = std::make_shared<const Told>(told_);
  return shown_told_;
}

void ClusterWorker::TakeState(const broker::ReadRecord& read) {
  const auto record = reader_->Read(read);
  if (!reader_->problem().empty()) log::Error(kLogger, reader_->problem());
  bool concerns_herder = false;
  {
    const std::lock_guard lock(mutex_);
    log_time_ = std::max<std::int64_t>(log_time_, read.time.time_since_epoch().count());
    log_time_at_ = Clock::now();
    if (!record) return;
    NoteMoves(*record);
    view_.Apply(*record);
    shown_ = nullptr;
    if (record->kind == Record::Kind::kConnector || record->kind == Record::Kind::kLedger)
      touched_.connectors.insert(record->name);
    touched_.all = touched_.all || record->kind == Record::Kind::kLeader;
    concerns_herder = touched_.all || !touched_.connectors.empty();
    while (!requests_.empty() && requests_.front().offset < view_.next_request()) requests_.pop_front();
    const auto* answer = std::get_if<std::shared_ptr<const Answer>>(&record->value);
    if (record->kind == Record::Kind::kAnswer && answer != nullptr) TakeAnswer(record->name, *answer);
  }
  Wake();
  if (concerns_herder) on_change_();
}

void ClusterWorker::NoteMoves(const Record& record) {
  const auto* ledger = std::get_if<std::shared_ptr<const Ledger>>(&record.value);
  if (ledger == nullptr) return;
  for (Move& move : MovesBetween(record.name, view_.LedgerOf(record.name).get(), **ledger)) {
    if (is_following_) new_moves_.push_back(move);
    moves_.push_back(std::move(move));
    if (moves_.size() > kMostMoves) moves_.pop_front();
  }
}

void ClusterWorker::TakeRequest(const broker::ReadRecord& read) {
  if (!read.value) return;
  LoggedRequest logged{.offset = read.offset, .appended = read.time.time_since_epoch().count(), .request = {}};
  try {
    logged.request = RequestFromJson(read.key, *read.value);
  } catch (const std::exception& error) {
    log::Warn(kLogger, "request " + read.key + " cannot be read: " + error.what());
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    log_time_ = std::max(log_time_, logged.appended);
    log_time_at_ = Clock::now();
    if (read.offset < view_.next_request()) return;
    requests_.push_back(std::move(logged));
    ++changes_;
  }
  changed_.notify_all();
}

std::shared_ptr<const View> ClusterWorker::Shown() const {
  if (!shown_) shown_ = std::make_shared<const View>(view_);
  return shown_;
}

std::shared_ptr<const View> ClusterWorker::view() const {
  const std::lock_guard lock(mutex_);
  return Shown();
}

bool ClusterWorker::leads() const {
  const std::lock_guard lock(mutex_);
  return leads_;
}

bool ClusterWorker::WatchesSplit(const Needs& needs) const {
  const std::lock_guard lock(mutex_);
  return leads_ || (!session_.id().empty() && WatcherOf(needs, view_, told_) == options_.worker);
}

bool ClusterWorker::IsOwned(const TaskKey& key) const {
  const LedgerTask* task = view_.Task(key);
  const auto held = holdings_.held().find(key);
  return task != nullptr && held != holdings_.held().end() && task->owned() && task->epoch == held->second.epoch &&
         task->session == session_.id() && task->worker == options_.worker;
}

ClusterWorker::Orders ClusterWorker::OrdersOf(const Holdings::Orders& orders) const {
  Orders made;
  for (const TaskKey& key : orders.end) made.end.emplace_back(key, IsOwned(key));
  for (const TaskKey& key : orders.go_on) made.go_on.emplace_back(key, holdings_.held().at(key).epoch);
  for (const TaskKey& key : orders.start) {
    const auto& held = holdings_.held().at(key);
    made.start.push_back({.key = key, .epoch = held.epoch, .share = held.share});
  }
  return made;
}

ClusterWorker::Orders ClusterWorker::Follow(bool all) {
  const std::lock_guard lock(mutex_);
  Touched touched = std::exchange(touched_, {});
  touched.all = touched.all || all;
  Orders orders =
      OrdersOf(touched.all ? holdings_.Follow(view_, session_) : holdings_.Follow(view_, session_, touched.connectors));
  orders.touched = std::move(touched);
  orders.view = Shown();
  return orders;
}

std::map<std::string, TellingWorker> ClusterWorker::workers() const {
  const std::lock_guard lock(mutex_);
  return told_.workers;
}

std::vector<Move> ClusterWorker::moves() const {
  const std::lock_guard lock(mutex_);
  return {moves_.begin(), moves_.end()};
}

std::vector<Move> ClusterWorker::TakeNewMoves() {
  const std::lock_guard lock(mutex_);
  return std::exchange(new_moves_, {});
}

void ClusterWorker::NoteCrash(const std::string& connector, int task) {
  {
    const std::lock_guard lock(mutex_);
    const LedgerTask* const blamed = view_.Task({connector, task});
    if (blamed == nullptr) return;
    // Others may have it by now.
    const std::uint64_t epoch = blamed->worker == options_.worker ? blamed->epoch
                                : blamed->from == options_.worker ? blamed->after
                                                                  : 0;
    if (epoch == 0) return;
    tells_.crashed = {{connector, task}, epoch};
    ++changes_;
  }
  changed_.notify_all();
}

void ClusterWorker::NoteCrash(std::vector<std::string> suspects, std::int64_t at) {
  {
    const std::lock_guard lock(mutex_);
    tells_.suspicion = {.connectors = std::move(suspects), .at = at};
    ++changes_;
  }
  changed_.notify_all();
}

bool ClusterWorker::IsCrashCounted() const {
  const std::lock_guard lock(mutex_);
  if (tells_.crashed) {
    const LedgerTask* const task = view_.Task(tells_.crashed->first);
    if (task != nullptr && task->blamed < tells_.crashed->second && task->epoch >= tells_.crashed->second) return false;
  }
  if (!tells_.suspicion) return true;
  return std::ranges::all_of(tells_.suspicion->connectors, [&](const std::string& name) {
    const auto ledger = view_.LedgerOf(name);
    if (ledger == nullptr) return true;
    const auto counted = ledger->blamed.find(options_.worker);
    return counted != ledger->blamed.end() && counted->second == tells_.suspicion->at;
  });
}

ClusterWorker::Orders ClusterWorker::Leave() {
  Orders orders;
  {
    const std::lock_guard lock(mutex_);
    tells_.leaving = true;
    tells_.returns_within = options_.return_grace;
    orders = OrdersOf(holdings_.Leave());
    ++changes_;
  }
  changed_.notify_all();
  return orders;
}

void ClusterWorker::Ended(const TaskKey& key) {
  {
    const std::lock_guard lock(mutex_);
    holdings_.Ended(key);
    touched_.connectors.insert(key.connector);
    ++changes_;
  }
  changed_.notify_all();
}

void ClusterWorker::Refused(const TaskKey& key, const std::string& why) {
  {
    const std::lock_guard lock(mutex_);
    holdings_.Refused(key, why);
    touched_.connectors.insert(key.connector);
    ++changes_;
  }
  changed_.notify_all();
}

void ClusterWorker::AwaitChange(std::chrono::milliseconds wait) const {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, wait, [this, seen = changes_] { return changes_ != seen; });
}

void ClusterWorker::AwaitHandedOver(Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, deadline, [this] {
    if (session_.id().empty()) return true;  // nobody waits for it
    for (const auto& [name, ledger] : view_.ledgers()) {
      for (const LedgerTask& task : ledger->tasks) {
        if (task.session == session_.id()) return false;
      }
    }
    return true;
  });
}

ClusterWorker::Permit ClusterWorker::PermitOf(const TaskKey& key) const {
  const std::lock_guard lock(mutex_);
  const auto held = holdings_.held().find(key);
  if (held == holdings_.held().end()) return Permit::kNo;
  const bool owned = IsOwned(key);
  if (owned && session_.Holds(BootTime())) return Permit::kYes;
  return owned || !held->second.ending ? Permit::kNotNow : Permit::kNo;
}

void ClusterWorker::KeepSession(const std::stop_token& stop) {
  log::NameThread("cluster-session");
  const broker::GroupSpec spec{
      .group = options_.group,
      .client_id = options_.worker,
      .instance_id = options_.worker,
      // One worker for each at most can lead; more are members all the same.
      .topic = {.name = options_.group_topic, .partitions = 64, .config = {}, .replication_factor = {}},
      .session_timeout = options_.session_timeout,
      .heartbeat_interval = options_.heartbeat_interval};
  std::unique_ptr<broker::GroupMembership> membership;
  const Moment between_proofs = options_.session_timeout / 5;
  Moment next_proof{0};
  std::optional<Moment> first_joined;
  std::string told;
  while (!stop.stop_requested()) {
    if (!membership) {
      try {
        membership = groups_.Join(spec);
      } catch (const std::exception& error) {
        if (std::exchange(told, error.what()) != told) log::Warn(kLogger, "waiting to join the group: " + told);
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, stop, kPause, [] { return false; });
        continue;
      }
    }
    if (const Moment now = BootTime(); now >= next_proof) {
      membership->Prove(now);
      next_proof = now + between_proofs;
    }
    constexpr auto kPoll = 50ms;
    const auto proof = membership->Poll(kPoll);
    const bool is_replaced = membership->is_replaced();
    const std::string id = is_replaced ? "" : membership->member_id();
    bool is_new = false;
    {
      const std::lock_guard lock(mutex_);
      if (!session_.id().empty() && session_.id() != id) {
        log::Warn(kLogger, "the group has given this worker up (it did not hear of it for session.timeout.ms)");
        tells_.buried = session_.id();  // by which nothing acts any more
        session_.Lost();
        is_new = true;
      }
      if (proof && proof->is_confirmed && proof->member_id == id) {
        if (session_.id() != id) {
          if (options_.note_session) options_.note_session(id);
          session_.Joined(id, proof->sent);
          if (!first_joined) first_joined = BootTime();
          tells_.session = id;
          is_new = true;
          log::Info(kLogger, "this worker is " + id + " of group " + options_.group);
        } else {
          session_.Proved(proof->sent);
        }
      } else if (proof || session_.id() != id) {
        next_proof = std::min(next_proof, BootTime() + Moment(100));
      }
      const bool has_first = membership->has_first_partition() && !session_.id().empty();
      is_new = is_new || has_first != has_first_;
      has_first_ = has_first;
    }
    if (is_new) Changed();
    if (!is_replaced) continue;
    log::Warn(kLogger, "another process has come to the group as worker " + options_.worker +
                           ", in the place of this one; each must have a worker.id of its own");
    membership.reset();
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, kFencedPause, [] { return false; });
  }
  if (!membership) return;
  const bool may_leave = [&] {
    const std::lock_guard lock(mutex_);
    return (first_joined && BootTime() - *first_joined >= options_.session_timeout) ||
           holdings_.MayLeaveGroup(view_, session_);
  }();
  if (may_leave) membership->Leave();
}

}  // namespace framespool::cluster
