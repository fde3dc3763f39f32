#include "state_log.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <random>
#include <set>
#include <thread>
#include <utility>

#include <base/log.h>

namespace framespool::store {

namespace {

using namespace std::chrono_literals;

constexpr auto kPause = 100ms;  // between two tries

std::string NewId() {
  std::random_device random;
  std::string id;
  for (int i = 0; i < 16; ++i) id += "0123456789abcdef"[random() % 16];
  return id;
}

std::string HostName() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

std::chrono::milliseconds Until(std::chrono::steady_clock::time_point deadline) {
  return std::max(1ms, std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()));
}

}  // namespace

StateLog::StateLog(broker::StateTopics& topics, const KafkaStoreOptions& options)
    : topics_(topics), options_(options), owner_{.id = NewId(), .host = HostName(), .process = getpid()} {}

std::optional<std::string> StateLog::ValueOf(const std::string& topic, const std::string& key) const {
  const auto record = topics_.Find(topic, key);
  return record ? record->value : std::nullopt;
}

std::optional<StateOwner> StateLog::Owner() const {
  const auto value = ValueOf(options_.own.topic.name, OwnerKey(options_.is_shared ? options_.worker_id : ""));
  if (!value) return std::nullopt;
  try {
    return OwnerFromValue(*value);
  } catch (const std::exception& error) {
    log::Warn("store", "who wrote to topic " + options_.own.topic.name + " last cannot be read: " + error.what());
    return std::nullopt;
  }
}

void StateLog::Open() {
  const auto deadline = Clock::now() + options_.start_patience;
  std::string told;
  while (true) {
    try {
      Begin();
      return;
    } catch (const RetriableError& error) {
      if (Clock::now() > deadline) {
        throw StoreError(std::string("the worker's state in Kafka cannot be read: ") + error.what());
      }
      if (std::exchange(told, error.what()) != told) log::Warn("store", "waiting for the worker's state: " + told);
    } catch (const broker::BrokerError& error) {
      throw StoreError(error.what());
    }
    if (options_.stopped()) throw StoreError("stopped while waiting for the worker's state in Kafka");
    std::this_thread::sleep_for(kPause);
  }
}

void StateLog::Begin() {
  const auto wait = options_.patience;
  topics_.Claim(options_.writer, wait);
  for (const auto* spec : {&options_.own, &options_.config, &options_.status, &options_.offsets})
    topics_.Open(*spec, wait);
  const auto before = Owner();
  created_ = !before && topics_.All(options_.config.topic.name, "").empty();
  owner_.term = before ? before->term + 1 : 1;
  const std::vector<broker::StateWrite> owner{
      {options_.own.topic.name, OwnerKey(options_.is_shared ? options_.worker_id : ""), OwnerValue(owner_)}};
  topics_.Write(owner, wait);
  claimed_ = true;
}

void StateLog::GiveUp(const StateOwner& other) {
  superseded_ = "another worker has taken over this worker's state (host " + other.host + ", process " +
                std::to_string(other.process) + "): it has the same " +
                (options_.is_shared ? "worker.id" : "group.id") + ", " + options_.writer +
                " is its transactional.id. This worker writes nothing more; run one of them, or give each a " +
                (options_.is_shared ? "worker.id of its own" : "group.id and storage topics of its own");
  options_.on_superseded(superseded_);
  throw StoreError(superseded_, true);
}

void StateLog::Claim(Clock::time_point deadline) {
  topics_.Claim(options_.writer, Until(deadline));
  // From here on nobody else writes, so what is read is what is.
  topics_.ReadToEnd(options_.own.topic.name, Until(deadline));
  const auto owner = Owner();
  if (owner && owner->id != owner_.id) GiveUp(*owner);
  if (in_doubt_) {
    std::set<std::string> names;
    for (const auto& write : in_doubt_->writes) names.insert(write.topic);
    for (const std::string& name : names) topics_.ReadToEnd(name, Until(deadline));
    if (!in_doubt_->before.empty() && IsWritten(in_doubt_->writes)) topics_.Write(in_doubt_->before, Until(deadline));
    in_doubt_.reset();
  }
  claimed_ = true;
}

bool StateLog::IsWritten(const std::vector<broker::StateWrite>& writes) const {
  return std::all_of(writes.begin(), writes.end(),
                     [&](const auto& write) { return ValueOf(write.topic, write.key) == write.value; });
}

void StateLog::Write(const std::vector<broker::StateWrite>& writes, std::chrono::milliseconds patience,
                     IfLate if_late) {
  if (!superseded_.empty()) throw StoreError(superseded_, true);
  if (writes.empty()) return;
  const auto deadline = Clock::now() + patience;
  std::optional<InDoubt> mine;
  while (true) {
    try {
      if (!claimed_) {
        Claim(deadline);
        if (mine && IsWritten(writes)) return;
      }
      mine.emplace(InDoubt{.writes = writes, .before = {}});
      if (if_late == IfLate::kUndone) {
        for (const auto& write : writes)
          mine->before.push_back({write.topic, write.key, ValueOf(write.topic, write.key)});
      }
      topics_.Write(writes, Until(deadline));
      return;
    } catch (const broker::StateClaimLost& error) {
      claimed_ = false;
      if (Clock::now() >= deadline) {
        in_doubt_ = std::move(mine);
        throw StoreError(error.what());
      }
      // Looked for at once, or by whoever writes next.
      if (mine) in_doubt_ = InDoubt{.writes = writes, .before = {}};
    } catch (const RetriableError& error) {
      claimed_ = false;
      if (Clock::now() + kPause >= deadline) {
        if (mine) in_doubt_ = std::move(mine);
        throw StoreError(error.what());
      }
      std::this_thread::sleep_for(kPause);
    } catch (const broker::BrokerError& error) {
      claimed_ = false;
      throw StoreError(error.what());
    }
  }
}

}  // namespace framespool::store
