#include <gmock/gmock.h>

#include <fstream>
#include <future>

#include "herder_fixture.h"

namespace framespool::herder {
namespace {

using namespace std::chrono_literals;
using base::Reason;
using fakes::Eventually;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const RawConfig kSource{{"connector.class", "ThrowingSource"}, {"topic", "t"}};
const RawConfig kSink{{"connector.class", "ThrowingSink"}, {"topics", "t"}};

TEST_F(HerderTest, CreatesRunsAndDeletesAConnector) {
  EXPECT_EQ(Create("camera", kSource), std::nullopt);
  EXPECT_TRUE(AwaitTask("camera", runtime::State::kRunning));
  EXPECT_TRUE(broker_.AwaitRecords("t", 3));
  EXPECT_EQ(herder().Connector("camera")->config.at("name"), "camera");
  EXPECT_EQ(Create("camera", kSource), Reason::kConflict);
  ASSERT_EQ(problems_.size(), 1u);
  EXPECT_EQ(problems_[0].kind.text(), "connector-exists");
  EXPECT_TRUE(Do([](Herder& h) { return h.Delete("camera", false); }).has_value());
  EXPECT_EQ(herder().Status("camera"), std::nullopt);
  EXPECT_EQ(Do([](Herder& h) { return h.Delete("camera", false); }).error().reason, Reason::kNotFound);
}

TEST_F(HerderTest, RefusesABadConfigNamingEveryBadKey) {
  EXPECT_EQ(Create("camera", {{"topic", "t"}}), Reason::kInvalid);
  EXPECT_THAT(message_, HasSubstr("connector.class"));
  EXPECT_EQ(Create("camera", {{"connector.class", "Camera"}}), Reason::kInvalid);
  EXPECT_THAT(message_, HasSubstr("available connectors are:"));
  EXPECT_EQ(Create("camera", {{"connector.class", "ThrowingSource"}, {"throw.what", "tantrum"}, {"tasks.max", "0"}}),
            Reason::kInvalid);
  EXPECT_THAT(message_, HasSubstr("contains the following 3 error(s):"));
  EXPECT_THAT(message_, HasSubstr("tasks.max must be a whole number of at least 1, but is \"0\""));
  EXPECT_THAT(message_, HasSubstr("topic is required"));
  EXPECT_THAT(message_, HasSubstr("throw.what must be one of"));
  EXPECT_EQ(Create("", kSource), Reason::kInvalid);
  EXPECT_EQ(Create("a\nb", kSource), Reason::kInvalid);
  EXPECT_EQ(Create("camera", With(kSource, {{"transforms", "x"}})), Reason::kInvalid);
  EXPECT_THAT(herder().Connectors(), IsEmpty());
}

TEST_F(HerderTest, ASinksPatternOfTopicsMustBeOneAndLeaveItsDeadLettersOut) {
  const RawConfig sink{{"connector.class", "ThrowingSink"}, {"topics.regex", "cam-.*"}};
  EXPECT_EQ(Create("screen", With(sink, {{"topics.regex", "cam-("}})), Reason::kInvalid);
  EXPECT_THAT(message_, HasSubstr("topics.regex must be regular expressions"));
  EXPECT_THAT(message_, HasSubstr("the following 1 error(s)"));
  EXPECT_EQ(Create("screen", With(sink, {{"errors.deadletterqueue.topic.name", "cam-dead"}})), Reason::kInvalid);
  EXPECT_THAT(message_, HasSubstr("topics.regex must not match the topic of errors.deadletterqueue.topic.name"));
  EXPECT_EQ(Create("screen", With(sink, {{"errors.deadletterqueue.topic.name", "dead-cam-1"}})), std::nullopt);
}

TEST_F(HerderTest, TellsAWarningOfAConnectorsOwnCheckAndRefusesNothingForIt) {
  const auto warned = With(kSource, {{"throw.where", "check"}, {"throw.what", "nothing"}});
  const auto messages = [](const base::Outcome<runtime::ConnectorInfo>& outcome) {
    std::vector<std::string> said;
    for (const auto& warning : outcome.value().warnings) said.push_back(warning.field + " " + warning.message);
    return said;
  };
  const std::string unfinished = "throw.where was not looked at in time, as asked";
  EXPECT_THAT(messages(Do([&](Herder& h) { return h.Check("camera", warned, InitialState::kRunning); })),
              ElementsAre(unfinished));
  EXPECT_THAT(messages(Do([&](Herder& h) { return h.Create("camera", warned, InitialState::kRunning, {}); })),
              ElementsAre(unfinished));
  EXPECT_TRUE(AwaitTask("camera", runtime::State::kRunning));
  EXPECT_THAT(herder().Connector("camera")->warnings, IsEmpty()) << "it is of the check, not of the connector";
}

TEST_F(HerderTest, RefusesASettingOfTheTopicThatTheBrokerRefusesInValidateAndInCreate) {
  const RawConfig config = With(kSource, {{"name", "camera"}, {"topic.creation.default.foo", "bar"}});
  const auto report = herder().Validate("ThrowingSource", config).value();
  ASSERT_EQ(report.error_count, 1);
  EXPECT_EQ(report.keys.back().spec.name, "topic.creation.default.foo");
  ASSERT_EQ(report.keys.back().result.errors.size(), 1u);
  EXPECT_EQ(report.keys.back().result.errors[0].message, "is no setting of this broker");
  EXPECT_EQ(Create("camera", config), Reason::kInvalid);
  EXPECT_THAT(message_, HasSubstr("topic.creation.default.foo is no setting"));
  EXPECT_EQ(Create("camera", With(kSource, {{"topic.creation.default.retention.ms", "1"}})), std::nullopt);
}

TEST_F(HerderTest, RefusesASecondConnectorAtThePlaceOfAnotherAndSharesAPortByPath) {
  const auto at = [](const char* port, const char* path, const char* host = "127.0.0.1") {
    return With(kSink, {{"listen.port", port}, {"listen.path", path}, {"listen.host", host}});
  };
  ASSERT_EQ(Create("first", at("7000", "/a")), std::nullopt);
  EXPECT_EQ(Create("second", at("7000", "/a")), Reason::kInvalid);
  EXPECT_THAT(message_, HasSubstr("listen.path is /a, which on port 7000 belongs to the connector first"));
  EXPECT_EQ(Create("second", at("7000", "/a", "localhost")), Reason::kInvalid);
  EXPECT_EQ(Create("second", at("7000", "/b", "0.0.0.0")), Reason::kInvalid);
  EXPECT_THAT(message_, HasSubstr("listen.port is port 7000 on 0.0.0.0"));
  EXPECT_EQ(Create("second", at("7000", "/b")), std::nullopt) << "one port, another path";
  EXPECT_EQ(Create("third", at("7000", "/a", "127.0.0.2")), std::nullopt) << "another address";
  EXPECT_EQ(Create("fourth", at("0", "/a")), std::nullopt);
  EXPECT_EQ(Create("fifth", at("0", "/a")), std::nullopt) << "each picks a port of its own";
  EXPECT_EQ(Create("sixth", at("7000", "/a"), InitialState::kStopped), std::nullopt) << "it does not answer yet";
  const auto put = Do([&](Herder& h) { return h.PutConfig("second", at("7000", "/a")); });
  EXPECT_EQ(put.error().reason, Reason::kInvalid);
  EXPECT_EQ(put.error().problems.at(0).kind.text(), "path-in-use");
  EXPECT_TRUE(Do([&](Herder& h) {
                return h.PutConfig("first", With(at("7000", "/a"), {{"tasks.max", "2"}}));
              }).has_value())
      << "its own place is no other's";
  ASSERT_TRUE(Do([](Herder& h) { return h.Resume("sixth"); }).has_value());
  for (const char* name : {"first", "sixth"}) {
    EXPECT_TRUE(Do([&](Herder& h) {
                  return h.PutConfig(name, With(at("7000", "/a"), {{"tasks.max", "3"}}));
                }).has_value())
        << "who shares a place already can be changed: " << name;
  }
}

TEST_F(HerderTest, TwoConnectorsMayChangePlacesInOneApplyButNotBothTakeOne) {
  const auto at = [](const char* path) { return With(kSink, {{"listen.port", "7000"}, {"listen.path", path}}); };
  ASSERT_EQ(Create("a", at("/a")), std::nullopt);
  ASSERT_EQ(Create("b", at("/b")), std::nullopt);
  const auto apply = [&](const std::map<std::string, RawConfig>& wanted, bool prune) {
    return Do([&](Herder& h) { return h.Apply(wanted, prune, false); });
  };
  EXPECT_TRUE(apply({{"a", at("/b")}, {"b", at("/a")}}, false).has_value());
  const auto both = apply({{"c", at("/c")}, {"d", at("/c")}}, false);
  ASSERT_FALSE(both);
  EXPECT_THAT(both.error().message, HasSubstr("belongs to the connector"));
  EXPECT_TRUE(apply({{"c", at("/a")}}, true).has_value()) << "whoever had it is deleted";
}

TEST_F(HerderTest, BringsEveryConnectorBackToItsTargetStateAfterARestart) {
  EXPECT_EQ(Create("running", kSource), std::nullopt);
  EXPECT_EQ(Create("paused", With(kSource, {{"topic", "p"}}), InitialState::kPaused), std::nullopt);
  EXPECT_EQ(Create("stopped", With(kSource, {{"topic", "s"}}), InitialState::kStopped), std::nullopt);
  Restart();
  EXPECT_THAT(herder().Connectors(), ElementsAre("paused", "running", "stopped"));
  EXPECT_TRUE(AwaitTask("running", runtime::State::kRunning));
  EXPECT_TRUE(AwaitTask("paused", runtime::State::kPaused));
  EXPECT_EQ(herder().Status("stopped")->state, runtime::State::kStopped);
  EXPECT_THAT(herder().Status("stopped")->tasks, IsEmpty());
  EXPECT_TRUE(broker_.Records("p").empty());
}

TEST_F(HerderTest, HandsOutTheSameViewOfAConnectorUntilWhatItSaysHasChanged) {
  EXPECT_EQ(Create("camera", kSource), std::nullopt);
  EXPECT_EQ(Create("idle", With(kSource, {{"topic", "i"}}), InitialState::kStopped), std::nullopt);
  const auto view = [&](std::size_t i) { return herder().Views()->at(i); };
  const auto before = *herder().Views();
  ASSERT_EQ(before.size(), 2u);
  EXPECT_EQ(before[1].info->name, "idle");
  EXPECT_EQ(before[1].status->state, runtime::State::kStopped);
  EXPECT_EQ(view(1).info, before[1].info);
  EXPECT_EQ(view(1).status, before[1].status);

  ASSERT_TRUE(AwaitTask("camera", runtime::State::kRunning));
  EXPECT_EQ(view(0).status->tasks.at(0).state, runtime::State::kRunning);
  const auto metrics = view(0).status->tasks[0].metrics;
  const auto records = broker_.Records("t").size();
  ASSERT_TRUE(broker_.AwaitRecords("t", records + 20));
  EXPECT_NE(view(0).status->tasks.at(0).metrics, metrics);

  Do([](Herder& h) { return h.Pause("camera"); });
  ASSERT_TRUE(AwaitTask("camera", runtime::State::kPaused));
  EXPECT_EQ(view(0).status->tasks.at(0).state, runtime::State::kPaused);
  Do([](Herder& h) { return h.PutConfig("idle", With(kSource, {{"topic", "other"}})); });
  EXPECT_EQ(view(1).info->config.at("topic"), "other");
  Do([](Herder& h) { return h.Delete("camera", false); });
  EXPECT_EQ(view(0).info->name, "idle");
  EXPECT_EQ(herder().Views(), herder().Views());
}

TEST_F(HerderTest, GoesOnExactlyWhereItStoppedOverEveryKindOfStop) {
  EXPECT_EQ(Create("camera", kSource), std::nullopt);
  const auto next = [&] { EXPECT_TRUE(broker_.AwaitRecords("t", broker_.Records("t").size() + 3)); };
  next();
  Do([](Herder& h) { return h.Pause("camera"); });
  EXPECT_TRUE(AwaitTask("camera", runtime::State::kPaused));
  Do([](Herder& h) { return h.Resume("camera"); });
  next();
  Do([](Herder& h) { return h.StopConnector("camera"); });
  EXPECT_EQ(herder().Status("camera")->state, runtime::State::kStopped);
  Do([](Herder& h) { return h.Resume("camera"); });
  next();
  Do([](Herder& h) { return h.RestartTask("camera", 0); });
  next();
  Restart();
  next();
  Do([](Herder& h) { return h.PutConfig("camera", With(kSource, {{"tasks.max", "2"}})); });
  next();
  std::int64_t expected = 0;
  for (const auto& stored : broker_.Records("t")) EXPECT_EQ(stored.record.value.text(), std::to_string(expected++));
}

TEST_F(HerderTest, AFailedTaskIsRestartedByEachOfConnectsCalls) {
  const auto trouble = folder_.path() / "trouble";
  std::ofstream(trouble).close();
  ASSERT_EQ(Create("camera", With(kSource, {{"throw.where", "constructor"}, {"throw.file", trouble.string()}})),
            std::nullopt);
  ASSERT_TRUE(AwaitTask("camera", runtime::State::kFailed));
  EXPECT_THAT(herder().Status("camera")->tasks[0].trace, HasSubstr("thrown in constructor as asked"));
  EXPECT_EQ(herder().Status("camera")->state, runtime::State::kRunning);
  Do([](Herder& h) { return h.Restart("camera", false, false); });
  EXPECT_TRUE(AwaitTask("camera", runtime::State::kFailed));
  std::filesystem::remove(trouble);
  const auto status = Do([](Herder& h) { return h.Restart("camera", true, true); }).value();
  EXPECT_EQ(status.tasks[0].state, runtime::State::kRestarting);
  EXPECT_TRUE(AwaitTask("camera", runtime::State::kRunning));
  EXPECT_EQ(Do([](Herder& h) { return h.RestartTask("camera", 1); }).error().reason, Reason::kNotFound);
}

TEST_F(HerderTest, ARestartPolicyRestartsAFailedTaskUntilWhatFailedItIsGone) {
  const auto trouble = folder_.path() / "trouble";
  std::ofstream(trouble).close();
  ASSERT_EQ(Create("camera", With(kSource, {{"throw.where", "constructor"},
                                            {"throw.file", trouble.string()},
                                            {"restart.policy", "failed"},
                                            {"restart.delay.ms", "1"},
                                            {"restart.delay.max.ms", "4"}})),
            std::nullopt);
  const auto restarts = [&] {
    const Fields metrics = herder().Status("camera")->tasks[0].metrics;
    const auto found = metrics.find("restarts");
    return found == metrics.end() ? 0 : std::get<std::int64_t>(found->second);
  };
  EXPECT_TRUE(Eventually([&] { return restarts() >= 3; }));
  std::filesystem::remove(trouble);
  EXPECT_TRUE(AwaitTask("camera", runtime::State::kRunning));
  EXPECT_GE(restarts(), 3) << "who looks later still sees that it was not well";
  EXPECT_FALSE(herder().Status("camera")->tasks[0].metrics.contains("next_restart_ms"));
  EXPECT_TRUE(std::ranges::any_of(inspector().Events(0), [](const inspect::Event& event) {
    return event.state == "RESTARTING" && event.message == "restart.policy = failed";
  }));
}

TEST_F(HerderTest, ARestartPolicyGivesUpAtItsNumberOfAttemptsAndSomebodysRestartBeginsAnew) {
  ASSERT_EQ(Create("camera", With(kSource, {{"throw.where", "constructor"},
                                            {"restart.policy", "failed"},
                                            {"restart.delay.ms", "1"},
                                            {"restart.attempts.max", "2"}})),
            std::nullopt);
  const auto stays_failed_after = [&](std::int64_t restarts) {
    return Eventually([&] {
      const auto task = herder().Status("camera")->tasks[0];
      const auto found = task.metrics.find("restarts");
      return task.state == runtime::State::kFailed && !task.metrics.contains("next_restart_ms") &&
             found != task.metrics.end() && found->second == Fields::mapped_type(restarts);
    });
  };
  EXPECT_TRUE(stays_failed_after(2));
  Do([](Herder& h) { return h.RestartTask("camera", 0); });
  EXPECT_TRUE(stays_failed_after(2));
}

TEST_F(HerderTest, ARestartPolicyDoesNotTryAgainWhatNoRestartMends) {
  ASSERT_EQ(Create("camera", With(kSource, {{"throw.where", "constructor"},
                                            {"throw.what", "config_error"},
                                            {"restart.policy", "failed"},
                                            {"restart.delay.ms", "1"}})),
            std::nullopt);
  ASSERT_TRUE(AwaitTask("camera", runtime::State::kFailed));
  Do([](Herder&) { return 0; });  // what the failure has posted is done
  const auto metrics = herder().Status("camera")->tasks[0].metrics;
  EXPECT_FALSE(metrics.contains("restarts"));
  EXPECT_FALSE(metrics.contains("next_restart_ms"));
}

TEST_F(HerderTest, AConnectorThatIsStoppedOrDeletedIsNotRestartedByItsPolicy) {
  const RawConfig failing =
      With(kSource, {{"throw.where", "constructor"}, {"restart.policy", "failed"}, {"restart.delay.ms", "60000"}});
  ASSERT_EQ(Create("camera", failing), std::nullopt);
  EXPECT_TRUE(Eventually([&] { return herder().Status("camera")->tasks[0].metrics.contains("next_restart_ms"); }));
  Do([](Herder& h) { return h.StopConnector("camera"); });
  EXPECT_THAT(herder().Status("camera")->tasks, IsEmpty());
  Do([](Herder& h) { return h.Resume("camera"); });
  EXPECT_TRUE(Eventually([&] { return herder().Status("camera")->tasks[0].metrics.contains("next_restart_ms"); }));
  Do([](Herder& h) { return h.Delete("camera", false); });
  EXPECT_FALSE(herder().Status("camera"));
}

TEST_F(HerderTest, ACheckThatThrowsOrNeverReturnsIsAnAnswer) {
  EXPECT_EQ(Create("camera", With(kSource, {{"throw.where", "check"}, {"throw.what", "foreign"}})), Reason::kFailed);
  EXPECT_THAT(message_, HasSubstr("ThrowingSource could not check the config"));
  RestartImpatiently();
  const auto hang = folder_.path() / "hang";
  std::ofstream(hang).close();
  EXPECT_EQ(Create("camera", {{"connector.class", "NeverReturningSource"},
                              {"topic", "t"},
                              {"hang.where", "check"},
                              {"hang.file", hang.string()}}),
            Reason::kFailed);
  EXPECT_THAT(message_, HasSubstr("did not finish checking the config within 300 ms"));
  EXPECT_THAT(herder().Stop(), ElementsAre("a check of a config")) << "or the process would end under it";
  std::filesystem::remove(hang);
  EXPECT_TRUE(StopsAtLast());
}

TEST_F(HerderTest, AForeignExceptionInPutFailsTheTaskAndNothingElse) {
  ASSERT_EQ(Create("camera", kSource), std::nullopt);
  ASSERT_EQ(Create("screen", With(kSink, {{"throw.where", "put"}, {"throw.what", "foreign"}})), std::nullopt);
  EXPECT_TRUE(AwaitTask("screen", runtime::State::kFailed));
  EXPECT_THAT(herder().Status("screen")->tasks[0].trace, HasSubstr("which is no std::exception"));
  EXPECT_TRUE(AwaitTask("camera", runtime::State::kRunning));
}

TEST_F(HerderTest, ASinkGetsWhatTheSourceSendsAndItsOffsetIsKept) {
  ASSERT_EQ(Create("screen", kSink), std::nullopt);
  ASSERT_EQ(Create("camera", kSource), std::nullopt);
  ASSERT_TRUE(broker_.AwaitRecords("t", 5));
  Do([](Herder& h) { return h.StopConnector("camera"); });
  const auto count = static_cast<std::int64_t>(broker_.Records("t").size());
  const auto put = [&]() -> std::int64_t {
    const auto metrics = herder().Status("screen")->tasks.at(0).metrics;
    const auto found = metrics.find("records_put");
    return found == metrics.end() ? 0 : std::get<std::int64_t>(found->second);
  };
  EXPECT_TRUE(Eventually([&] { return put() >= count; }));
  EXPECT_EQ(put(), count);
  Do([](Herder& h) { return h.StopConnector("screen"); });
  EXPECT_EQ(worker_->store->ConsumerOffset("connect-screen", {"t", 0}), count);
}

TEST_F(HerderTest, DeletesATopicOnlyWhenNoConnectorNamesIt) {
  EXPECT_EQ(Create("camera", kSource), std::nullopt);
  EXPECT_EQ(Create("screen", With(kSink, {{"topics", "other, t"}}), InitialState::kStopped), std::nullopt);
  ASSERT_TRUE(broker_.AwaitRecords("t", 3));
  const auto remove = [&] { return Do([](Herder& h) { return h.DeleteTopic("t"); }); };
  const auto code = [&] {
    const auto outcome = remove();
    return Told(outcome);
  };
  EXPECT_EQ(code(), Reason::kConflict);
  EXPECT_THAT(message_, HasSubstr("camera (source), screen (sink)"));
  EXPECT_TRUE(Do([](Herder& h) { return h.Delete("camera", false); }).has_value());
  EXPECT_EQ(code(), Reason::kConflict);
  EXPECT_TRUE(Do([](Herder& h) { return h.Delete("screen", false); }).has_value());
  worker_->store->CommitConsumerOffset("connect-screen", {"t", 0}, 3);
  EXPECT_EQ(code(), std::nullopt);
  EXPECT_FALSE(broker_.Describe("t"));
  EXPECT_TRUE(worker_->store->ConsumerOffsets("connect-screen").empty());
  EXPECT_EQ(code(), Reason::kNotFound);
}

TEST_F(HerderTest, ARestartIsAnEventOfTheConnectorAndOfEachTask) {
  EXPECT_EQ(Create("camera", kSource), std::nullopt);
  ASSERT_TRUE(AwaitTask("camera", runtime::State::kRunning));
  const auto restarts = [&] {
    std::vector<int> of;
    for (const inspect::Event& event : inspector().Events(0)) {
      if (event.state == "RESTARTING") of.push_back(event.task);
    }
    return of;
  };
  EXPECT_THAT(restarts(), IsEmpty());
  Do([](Herder& h) { return h.Restart("camera", true, false); });
  EXPECT_THAT(restarts(), ElementsAre(-1, 0));
  Do([](Herder& h) { return h.RestartTask("camera", 0); });
  Do([](Herder& h) { return h.Restart("camera", true, true); });  // nothing has failed
  EXPECT_THAT(restarts(), ElementsAre(-1, 0, 0));
  const std::size_t all = inspector().Events(0).size();
  EXPECT_EQ(inspector().Events(all).size(), 0U);
  EXPECT_EQ(inspector().Events(all + 1).size(), all);  // a number of an earlier worker's
}

TEST_F(HerderTest, AProbeRefusesAsCreateDoesAndLeavesNothingBehind) {
  const auto probe = [&](const std::string& plugin, const RawConfig& config) {
    std::promise<base::Outcome<inspect::ProbeReport>> answer;
    RawConfig named = config;
    named["name"] = "probe";
    inspector().PostProbe([&] {
      if (auto admitted = herder().AdmitProbe(plugin, named); !admitted)
        answer.set_value(base::PassOn(admitted));
      else
        answer.set_value(inspector().Probe(plugin, named));
    });
    auto outcome = answer.get_future().get();
    return Told(outcome);
  };
  EXPECT_EQ(probe("ThrowingSource", kSource), std::nullopt);
  EXPECT_EQ(probe("Camera", kSource), Reason::kNotFound);
  EXPECT_THROW(inspector().Probe("Camera", kSource).has_value(), std::invalid_argument) << "it was not admitted";
  EXPECT_EQ(probe("ThrowingSink", kSink), Reason::kInvalid);
  EXPECT_THAT(message_, HasSubstr("is a sink"));
  EXPECT_EQ(probe("ThrowingSource", {{"throw.what", "tantrum"}}), Reason::kInvalid);
  EXPECT_THAT(message_, AllOf(HasSubstr("\ntopic is required"), HasSubstr("\nthrow.what must be one of")));
  EXPECT_EQ(probe("ThrowingSource", With(kSource, {{"throw.where", "poll"}})), Reason::kInvalid);
  EXPECT_THAT(message_, HasSubstr("thrown in poll as asked"));
  RestartImpatiently();
  const auto hang = folder_.path() / "hang";
  std::ofstream(hang).close();
  EXPECT_EQ(probe("NeverReturningSource", With(kSource, {{"connector.class", "NeverReturningSource"},
                                                         {"hang.where", "check"},
                                                         {"hang.file", hang.string()}})),
            Reason::kFailed);
  EXPECT_THAT(herder().Connectors(), IsEmpty());
  EXPECT_FALSE(broker_.Describe("t"));
  std::filesystem::remove(hang);
  EXPECT_TRUE(StopsAtLast());
}

TEST_F(HerderTest, CreatesTheConnectorsNamedAtTheStartAfterTheStoredOnes) {
  Restart({{"camera", kSource}, {"broken", {{"connector.class", "Nope"}}}});
  EXPECT_THAT(herder().Connectors(), ElementsAre("camera"));
  EXPECT_EQ(herder().GetHealth().status, Health::Status::kHealthy);
}

TEST_F(HerderTest, AConnectorWhosePluginIsGoneIsFailedWithTheReasonAndComesBackWithIt) {
  worker_->store->PutConnector(
      {"old", {{"connector.class", "Vanished"}, {"name", "old"}}, store::TargetState::kRunning},
      {.connector = "old", .by = "test", .action = "CREATED", .before = {}, .after = {}});
  Restart();
  EXPECT_EQ(herder().Status("old")->state, runtime::State::kFailed);
  EXPECT_THAT(herder().Status("old")->trace, HasSubstr("name matches Vanished"));
  EXPECT_THAT(herder().Status("old")->trace, HasSubstr("wrong_abi.so: refused: built for ["));
}

TEST_F(HerderTest, RefusesEveryChangeOnceItStops) {
  ASSERT_EQ(Create("camera", kSource), std::nullopt);
  EXPECT_THAT(herder().Stop(), IsEmpty());
  EXPECT_EQ(Create("other", kSource), Reason::kUnavailable);
  EXPECT_EQ(Do([](Herder& h) { return h.Pause("camera"); }).error().reason, Reason::kUnavailable);
  EXPECT_EQ(herder().GetHealth().status, Health::Status::kUnhealthy);
}

TEST_F(HerderTest, ATaskThatDoesNotComeBackFromItsPluginIsSaidToBeStalledUntilItDoes) {
  const auto hang = folder_.path() / "hang";
  const RawConfig source{{"connector.class", "NeverReturningSource"}, {"topic", "t"}};
  const RawConfig sink{{"connector.class", "NeverReturningSink"}, {"topics", "t"}};
  ASSERT_EQ(Create("beats", kSource), std::nullopt);
  for (const auto& [config, where, call] : {std::tuple(source, "poll", "Poll()"),
                                            {source, "constructor", "constructor"},
                                            {sink, "put", "Put()"},
                                            {sink, "flush", "PreCommit()"}}) {
    SCOPED_TRACE(where);
    const bool commits = std::string(where) == "flush";
    std::ofstream(hang).close();
    ASSERT_EQ(
        Create("stuck",
               With(config, {{"hang.where", where}, {"hang.file", hang.string()}, {"task.stall.timeout.ms", "50"}})),
        std::nullopt);
    const auto task = [&] {
      const auto tasks = herder().Status("stuck")->tasks;
      return tasks.empty() ? runtime::TaskStatus{} : tasks.front();
    };
    if (commits) {
      const auto taken = [&] {
        const auto metrics = task().metrics;
        return metrics.contains("records") && metrics.at("records") != Fields::mapped_type(std::int64_t{0});
      };
      ASSERT_TRUE(Eventually(taken)) << "nothing to commit";
      Do([](Herder& h) { return h.Pause("stuck"); });
    }
    ASSERT_TRUE(Eventually([&] { return task().metrics.contains("stalled_in"); }));
    EXPECT_EQ(task().state, runtime::State::kUnassigned);
    EXPECT_EQ(task().metrics.at("stalled_in"), Fields::mapped_type(std::string(call)));
    EXPECT_THAT(task().trace, AllOf(HasSubstr(call), HasSubstr("task.stall.timeout.ms = 50")));
    ASSERT_EQ(task().problems.size(), 1u);
    EXPECT_EQ(task().problems[0].kind.text(), "task-stalled");
    const auto said = herder().GetHealth().problems;
    EXPECT_TRUE(std::ranges::any_of(said, [](const auto& problem) {
      return problem.kind == "task-stalled" && problem.subject == "connector stuck";
    }));
    EXPECT_EQ(herder().GetHealth().status, Health::Status::kHealthy) << "the others do not want another worker";
    EXPECT_EQ(herder().Status("beats")->tasks[0].state, runtime::State::kRunning);
    std::filesystem::remove(hang);
    EXPECT_TRUE(
        Eventually([&] { return task().state == (commits ? runtime::State::kPaused : runtime::State::kRunning); }));
    EXPECT_EQ(task().trace, "");
    EXPECT_FALSE(task().metrics.contains("stalled_in"));
    const auto events = inspector().Events(0);
    EXPECT_TRUE(std::ranges::any_of(events, [](const inspect::Event& event) {
      return event.connector == "stuck" && event.state == "UNASSIGNED" &&
             event.message.find("stalled") != std::string::npos;
    }));
    Do([](Herder& h) { return h.Delete("stuck", false); });
  }
}

TEST_F(HerderTest, ATaskThatWaitsForALongTimeInShortPollsIsNotStalled) {
  ASSERT_EQ(
      Create("waits", {{"connector.class", "NeverReturningSource"}, {"topic", "t"}, {"task.stall.timeout.ms", "2000"}}),
      std::nullopt);
  ASSERT_TRUE(AwaitTask("waits", runtime::State::kRunning));
  const auto polls = [&] { return herder().Status("waits")->tasks[0].meters->poll.Read().count; };
  ASSERT_TRUE(Eventually([&] { return polls() > 150; }));  // of 20 ms each
  EXPECT_TRUE(std::ranges::none_of(inspector().Events(0),
                                   [](const inspect::Event& event) { return event.state == "UNASSIGNED"; }));
}

TEST(HerderWithAStuckTask, LeavesItBehindAndGoesOn) {
  // What the stuck thread uses is never destroyed, as in the worker, which then ends without destructors.
  const TemporaryDirectory folder;
  auto& broker = *new MemoryBroker;
  auto& store = *store::OpenSqliteStore(folder.path() / "framespool.db").release();
  auto& plugins = *new plugins::PluginRegistry({TEST_PLUGINS});
  HerderOptions options;
  options.shutdown_timeout = 50ms;
  auto& herder = *MakeHerder(options, plugins, store, broker).release();
  herder.Start("127.0.0.1:1", {});
  const auto sign = folder.path() / "hangs";
  herder.Post("test", [&] {
    herder.Create("stuck",
                  {{"connector.class", "NeverReturningSource"},
                   {"topic", "t"},
                   {"hang.where", "constructor"},
                   {"hang.sign", sign.string()}},
                  InitialState::kRunning, {});
  });
  ASSERT_TRUE(Eventually([&] { return std::filesystem::exists(sign); }));
  std::promise<bool> deleted;
  herder.Post("test", [&] { deleted.set_value(herder.Delete("stuck", false).has_value()); });
  EXPECT_TRUE(deleted.get_future().get());
  EXPECT_THAT(herder.Connectors(), IsEmpty());
  EXPECT_THAT(herder.Stop(), ElementsAre("stuck"));
}

}  // namespace
}  // namespace framespool::herder
