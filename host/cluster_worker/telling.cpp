// What a worker tells the others, and what it asks the one that leads for.
#include <algorithm>
#include <random>
#include <utility>

#include <base/log.h>

#include "cluster_worker/cluster_worker.h"
#include "record_format.h"
#include "request_format.h"

namespace framespool::cluster {

namespace {

using namespace std::chrono_literals;

constexpr auto kSendAgain = 3s;    // a request without an answer
constexpr auto kAnswerComes = 5s;  // behind a request's patience
constexpr auto kLastAnswer = 3s;   // to a worker that stops
constexpr auto kToldAgain = 60s;
constexpr auto kFencedTellPause = 3s;  // where another has the same worker.id: the store ends one of them
constexpr auto kTellPause = 200ms;     // after Kafka has said no
constexpr auto kLook = 250ms;          // for what nobody tells of
constexpr std::string_view kTellingLogger = "cluster";

std::string NewId() {
  std::random_device random;
  std::string id;
  for (int i = 0; i < 32; ++i) id += "0123456789abcdef"[random() % 16];
  return id;
}

}  // namespace

std::string ClusterWorker::Add(std::string by, Action action, std::optional<std::string> if_match, std::string what) {
  std::string id = NewId();
  asked_[id] = {.request = {.id = id,
                            .by = std::move(by),
                            .patience = options_.patience,
                            .if_match = std::move(if_match),
                            .action = std::move(action)},
                .since = Clock::now(),
                .sent = {},
                .answer = nullptr,
                .what = std::move(what)};
  ++changes_;
  changed_.notify_all();
  return id;
}

std::string ClusterWorker::AskSoon(std::string by, Action action, std::string what) {
  const std::lock_guard lock(mutex_);
  return Add(std::move(by), std::move(action), std::nullopt, std::move(what));
}

bool ClusterWorker::IsAsked(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  return asked_.contains(id);
}

base::Outcome<void> ClusterWorker::Ask(std::string by, Action action, std::optional<std::string> if_match) {
  const auto deadline = Clock::now() + options_.patience + kAnswerComes;
  std::unique_lock lock(mutex_);
  const std::string id = Add(std::move(by), std::move(action), std::move(if_match), "");
  const Asked& asked = asked_.at(id);
  changed_.wait_until(lock, deadline, [&] { return asked.answer || tells_.leaving; });
  if (!asked.answer)
    changed_.wait_until(lock, std::min(deadline, Clock::now() + kLastAnswer), [&] { return asked.answer != nullptr; });
  const auto answer = asked_.extract(id).mapped().answer;
  lock.unlock();
  if (answer && answer->refused) return base::Refused(*answer->refused);
  if (answer) return {};
  return base::Refuse(
      base::Reason::kUnavailable,
      {.message = "no worker of group " + options_.group +
                  " that leads has answered; whether the change was or will be made is not known: look, and repeat it",
       .kind = "no-answer"});
}

void ClusterWorker::TakeAnswer(const std::string& id, std::shared_ptr<const Answer> answer) {
  const auto asked = asked_.find(id);
  if (asked == asked_.end()) return;
  asked->second.answer = std::move(answer);
  if (asked->second.what.empty()) return;
  if (const auto& refused = asked->second.answer->refused)
    log::Warn(kTellingLogger, asked->second.what + ": " + refused->message);
  asked_.erase(asked);
}

std::vector<broker::StateWrite> ClusterWorker::ToTell() {
  const std::string& topic = options_.told.topic.name;
  std::vector<broker::StateWrite> writes;
  const std::lock_guard lock(mutex_);
  if (session_.id().empty()) return writes;
  const auto known = told_.workers.find(options_.worker);
  if (known == told_.workers.end() || known->second != tells_)
    writes.push_back(WriteOf(topic, options_.worker, tells_));
  for (const auto& [key, report] : holdings_.ToTell(view_, session_, told_.reports))
    writes.push_back(WriteOf(topic, key, report));
  const auto now = Clock::now();
  std::erase_if(asked_, [&](const auto& each) {
    const Asked& asked = each.second;
    return !asked.what.empty() && now - asked.since > options_.patience + kAnswerComes;
  });
  for (auto& [id, asked] : asked_) {
    // Whoever asked has lost patience: sent later it could be carried out after its answer was forgotten.
    if (asked.answer || now - asked.since > options_.patience || (asked.sent && now - *asked.sent < kSendAgain))
      continue;
    asked.sent = now;
    writes.push_back({options_.requests.topic.name, id, ToJson(asked.request)});
  }
  return writes;
}

void ClusterWorker::MakeRequestsAgain() {
  try {
    topics_.Open(options_.requests, options_.wait);
  } catch (const std::exception& error) {
    log::Debug(kTellingLogger, std::string("looking for the topic of requests: ") + error.what());
  }
}

void ClusterWorker::Tell(const std::stop_token& stop) {
  log::NameThread("cluster-tell");
  std::unique_ptr<broker::StateClaim> claim;
  std::string told;
  Clock::time_point told_at;
  while (!stop.stop_requested()) {
    std::uint64_t seen = 0;
    {
      const std::lock_guard lock(mutex_);
      seen = changes_;
    }
    std::chrono::milliseconds pause = kLook;
    try {
      const auto writes = ToTell();
      if (!writes.empty()) {
        if (!claim) claim = topics_.ClaimAs(TellingWriterOf(options_.worker), options_.wait);
        claim->Write(writes, options_.wait);
        const bool has_told = std::any_of(writes.begin(), writes.end(), [this](const broker::StateWrite& write) {
          return write.topic == options_.told.topic.name;
        });
        // Or it would be told again.
        if (has_told) topics_.ReadToEnd(options_.told.topic.name, options_.wait);
        if (Clock::now() - told_at > kToldAgain) told.clear();
      }
    } catch (const std::exception& error) {
      claim.reset();
      {
        const std::lock_guard lock(mutex_);
        for (auto& [id, asked] : asked_) asked.sent.reset();
      }
      MakeRequestsAgain();
      const bool is_known = std::exchange(told, error.what()) == told;
      if (!is_known) log::Warn(kTellingLogger, "telling the cluster: " + told);
      told_at = Clock::now();
      const bool is_fenced_again = is_known && dynamic_cast<const broker::StateClaimLost*>(&error) != nullptr;
      pause = is_fenced_again ? kFencedTellPause : kTellPause;
      seen = 0;
    }
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, pause, [&] { return seen != 0 && changes_ != seen; });
  }
}

}  // namespace framespool::cluster
