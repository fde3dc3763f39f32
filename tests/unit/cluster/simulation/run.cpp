#include "run.h"

#include <algorithm>
#include <sstream>
#include <utility>

namespace framespool::cluster::simulation {

namespace {

constexpr Time kFaults = 12'000;
constexpr Time kLongestMove = 3000;      // of a dead worker's tasks, behind its session
constexpr Time kLongestQuiet = 150'000;  // where all tasks crash the only worker that may run them, one after the other

std::string Name(const TaskKey& key) { return key.connector + "-" + std::to_string(key.task); }

bool Same(const store::StoredConnector& a, const store::StoredConnector& b) {
  return a.config == b.config && a.target == b.target;
}

}  // namespace

void Counts::Add(const Counts& other) {
  runs += other.runs;
  steps += other.steps;
  faults += other.faults;
  terms += other.terms;
  given += other.given;
  written += other.written;
  answered += other.answered;
  quiet += other.quiet;
  deaths += other.deaths;
  longest_move = std::max(longest_move, other.longest_move);
}

Run::Run(std::uint64_t seed) : events_(seed) {
  kafka_.state.committed = [this](const Transaction& transaction) { Committed(transaction); };
  const auto count = static_cast<int>(events_.Between(2, 5));
  for (int i = 0; i < count; ++i) workers_.push_back({.id = "w" + std::to_string(i), .process = nullptr});
  for (Worker& worker : workers_) Launch(worker, events_.Between(0, 500));
}

void Run::Launch(Worker& worker, Time after) {
  Process::Nature nature{.worker = worker.id,
                         .clock_rate = static_cast<double>(events_.Between(95, 105)) / 100,
                         .clock_offset = events_.Between(0, 1'000'000),
                         .slowness = events_.Between(2, 40)};
  if (worker.process != nullptr) nature.crashed = worker.process->died_of();
  // Its keeper has seen it end; without one, nobody has.
  if (worker.process != nullptr && worker.process->dead() && events_.OneIn(2))
    nature.ended_session = worker.process->session().id();
  worker.process = std::make_shared<Process>(events_, kafka_, std::move(nature));
  worker.process->went_on = [this](const TaskKey& key, std::uint64_t from, std::uint64_t to) {
    if (before_[{key, to}] != from) throw Violation(Name(key) + " went on as it was, though another had it meanwhile");
  };
  processes_.push_back(worker.process);
  events_.In(after, [process = worker.process] { process->Start(); });
}

void Run::Step(Time end) {
  while (events_.Step(end)) {
    ++counts_.steps;
    CheckGates();
    // Who has died comes back, or does not.
    for (Worker& worker : workers_) {
      if (!worker.process->dead()) continue;
      std::erase(processes_, worker.process);
      Launch(worker, quiet_ ? events_.Between(10, 500) : events_.Between(10, 5000));
    }
    std::erase_if(processes_, [](const auto& process) { return process->dead(); });
  }
}

void Run::Fault() {
  ++counts_.faults;
  Worker& worker = workers_[static_cast<std::size_t>(events_.Between(0, static_cast<Time>(workers_.size()) - 1))];
  const auto until = [&](Time longest) { return events_.now() + events_.Between(100, longest); };
  switch (events_.Between(0, 8)) {
    case 0: return worker.process->Kill();
    case 1:
    case 2: return worker.process->SuspendUntil(until(2 * kSession));
    case 3:
    case 4: return worker.process->CutUntil(until(2 * kSession));
    case 5: return worker.process->SlowUntil(until(2 * kSession));
    case 6:
      if (!worker.process->suspended() && !worker.process->dead()) worker.process->Leave(events_.OneIn(2) ? 3000 : 0);
      return;
    case 7: return kafka_.AwayUntil(until(kSession));
    default: return Launch(worker, 0);  // a second process of the same worker; the first may be alive
  }
}

std::string Run::RandomName() { return std::string(1, static_cast<char>('a' + events_.Between(0, 3))); }

Action Run::RandomAction() {
  const std::string name = RandomName();
  const auto config = [&] {
    RawConfig made{{"tasks", std::to_string(events_.Between(1, 3))}, {"v", std::to_string(events_.Between(0, 2))}};
    if (events_.OneIn(5)) made["on"] = events_.OneIn(2) ? "site=bonn" : "worker=w0";
    if (events_.OneIn(10)) made["each"] = "";
    if (events_.OneIn(10)) made["file"] = "w1";
    if (events_.OneIn(10)) made["bad"] = "";
    if (events_.OneIn(12)) made["poison"] = "";
    return made;
  };
  const auto ledger = kafka_.state.view().LedgerOf(name);
  switch (events_.Between(0, 9)) {
    case 0:
    case 1:
    case 2: return CreateConnector{{.name = name, .config = config()}};
    case 3: return PutConfig{.name = name, .config = config()};
    case 4: return PatchConfig{.name = name, .changes = {{"v", std::to_string(events_.Between(3, 5))}, {"poison", {}}}};
    case 5: return DeleteConnector{.name = name};
    case 6:
    case 7: return SetTarget{.name = name, .target = static_cast<store::TargetState>(events_.Between(0, 2))};
    case 8: return RestartTasks{.name = name, .tasks = {0}};
    default: {
      SplitWork split{.name = name, .revision = ledger == nullptr ? 0 : ledger->revision, .shares = {}};
      for (Time i = 0; i < events_.Between(0, 3); ++i)
        split.shares.push_back({{"share", std::to_string(events_.Between(0, 3))}});
      return split;
    }
  }
}

void Run::Change() {
  if (processes_.empty()) return;
  const auto& process =
      processes_[static_cast<std::size_t>(events_.Between(0, static_cast<Time>(processes_.size()) - 1))];
  Request request{.id = "r" + std::to_string(++requests_),
                  .by = "test",
                  .patience = std::chrono::milliseconds(4000),
                  .if_match = {},
                  .action = RandomAction()};
  if (events_.OneIn(6)) {
    const auto seen = process->view().connectors().find(RandomName());
    request.if_match =
        seen == process->view().connectors().end() ? "none" : RulesOfTheSimulation().tag(seen->second->config);
  }
  const std::string id = request.id;
  asked_[id] = {.request = request, .by = process};
  process->Ask(std::move(request), [this, id](const Answer& answer) {
    asked_.at(id).answered = true;
    ++counts_.answered;
    const auto done = done_.find(id);
    if (done == done_.end() || done->second == answer.refused.has_value())
      throw Violation("request " + id + ": who asked was told otherwise than the log says");
  });
}

void Run::CheckGates() const {
  std::map<TaskKey, const Process*> open;
  for (const auto& process : processes_) {
    for (const auto& [key, held] : process->holdings().held()) {
      if (!held.ours || held.ending || !process->session().Holds(process->Clock())) continue;
      if (!open.emplace(key, process.get()).second) throw Violation("two gates are open for " + Name(key));
      const LedgerTask* task = kafka_.state.view().Task(key);
      if (task == nullptr || task->epoch != held.epoch || task->session != process->session().id())
        throw Violation("the gate of " + process->worker() + " is open for " + Name(key) +
                        ", which is not its task any more");
    }
  }
}

void Run::CheckLedger(const Record& record) {
  const auto& ledger = *std::get<std::shared_ptr<const Ledger>>(record.value);
  if (ledger.last_epoch < last_epochs_[record.name]) throw Violation("epochs of " + record.name + " went back");
  last_epochs_[record.name] = ledger.last_epoch;
  std::set<std::uint64_t> epochs;
  for (std::size_t i = 0; i < ledger.tasks.size(); ++i) {
    const LedgerTask& task = ledger.tasks[i];
    if (!task.owned()) continue;
    const TaskKey key{record.name, static_cast<int>(i)};
    if (!epochs.insert(task.epoch).second) throw Violation("two tasks of " + record.name + " have one epoch");
    if (task.epoch < epochs_[key]) throw Violation("the epoch of " + Name(key) + " went back");
    if (task.epoch == epochs_[key]) continue;
    ++counts_.given;
    before_[{key, task.epoch}] = epochs_[key];
    epochs_[key] = task.epoch;
  }
}

void Run::CheckAnswer(const Record& record) {
  const auto* answer = std::get_if<std::shared_ptr<const Answer>>(&record.value);
  if (answer == nullptr) return;
  const bool done = !(*answer)->refused;
  if (!done_.emplace(record.name, done).second) throw Violation("request " + record.name + " was carried out twice");
  if (done) Apply(asked_.at(record.name).request);
}

/// To the model: all that is not as it must be before it is a violation.
void Run::Apply(const Request& request) {
  const auto old = [&](const std::string& name, bool must_be) {
    const auto found = model_.find(name);
    const bool is = found != model_.end();
    if (must_be && !is) throw Violation("request " + request.id + " was done to " + name + ", which is not there");
    if (request.if_match && (!is || RulesOfTheSimulation().tag(found->second.config) != *request.if_match))
      throw Violation("request " + request.id + " was done, and its If-Match does not hold");
    return found;
  };
  if (const auto* create = std::get_if<CreateConnector>(&request.action)) {
    if (!model_.emplace(create->connector.name, create->connector).second)
      throw Violation("request " + request.id + " created " + create->connector.name + ", which was there");
  } else if (const auto* put = std::get_if<PutConfig>(&request.action)) {
    old(put->name, false);
    auto& connector = model_[put->name];
    connector.name = put->name;
    connector.config = put->config;
  } else if (const auto* patch = std::get_if<PatchConfig>(&request.action)) {
    RawConfig& config = old(patch->name, true)->second.config;
    for (const auto& [key, value] : patch->changes) {
      config.erase(key);
      if (value) config[key] = *value;
    }
  } else if (const auto* erase = std::get_if<DeleteConnector>(&request.action)) {
    model_.erase(old(erase->name, true));
  } else if (const auto* set = std::get_if<SetTarget>(&request.action)) {
    old(set->name, true)->second.target = set->target;
  }
}

void Run::Committed(const Transaction& transaction) {
  for (const Record& record : transaction) {
    if (record.kind == Record::Kind::kLedger) CheckLedger(record);
    if (record.kind == Record::Kind::kAnswer) CheckAnswer(record);
    if (record.kind == Record::Kind::kRequests) CheckPassed(std::get<std::int64_t>(record.value));
    if (record.kind != Record::Kind::kLeader) continue;
    const auto& leader = std::get<Leadership>(record.value);
    if (leader.term != ++term_) throw Violation("term " + std::to_string(leader.term) + " is not the next");
    ++counts_.terms;
  }
  const bool any = std::any_of(transaction.begin(), transaction.end(),
                               [](const Record& record) { return record.kind == Record::Kind::kAnswer; });
  const auto& connectors = kafka_.state.view().connectors();
  if (any && !std::equal(connectors.begin(), connectors.end(), model_.begin(), model_.end(),
                         [](const auto& a, const auto& b) { return a.first == b.first && Same(*a.second, b.second); }))
    throw Violation("the connectors are not what the requests that were carried out make of them");
}

void Run::CheckTask(const TaskKey& key, const LedgerTask& task, const RawConfig& config,
                    std::map<std::string, int>& loads) const {
  if (config.contains("poison")) {
    if (task.owned()) throw Violation(Name(key) + " crashes its workers and is not FAILED");
    return;
  }
  const auto runs =
      std::find_if(processes_.begin(), processes_.end(), [&](const auto& each) { return each->MayAct(key); });
  const Needs needs = NeedsInTheSimulation(config);
  const auto may_run = [&](const Worker& worker) {
    const auto file = config.find("file");
    if (file != config.end() && file->second != worker.id) return false;
    return needs.placement.Allows({{"worker", worker.id}, {"site", worker.id == "w0" ? "berlin" : "bonn"}}) &&
           (task.only.empty() || task.only == worker.id);
  };
  const bool any = std::any_of(workers_.begin(), workers_.end(), may_run);
  if (runs == processes_.end()) {
    if (any) throw Violation(Name(key) + " does not run after the quiet: " + task.reason);
    return;
  }
  const auto worker =
      std::find_if(workers_.begin(), workers_.end(), [&](const auto& each) { return each.id == (*runs)->worker(); });
  if (!may_run(*worker)) throw Violation(Name(key) + " runs on " + worker->id + ", where it may not");
  if (std::all_of(workers_.begin(), workers_.end(), may_run)) ++loads[worker->id];
}

/// Requests before `next` are not looked at any more.
void Run::CheckPassed(std::int64_t next) {
  for (; next_request_ < next; ++next_request_) {
    const LoggedRequest& passed = kafka_.requests.at(static_cast<std::size_t>(next_request_));
    const bool is_recent = events_.now() - passed.appended < PolicyOfTheSimulation().answers_kept.count() / 2;
    if (is_recent && !done_.contains(passed.request.id))
      throw Violation("request " + passed.request.id + " was passed by");
  }
}

void Run::CheckAnswers() const {
  if (next_request_ != static_cast<std::int64_t>(kafka_.requests.size())) throw Violation("requests wait");
  for (const auto& [id, asked] : asked_) {
    if (!done_.contains(id)) continue;
    const auto by = asked.by.lock();
    if (by != nullptr && !by->dead() && !asked.answered)
      throw Violation("who sent request " + id + " was not told its answer");
  }
}

void Run::CheckQuiet() {
  CheckAnswers();
  const View& view = kafka_.state.view();
  int leaders = 0;
  for (const auto& process : processes_) {
    leaders += process->leads() ? 1 : 0;
    if (!(process->view() == view))
      throw Violation("the view of " + process->worker() + " is another than the topic's");
  }
  if (leaders != 1) throw Violation("there are " + std::to_string(leaders) + " leaders after the quiet");
  const auto [loads, all_free] = CheckTasks();
  const auto [least, most] =
      std::minmax_element(loads.begin(), loads.end(), [](auto& a, auto& b) { return a.second < b.second; });
  if (all_free && most->second - least->second > 1)
    throw Violation(most->first + " has " + std::to_string(most->second) + " tasks and " + least->first + " " +
                    std::to_string(least->second));
}

Run::Loads Run::CheckTasks() const {
  const View& view = kafka_.state.view();
  std::map<std::string, int> loads;
  for (const Worker& worker : workers_) loads[worker.id] = 0;
  bool all_free = true;
  for (const auto& [name, ledger] : view.ledgers()) {
    const auto connector = view.Connector(name);
    const bool stopped = connector == nullptr || connector->target == store::TargetState::kStopped;
    if (stopped) {
      if (!ledger->tasks.empty()) throw Violation(name + " is stopped or deleted, and has tasks after the quiet");
      continue;
    }
    const Needs needs = NeedsInTheSimulation(connector->config);
    all_free = all_free && !needs.on_each && !connector->config.contains("on") && !connector->config.contains("file") &&
               !connector->config.contains("poison");
    if (!needs.on_each && ledger->tasks.size() != ledger->split.size())
      throw Violation(name + " has not the tasks of its split");
    for (std::size_t i = 0; i < ledger->tasks.size(); ++i)
      CheckTask({name, static_cast<int>(i)}, ledger->tasks[i], connector->config, loads);
  }
  return {std::move(loads), all_free};
}

/// One worker dies and does not come back; nothing else is wrong.
void Run::Death() {
  const auto which = static_cast<std::size_t>(events_.Between(0, static_cast<Time>(workers_.size()) - 1));
  workers_[which].process->Kill();
  workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(which));
  const Time died = events_.now();
  Time after = 0;
  for (bool all_run = false; !all_run;) {
    Step(died + (after += 100));
    try {
      CheckTasks();
      all_run = true;
    } catch (const Violation&) {
      if (after >= kSession + kLongestMove) throw;
    }
  }
  ++counts_.deaths;
  counts_.longest_move = static_cast<std::uint64_t>(after);
}

std::string Run::Report() {
  std::ostringstream out;
  out << "at " << events_.now() << " ms, term " << term_ << ", leader " << kafka_.state.view().leader().worker << '\n';
  for (const auto& [name, connector] : kafka_.state.view().connectors()) {
    out << name << ": target " << static_cast<int>(connector->target);
    for (const auto& [key, value] : connector->config) out << ' ' << key << '=' << value;
    out << '\n';
  }
  for (const auto& [name, ledger] : kafka_.state.view().ledgers()) {
    out << name << ": revision " << ledger->revision << ", split " << ledger->split.size() << '\n';
    for (const LedgerTask& task : ledger->tasks) {
      out << "  state " << static_cast<int>(task.state) << " session " << task.session << " epoch " << task.epoch
          << " after " << task.after << " revision " << task.revision << " crashes " << task.crashes << " only "
          << task.only << " to " << task.to << ' ' << task.reason << '\n';
    }
  }
  for (const Member& member : kafka_.Describe()) out << "member " << member.session << '\n';
  for (const auto& process : processes_) {
    out << process->worker() << (process->suspended() ? " suspended" : "") << (process->leads() ? " leads" : "")
        << " session " << process->session().id() << " until " << process->session().until().count() << " now "
        << process->Clock().count() << '\n';
    for (const auto& [key, held] : process->holdings().held())
      out << "  " << Name(key) << " epoch " << held.epoch << (held.ours ? " ours" : "")
          << (held.ending ? " ending" : "") << '\n';
  }
  return out.str();
}

Counts Run::Live() {
  for (Time at = 0; at < kFaults; at += events_.Between(50, 700)) {
    events_.In(at, [this] { Change(); });
  }
  const bool calm = events_.OneIn(8);
  for (Time at = 1500; !calm && at < kFaults; at += events_.Between(100, 3000)) {
    events_.In(at, [this] { Fault(); });
  }
  Step(kFaults);
  quiet_ = true;
  for (const auto& process : processes_) process->Heal();
  for (Time quiet = 3000;; quiet += 1000) {
    Step(kFaults + quiet);
    try {
      CheckQuiet();
      counts_.quiet = static_cast<std::uint64_t>(quiet);
      break;
    } catch (const Violation&) {
      if (quiet >= kLongestQuiet) throw;
    }
  }
  // One that can run on one worker only may be on its way to another, which will refuse it; and one may crash more.
  const auto& connectors = kafka_.state.view().connectors();
  const bool any_odd = std::any_of(connectors.begin(), connectors.end(), [](const auto& each) {
    return each.second->config.contains("file") || each.second->config.contains("poison");
  });
  if (calm && !any_odd) Death();
  counts_.runs = 1;
  for (const auto& [key, epoch] : epochs_) counts_.written += static_cast<std::uint64_t>(kafka_.Written(key));
  return counts_;
}

}  // namespace framespool::cluster::simulation
