#include <cluster/leader.h>

#include <gmock/gmock.h>

#include <algorithm>

#include "fakes/memory_cluster_log.h"

namespace framespool::cluster {
namespace {

using std::chrono::seconds;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using State = LedgerTask::State;

class LeaderTest : public testing::Test {
 protected:
  LeaderTest() {
    Join("w1", "w1-1");
    Lead();
  }

  void Join(const std::string& worker, const std::string& session) {
    seen_.members.push_back({.worker = worker, .session = session});
    told_.workers[worker] = {.session = session, .labels = {}, .plugins = {{"Camera", {"1"}}}};
  }
  void Gone(const std::string& worker) {
    std::erase_if(seen_.members, [&](const Member& member) { return member.worker == worker; });
  }
  void Lead() {
    leader_.emplace(log_.view(), policy_, rules_, [](const RawConfig&) {
      return Needs{.connector_class = "Camera", .version = {}, .placement = {}};
    });
    writer_ = log_.BecomeWriter();
    Write(leader_->Begin("w1", "w1-1"));
  }
  bool Write(const Transaction& transaction) { return writer_->Commit(transaction); }
  void Step() {
    seen_.told = &told_;
    seen_.requests = requests_;
    if (const Transaction changes = leader_->Next(seen_); !changes.empty()) Write(changes);
  }
  std::string Ask(Action action, std::optional<std::string> if_match = {}) {
    const std::string id = std::to_string(requests_.size());
    Send(id, std::move(action), std::move(if_match));
    return id;
  }
  void Send(const std::string& id, Action action, std::optional<std::string> if_match = {}) {
    requests_.push_back({.offset = static_cast<std::int64_t>(requests_.size()),
                         .appended = seen_.log_time,
                         .request = {.id = id,
                                     .by = "test",
                                     .patience = seconds(10),
                                     .if_match = std::move(if_match),
                                     .action = std::move(action)}});
  }
  static CreateConnector Create(const std::string& name, RawConfig config = {{"tasks", "1"}}) {
    return {{.name = name, .config = std::move(config)}};
  }
  /// Empty: done.
  std::string Refusal(const std::string& id) const {
    const auto& answers = log_.view().answers();
    const auto found = answers.find(id);
    if (found == answers.end()) return "no answer";
    return found->second->refused ? std::string(found->second->refused->problems.at(0).kind.text()) : "";
  }
  const LedgerTask& Task(const std::string& name, int number = 0) const { return *log_.view().Task({name, number}); }

  MemoryClusterLog log_;
  LeaderPolicy policy_;
  ConfigRules rules_{.refuses = [](const store::StoredConnector&) { return std::nullopt; },
                     .tag = [](const RawConfig& config) { return config.empty() ? "" : config.begin()->second; },
                     .first_split =
                         [](const RawConfig& config) {
                           std::vector<RawConfig> split(static_cast<std::size_t>(std::stoi(config.at("tasks"))));
                           for (std::size_t i = 0; i < split.size(); ++i) split[i] = {{"share", std::to_string(i)}};
                           return split;
                         }};
  Told told_;
  Leader::Seen seen_;
  std::vector<LoggedRequest> requests_;
  std::optional<Leader> leader_;
  std::unique_ptr<ClusterLog::Writer> writer_;
};

TEST_F(LeaderTest, ACreatedConnectorRunsAndItsAnswerIsInTheSameTransaction) {
  const auto id = Ask(Create("cam"));
  int transactions = 0;
  log_.committed = [&](const Transaction&) { ++transactions; };
  Step();
  EXPECT_EQ(transactions, 1);
  EXPECT_EQ(Refusal(id), "");
  EXPECT_EQ(Task("cam").session, "w1-1");
  Step();
  EXPECT_EQ(transactions, 1) << "nothing is left to write";
}

TEST_F(LeaderTest, ANameThatIsCreatedTwiceIsCreatedOnce) {
  const auto first = Ask(Create("cam"));
  const auto second = Ask(Create("cam"));
  Step();
  EXPECT_EQ(Refusal(first), "");
  EXPECT_EQ(Refusal(second), "connector-exists");
}

TEST_F(LeaderTest, ARequestThatWasSentTwiceIsCarriedOutOnceAlsoByTheNextLeader) {
  Send("same", Create("cam"));
  Step();
  Send("same", Create("cam"));
  Lead();
  Step();
  EXPECT_EQ(Refusal("same"), "");
  EXPECT_EQ(log_.view().next_request(), 2);
}

TEST_F(LeaderTest, IfMatchLetsOneOfTwoChangesThrough) {
  Ask(Create("cam"));
  Step();
  const auto first = Ask(PutConfig{.name = "cam", .config = {{"tasks", "2"}}}, "1");
  const auto second = Ask(PutConfig{.name = "cam", .config = {{"tasks", "3"}}}, "1");
  Step();
  EXPECT_EQ(Refusal(first), "");
  EXPECT_EQ(Refusal(second), "precondition-failed");
  EXPECT_EQ(log_.view().Connector("cam")->config.at("tasks"), "2");
}

TEST_F(LeaderTest, WhatWasNotComeToInTimeIsRefusedAndNotDone) {
  const auto id = Ask(Create("cam"));
  seen_.log_time += 10'001;
  Step();
  EXPECT_EQ(Refusal(id), "not-in-time");
  EXPECT_EQ(log_.view().Connector("cam"), nullptr);
}

TEST_F(LeaderTest, ASplitOfAFormerConfigIsRefused) {
  Ask(Create("cam"));
  Step();
  Ask(PutConfig{.name = "cam", .config = {{"tasks", "2"}}});
  const auto split = Ask(SplitWork{.name = "cam", .revision = 1, .shares = {{}, {}, {}}});
  Step();
  EXPECT_EQ(Refusal(split), "split-outdated");
}

TEST_F(LeaderTest, TheSplitThatAChangeBringsIsTakenWhateverTheLeaderWouldMakeOfTheConfig) {
  CreateConnector create = Create("cam", {{"tasks", "1"}});
  create.split = {{{"share", "a"}}, {{"share", "b"}}, {{"share", "c"}}};
  Ask(create);
  Step();
  ASSERT_EQ(log_.view().LedgerOf("cam")->tasks.size(), 3U);
  EXPECT_EQ(*Task("cam", 2).share, (RawConfig{{"share", "c"}}));
  Ask(PutConfig{.name = "cam", .config = {{"tasks", "2"}}, .split = std::vector<RawConfig>()});
  Step();
  EXPECT_TRUE(log_.view().LedgerOf("cam")->split.empty()) << "it has no work any more";
}

TEST_F(LeaderTest, AnswersAreForgottenAfterAWhile) {
  const auto id = Ask(Create("cam"));
  Step();
  seen_.log_time += std::chrono::milliseconds(policy_.answers_kept).count() + 1;
  Step();
  EXPECT_EQ(Refusal(id), "no answer");
  EXPECT_NE(log_.view().Connector("cam"), nullptr);
}

TEST_F(LeaderTest, RequestsThatWereReadForAnotherLeaderAndLeaveSomeOutAreIgnored) {
  const auto first = Ask(Create("cam"));
  const auto second = Ask(Create("door"));
  seen_.requests_from = 1;
  Step();
  EXPECT_EQ(Refusal(second), "no answer");
  seen_.requests_from = 0;
  Step();
  EXPECT_EQ(Refusal(first), "");
  EXPECT_EQ(Refusal(second), "");
}

TEST_F(LeaderTest, ALogOfRequestsThatWasMadeAnewIsReadFromWhereItEnds) {
  for (int i = 0; i < 5; ++i) Ask(Create("cam-" + std::to_string(i)));
  Step();
  EXPECT_EQ(log_.view().next_request(), 5);
  requests_.clear();
  seen_.requests_end = 0;
  Step();
  EXPECT_EQ(log_.view().next_request(), 0);
  Send("new", Create("door"));
  seen_.requests_end = 1;
  Step();
  EXPECT_EQ(Refusal("new"), "");
  EXPECT_EQ(log_.view().next_request(), 1);
}

TEST_F(LeaderTest, AFormerLeaderWritesNothing) {
  auto former = std::move(writer_);
  Lead();
  EXPECT_FALSE(former->Commit({{.kind = Record::Kind::kConnector, .name = "cam", .value = {}}}));
}

TEST_F(LeaderTest, TasksOfADeadWorkerGoElsewhereAtOnceAndOthersStay) {
  Join("w2", "w2-1");
  Ask(Create("cam", {{"tasks", "4"}}));
  Step();
  const auto before = log_.view().LedgerOf("cam");
  Gone("w2");
  Step();
  for (std::size_t i = 0; i < 4; ++i) {
    const LedgerTask& task = log_.view().LedgerOf("cam")->tasks[i];
    EXPECT_EQ(task.session, "w1-1");
    EXPECT_EQ(task.epoch == before->tasks[i].epoch, before->tasks[i].session == "w1-1");
  }
}

TEST_F(LeaderTest, WhatAReplacedSessionHasIsNobodyElsesUntilItIsOverForSure) {
  policy_.session_timeout = seconds(6);
  Lead();
  Ask(Create("cam"));
  Step();
  ASSERT_EQ(Task("cam").session, "w1-1");
  Gone("w1");
  Join("w1", "w1-2");  // the process before may be suspended, and not know of it
  Join("w2", "w2-1");
  Step();
  EXPECT_EQ(Task("cam").session, "w1-1");
  seen_.now += std::chrono::milliseconds(5999);
  Step();
  EXPECT_EQ(Task("cam").session, "w1-1");
  seen_.now += std::chrono::milliseconds(1);
  Step();
  EXPECT_THAT(Task("cam").session, testing::AnyOf("w1-2", "w2-1"));
}

TEST_F(LeaderTest, WhatASessionHadOfAProcessThatHasEndedGoesOnAtOnceWhenItsWorkerIsBack) {
  policy_.session_timeout = seconds(6);
  Lead();
  Ask(Create("cam"));
  Step();
  Gone("w1");
  Join("w1", "w1-2");
  told_.workers["w1"].buried = "w1-0";  // another one's
  Step();
  EXPECT_EQ(Task("cam").session, "w1-1");
  told_.workers["w1"].buried = "w1-1";
  Step();
  EXPECT_EQ(Task("cam").session, "w1-2");
}

TEST_F(LeaderTest, WithADelayTheTasksOfADeadWorkerWaitForIt) {
  policy_.return_delay = seconds(30);
  Lead();
  Join("w2", "w2-1");
  Ask(Create("cam", {{"tasks", "2"}}));
  Step();
  Gone("w2");
  Step();
  const auto waits = [&] {
    return std::ranges::count(log_.view().LedgerOf("cam")->tasks, State::kWaiting, &LedgerTask::state);
  };
  EXPECT_EQ(waits(), 1);
  Join("w2", "w2-2");
  Step();
  EXPECT_EQ(waits(), 0);
  Gone("w2");
  Step();
  seen_.now += seconds(31);
  Step();
  EXPECT_EQ(waits(), 0);
}

TEST_F(LeaderTest, ARollingRestartStopsEachTaskOnce) {
  for (const char* worker : {"w2", "w3"}) Join(worker, std::string(worker) + "-1");
  Ask(Create("cam", {{"tasks", "9"}}));
  Step();
  for (const std::string worker : {"w1", "w2", "w3"}) {
    told_.workers[worker].leaving = true;
    told_.workers[worker].returns_within = seconds(60);
    const auto before = log_.view().LedgerOf("cam");
    for (int i = 0; i < 9; ++i) {
      if (Task("cam", i).worker == worker) told_.reports["cam"][i] = {.epoch = Task("cam", i).epoch, .reason = {}};
    }
    Step();
    Gone(worker);
    Step();
    Join(worker, worker + "-2");
    Step();
    for (int i = 0; i < 9; ++i) EXPECT_EQ(Task("cam", i).worker, before->tasks[static_cast<std::size_t>(i)].worker);
  }
  for (int i = 0; i < 9; ++i) EXPECT_EQ(log_.view().LedgerOf("cam")->last_epoch, 18u);
}

TEST_F(LeaderTest, ACleanStopHandsOverAtOnce) {
  Join("w2", "w2-1");
  Ask(Create("cam", {{"tasks", "2"}}));
  Step();
  told_.workers["w2"].leaving = true;
  for (int i = 0; i < 2; ++i) {
    if (Task("cam", i).worker == "w2") told_.reports["cam"][i] = {.epoch = Task("cam", i).epoch, .reason = {}};
  }
  Step();
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Task("cam", i).session, "w1-1");
}

TEST_F(LeaderTest, MovesOneTaskAtATimeToAWorkerThatCame) {
  Ask(Create("cam", {{"tasks", "6"}}));
  Step();
  Join("w2", "w2-1");
  const auto on = [&](const std::string& worker) {
    return std::ranges::count(log_.view().LedgerOf("cam")->tasks, worker, &LedgerTask::worker);
  };
  for (int step = 0; step < 20; ++step) {
    seen_.now += seconds(6);
    Step();
    const auto& tasks = log_.view().LedgerOf("cam")->tasks;
    EXPECT_LE(std::ranges::count(tasks, State::kRelease, &LedgerTask::state), 1);
    for (int i = 0; i < 6; ++i) {
      if (Task("cam", i).state == State::kRelease)
        told_.reports["cam"][i] = {.epoch = Task("cam", i).epoch, .reason = {}};
    }
  }
  EXPECT_EQ(on("w1"), 3);
  EXPECT_EQ(on("w2"), 3);
  EXPECT_EQ(log_.view().LedgerOf("cam")->last_epoch, 9u) << "three moved, once each";
}

TEST_F(LeaderTest, ATaskThatCrashesItsWorkersIsFailedAndTheOthersRun) {
  Ask(Create("good"));
  Ask(Create("poison"));
  Step();
  for (int crash = 1; crash <= 3; ++crash) {
    const auto epoch = Task("poison").epoch;
    Gone("w1");
    Step();
    Join("w1", std::to_string(crash));
    told_.workers["w1"].crashed = std::pair(TaskKey{"poison", 0}, epoch);
    Step();
  }
  EXPECT_EQ(Task("poison").state, State::kFailed);
  EXPECT_EQ(Task("good").state, State::kRun);
  const auto id = Ask(RestartTasks{.name = "poison", .tasks = {0}});
  Step();
  EXPECT_EQ(Refusal(id), "");
  EXPECT_EQ(Task("poison").state, State::kRun);
}

TEST_F(LeaderTest, AConnectorThatCrashesWorkersBesideItsTasksIsConfinedUntilSomebodyAsksForIt) {
  Ask(Create("good"));
  Ask(Create("poison"));
  Step();
  for (int crash = 1; crash <= 3; ++crash) {
    EXPECT_EQ(Task("poison").state, State::kRun) << crash;
    told_.workers["w1"].suspicion = {.connectors = {"poison", "gone"}, .at = 1000 + crash};
    for (int twice = 0; twice < 2; ++twice) Step();
  }
  const auto ledger = [&] { return log_.view().LedgerOf("poison"); };
  EXPECT_TRUE(ledger()->confined);
  EXPECT_EQ(ledger()->crashes, 3);
  EXPECT_EQ(Task("poison").state, State::kRelease);
  told_.reports["poison"][0] = {.epoch = Task("poison").epoch, .reason = {}};
  Step();
  EXPECT_TRUE(ledger()->tasks.empty());
  EXPECT_EQ(Task("good").state, State::kRun);
  const auto id = Ask(RestartTasks{.name = "poison", .tasks = {}, .connector = true});
  Step();
  EXPECT_EQ(Refusal(id), "");
  Step();
  EXPECT_EQ(Task("poison").state, State::kRun);
  EXPECT_EQ(ledger()->crashes, 0) << "what is still told has been counted";
}

TEST_F(LeaderTest, AnotherConfigOrAStopForgivesAConnectorItsCrashes) {
  Ask(Create("cam"));
  Step();
  const auto crash = [&](std::int64_t at) {
    told_.workers["w1"].suspicion = {.connectors = {"cam"}, .at = at};
    Step();
    return log_.view().LedgerOf("cam")->crashes;
  };
  EXPECT_EQ(crash(1), 1);
  EXPECT_EQ(crash(2), 2);
  Ask(PutConfig{.name = "cam", .config = {{"tasks", "1"}, {"other", "value"}}});
  Step();
  EXPECT_EQ(crash(3), 1);
  Ask(SetTarget{.name = "cam", .target = store::TargetState::kStopped});
  Step();
  EXPECT_EQ(crash(4), 1);
}

TEST_F(LeaderTest, WhyATaskDoesNotRunStandsInTheLedgerOnce) {
  told_.workers["w1"].plugins.clear();
  Ask(Create("cam"));
  Step();
  EXPECT_EQ(Task("cam").state, State::kWaiting);
  EXPECT_THAT(Task("cam").reason, testing::HasSubstr("w1 does not have Camera"));
  const auto end = log_.End();
  Step();
  EXPECT_EQ(log_.End(), end);
}

TEST_F(LeaderTest, WritesWhoIsInTheGroupWhenThatHasChanged) {
  Join("w2", "w2-1");
  std::swap(seen_.members[0], seen_.members[1]);
  Step();
  EXPECT_THAT(log_.view().members(), testing::ElementsAre(Member{.worker = "w1", .session = "w1-1"},
                                                          Member{.worker = "w2", .session = "w2-1"}));
  std::swap(seen_.members[0], seen_.members[1]);
  const auto end = log_.End();
  Step();
  EXPECT_EQ(log_.End(), end) << "in another order they are the same";
  Gone("w2");
  Step();
  EXPECT_THAT(log_.view().members(), testing::ElementsAre(Member{.worker = "w1", .session = "w1-1"}));
}

TEST_F(LeaderTest, ADeletedConnectorsLedgerStaysWithItsEpochsForTheNextOfThatName) {
  Ask(Create("cam"));
  Step();
  Ask(DeleteConnector{"cam"});
  Step();
  EXPECT_EQ(Task("cam").state, State::kRelease);
  Ask(Create("cam"));
  Step();
  EXPECT_EQ(Task("cam").state, State::kRelease) << "the former one's task has not ended";
  told_.reports["cam"][0] = {.epoch = 1, .reason = {}};
  Step();
  EXPECT_EQ(Task("cam").state, State::kRun);
  EXPECT_EQ(Task("cam").epoch, 2u);
}

}  // namespace
}  // namespace framespool::cluster
