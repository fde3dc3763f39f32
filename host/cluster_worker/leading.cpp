// What the worker does that leads.
#include <algorithm>
#include <utility>

#include <base/log.h>
#include <framespool/errors.h>

#include "boot_clock.h"
#include "cluster_worker/cluster_worker.h"
#include "record_format.h"

namespace framespool::cluster {

namespace {

using namespace std::chrono_literals;

constexpr auto kLeadLook = 250ms;
constexpr auto kLeadPause = 200ms;  // after Kafka has said no
constexpr auto kDescribe = 500ms;   // between two questions for the members
constexpr auto kFencePatience = 2s;

}  // namespace

std::vector<Member> ClusterWorker::Members() {
  std::vector<Member> members;
  for (const auto& [client_id, member_id] : groups_.Describe(options_.group).members)
    members.push_back({.worker = client_id, .session = member_id});
  return members;
}

std::unique_ptr<ClusterWorker::Office> ClusterWorker::TakeOffice() {
  auto office = std::make_unique<Office>();
  office->claim = topics_.ClaimAs("framespool-cluster-" + options_.group, options_.wait);
  topics_.ReadToEnd(options_.state.topic.name, options_.wait);
  topics_.Open(options_.requests, options_.wait);  // made again, should it be gone
  topics_.ReadToEnd(options_.requests.topic.name, options_.wait);
  std::string session;
  {
    const std::lock_guard lock(mutex_);
    session = session_.id();
  }
  const LeaderPolicy policy{.session_timeout = options_.session_timeout, .return_delay = options_.return_delay};
  office->leader = std::make_unique<Leader>(*view(), policy, options_.rules, options_.needs);
  const Transaction begin = office->leader->Begin(options_.worker, session);
  office->claim->Write(WritesOf(begin, options_.state.topic.name), options_.wait);
  // Not before that: a session that the ledger names must not be newer than the list.
  office->members = Members();
  office->described = Clock::now();
  log::Info("cluster", "this worker leads group " + options_.group + ", term " +
                           std::to_string(office->leader->state().leader().term));
  return office;
}

void ClusterWorker::FenceTheDead(Office& office) {
  std::set<std::string> sessions;
  std::set<std::string> workers;
  for (const Member& member : office.members) {
    sessions.insert(member.session);
    workers.insert(member.worker);
  }
  std::set<std::string> dead;
  for (const auto& [name, ledger] : office.leader->state().ledgers()) {
    for (const LedgerTask& task : ledger->tasks) {
      if (!task.owned() || sessions.contains(task.session) || !office.fenced.insert(task.session).second) continue;
      log::Warn("cluster", "worker " + task.worker + " (" + task.session + ") is gone: its tasks go to others");
      // One that has come again has fenced the one before by itself.
      if (!workers.contains(task.worker)) dead.insert(task.worker);
    }
  }
  for (const std::string& worker : dead) {
    try {
      topics_.ClaimAs(options_.store_writer + worker, kFencePatience);
      topics_.ClaimAs(TellingWriterOf(worker), kFencePatience);
    } catch (const std::exception& error) {
      log::Warn("cluster", "fencing what worker " + worker + " stores: " + error.what());
    }
  }
}

void ClusterWorker::LeadOn(std::unique_ptr<Office>& office) {
  if (!office) office = TakeOffice();
  if (Clock::now() - office->described >= kDescribe) {
    office->members = Members();
    office->described = Clock::now();
  }
  FenceTheDead(*office);
  const auto told = ToldNow();
  Leader::Seen seen{.members = office->members, .told = told.get(), .requests = {}, .now = BootTime()};
  // Without the lock, which who reads takes within its own.
  seen.requests_end = topics_.ReadUpTo(options_.requests.topic.name);
  {
    const std::lock_guard lock(mutex_);
    seen.requests.assign(requests_.begin(), requests_.end());
    seen.requests_from = requests_.empty() ? office->leader->state().next_request() : requests_.front().offset;
    seen.requests_from = std::min(seen.requests_from, office->leader->state().next_request());
    seen.log_time =
        log_time_ + std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - log_time_at_).count();
  }
  const Transaction changes = office->leader->Next(seen);
  if (!changes.empty()) office->claim->Write(WritesOf(changes, options_.state.topic.name), options_.wait);
}

void ClusterWorker::Lead(const std::stop_token& stop) {
  log::NameThread("cluster-lead");
  std::unique_ptr<Office> office;
  std::string told;
  while (!stop.stop_requested()) {
    std::uint64_t seen = 0;
    bool may_lead = false;
    {
      const std::lock_guard lock(mutex_);
      seen = changes_;
      may_lead = has_first_ && session_.Holds(BootTime());
    }
    bool failed = false;
    try {
      if (!may_lead)
        office.reset();
      else
        LeadOn(office);
    } catch (const std::exception& error) {
      // What became of it is not known, or another leads: whoever leads next reads what there is.
      office.reset();
      failed = true;
      if (std::exchange(told, error.what()) != told) log::Warn("cluster", "leading: " + told);
    }
    const bool leads = office != nullptr;
    {
      std::unique_lock lock(mutex_);
      const bool is_new = std::exchange(leads_, leads) != leads;
      lock.unlock();
      if (is_new) Changed();
    }
    if (leads) told.clear();
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, failed ? std::chrono::milliseconds(kLeadPause) : std::chrono::milliseconds(kLeadLook),
                      [&] { return !failed && changes_ != seen && leads == leads_; });
  }
}

}  // namespace framespool::cluster
