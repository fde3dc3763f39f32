// Values of config providers in a worker: used where they are to be used, shown nowhere.
#include <herder/worker_herder.h>
#include <inspect/inspector.h>
#include <store_sqlite/sqlite_store.h>

#include <base/log.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <future>
#include <iterator>

#include "fakes/eventually.h"
#include "fakes/memory_broker.h"
#include "fakes/temporary_directory.h"

namespace framespool::herder {
namespace {

using namespace std::chrono_literals;
using base::Reason;
using fakes::Eventually;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kCanary = "CANARY-7f3a9e41c2d8";

RawConfig With(RawConfig config, const RawConfig& more) {
  for (const auto& [key, value] : more) config[key] = value;
  return config;
}

std::string TextOf(const Fields& fields) {
  std::string text;
  for (const auto& [name, value] : fields) {
    const auto* of = std::get_if<std::string>(&value);
    text += name + "=" + (of != nullptr ? *of : "number") + "\n";
  }
  return text;
}

std::string TextOf(const std::vector<Problem>& problems) {
  std::string text;
  for (const Problem& problem : problems) text += ToText(problem) + "\n" + TextOf(problem.facts);
  return text;
}

class ConfigProvidersTest : public testing::Test {
 protected:
  struct Worker {
    explicit Worker(ConfigProvidersTest& test)
        : store(store::OpenSqliteStore(test.data_ / "framespool.db")),
          plugins({PLUGINS, TEST_PLUGINS}),
          providers(test.provider_keys_, plugins) {
      HerderOptions options;
      options.version = "1";
      options.offset_flush_interval = 1h;
      options.shutdown_timeout = 60s;
      options.check_timeout = 60s;
      options.providers = providers;
      options.reload_interval = 10ms;
      herder = MakeHerder(options, plugins, *store, test.broker_,
                          [this](const std::string& connector, int task, std::string_view state,
                                 const std::string& message) { events.Add(connector, task, state, message); });
      inspect::InspectorOptions looks;
      looks.providers = providers;
      inspector = std::make_unique<inspect::Inspector>(looks, plugins, test.broker_, events,
                                                       [this] { return herder->Views(); });
    }
    std::unique_ptr<store::Store> store;
    plugins::PluginRegistry plugins;
    config::ConfigProviders providers;
    inspect::EventLog events;
    std::unique_ptr<WorkerHerder> herder;
    std::unique_ptr<inspect::Inspector> inspector;
  };

  void SetUp() override {
    std::filesystem::create_directory(data_);
    std::filesystem::create_directory(secrets_);
    Write(std::string("password=") + kCanary + "\ntopic=t\nplace=frames\n");
    Restart();
  }
  void TearDown() override { worker_->herder->Stop(); }

  void Restart() {
    if (worker_) {
      EXPECT_THAT(worker_->herder->Stop(), IsEmpty());
    }
    worker_.reset();
    worker_ = std::make_unique<Worker>(*this);
    herder().Start("127.0.0.1:1", {});
    Do([](Herder&) { return 0; });
  }

  /// As an editor does: the file is another one then.
  void Write(const std::string& properties) const {
    const auto written = folder_.path() / "written";
    std::ofstream(written) << properties;
    std::filesystem::rename(written, secrets_ / "door.properties");
  }
  std::string Of(const std::string& key) const {
    return "${file:" + (secrets_ / "door.properties").string() + ":" + key + "}";
  }
  RawConfig Source(const RawConfig& more = {}) const {
    return With({{"connector.class", "TellingSource"}, {"topic", "t"}, {"secret", Of("password")}}, more);
  }

  WorkerHerder& herder() { return *worker_->herder; }
  template <class F>
  std::invoke_result_t<F, Herder&> Do(F call) {
    std::promise<std::invoke_result_t<F, Herder&>> answer;
    herder().Post("test", [&] { answer.set_value(call(herder())); });
    return answer.get_future().get();
  }
  template <class T>
  std::optional<Reason> Told(const base::Outcome<T>& outcome) {
    message_ = outcome ? "" : outcome.error().message;
    problems_ = outcome ? std::vector<Problem>{} : outcome.error().problems;
    return outcome ? std::nullopt : std::optional(outcome.error().reason);
  }
  std::optional<Reason> Create(const std::string& name, const RawConfig& config,
                               InitialState initial = InitialState::kRunning) {
    return Told(Do([&](Herder& h) { return h.Create(name, config, initial, {}); }));
  }
  runtime::TaskStatus Task(const std::string& name) {
    const auto status = herder().Status(name);
    return status && status->tasks.size() == 1 ? status->tasks[0] : runtime::TaskStatus{};
  }
  bool AwaitTask(const std::string& name, runtime::State state) {
    return Eventually([&] { return Task(name).state == state; });
  }
  bool AwaitRecord(const std::string& topic, const std::string& value) {
    return Eventually([&] {
      const auto records = broker_.Records(topic);
      return !records.empty() && records.back().record.value.text() == value;
    });
  }
  std::vector<std::string> RestartsOf(const std::string& name) {
    std::vector<std::string> restarts;
    for (const inspect::Event& event : worker_->events.After(0)) {
      if (event.connector == name && event.state == "RESTARTING") restarts.push_back(event.message);
    }
    return restarts;
  }
  std::string Log() const {
    std::string text;
    for (const log::Line& line : log::Tail(log_before_, LogLevel::kTrace, "", 100000)) text += line.message + "\n";
    return text;
  }
  /// Whatever a person or a program can get to see of the worker, but for the topics themselves.
  std::string AllThatIsShown() {
    std::string all = message_ + "\n" + TextOf(problems_) + Log();
    for (const auto& name : herder().Connectors()) {
      const auto status = *herder().Status(name);
      all += status.trace + TextOf(status.problems);
      for (const auto& task : status.tasks) all += task.trace + "\n" + TextOf(task.problems) + TextOf(task.metrics);
      const runtime::ConnectorInfo info = *herder().Connector(name);
      for (const auto& [key, value] : info.config) all += key + "=" + value + "\n";
      const auto history = Do([&](Herder& h) { return h.History(name, 100); });
      for (const HistoryEntry& entry : *history) {
        for (const auto& [key, change] : entry.changes) all += change.from.value_or("") + change.to.value_or("") + "\n";
      }
    }
    for (const inspect::Event& event : worker_->events.After(0)) all += event.state + event.message + "\n";
    worker_->store->Flush();
    for (const auto& entry : std::filesystem::recursive_directory_iterator(data_)) {
      std::ifstream file(entry.path(), std::ios::binary);
      all.append(std::istreambuf_iterator<char>(file), {});
    }
    return all;
  }

  const TemporaryDirectory folder_;
  const std::filesystem::path data_ = folder_.path() / "data";
  const std::filesystem::path secrets_ = folder_.path() / "secrets";
  const std::filesystem::path hang_ = folder_.path() / "hang";
  const std::uint64_t log_before_ = log::NewestLine();
  RawConfig provider_keys_{
      {"config.providers", "file, hang"},
      {"config.providers.file.class", "org.apache.kafka.common.config.provider.FileConfigProvider"},
      {"config.providers.file.param.allowed.paths", secrets_.string()},
      {"config.providers.hang.class", "HangingConfigProvider"},
      {"config.providers.hang.param.hang.file", hang_.string()}};
  MemoryBroker broker_;
  std::unique_ptr<Worker> worker_;
  std::string message_;
  std::vector<Problem> problems_;
};

TEST_F(ConfigProvidersTest, AConfigIsKeptWithItsVariablesAndRunsWithWhatTheySay) {
  ASSERT_EQ(Create("door", Source({{"topic", Of("topic")}})), std::nullopt) << message_;
  EXPECT_TRUE(AwaitRecord("t", std::string("made with ") + kCanary));
  EXPECT_EQ(herder().Connector("door")->config.at("secret"), Of("password"));
  EXPECT_THAT(herder().Connector("door")->topics.names, ElementsAre("t"));
  EXPECT_EQ(worker_->store->Connectors().at(0).config.at("secret"), Of("password"));
  Write("password=another one\ntopic=u\n");
  Restart();
  EXPECT_TRUE(AwaitRecord("u", "made with another one"));
  EXPECT_TRUE(Eventually([&] { return herder().Connector("door")->topics.names == std::vector<std::string>{"u"}; }));
  EXPECT_THAT(AllThatIsShown(), AllOf(Not(HasSubstr(kCanary)), Not(HasSubstr("another one"))));
}

TEST_F(ConfigProvidersTest, AConnectorThatTellsItsSecretInTheLogAndItsMetricsTellsNothing) {
  ASSERT_EQ(Create("door", Source()), std::nullopt) << message_;
  EXPECT_TRUE(broker_.AwaitRecords("t", 1));
  EXPECT_TRUE(Eventually([&] { return Task("door").metrics.contains("told"); }));
  EXPECT_EQ(std::get<std::string>(Task("door").metrics.at("told")), "it is [hidden]");
  EXPECT_THAT(Log(), HasSubstr("begins with [hidden]\n"));
  EXPECT_THAT(AllThatIsShown(), Not(HasSubstr("CANARY")));
}

TEST_F(ConfigProvidersTest, ATaskThatFailsWithItsSecretInHandDoesNotShowIt) {
  for (const char* where : {"constructor", "poll"}) {
    const std::string name = std::string("door at ") + where;
    ASSERT_EQ(Create(name, Source({{"tell.where", where}})), std::nullopt) << message_;
    ASSERT_TRUE(AwaitTask(name, runtime::State::kFailed));
    EXPECT_THAT(Task(name).trace, HasSubstr("[hidden]"));
    EXPECT_THAT(TextOf(Task(name).problems), HasSubstr("[hidden]"));
    EXPECT_TRUE(Eventually([&] {
      const auto events = worker_->events.After(0);
      return std::any_of(events.begin(), events.end(), [&](const inspect::Event& event) {
        return event.connector == name && event.state == "FAILED" &&
               event.message.find("[hidden]") != std::string::npos;
      });
    }));
  }
  EXPECT_THAT(AllThatIsShown(), Not(HasSubstr("CANARY")));
}

TEST_F(ConfigProvidersTest, ACheckIsNoOracleForFiles) {
  EXPECT_EQ(Create("door", Source({{"tell.where", "check"}})), Reason::kInvalid);
  EXPECT_THAT(message_, HasSubstr("secret cannot be used: [hidden], in short [hidden]…"));
  EXPECT_EQ(problems_.at(0).facts.at("secret"), (Fields::mapped_type("[hidden]")));
  std::string all = AllThatIsShown();
  // Types, choices, names of topics, classes of transforms and their aliases, settings of clients.
  for (const RawConfig& more : std::vector<RawConfig>{{{"number", Of("password")}},
                                                      {{"tell.where", Of("password")}},
                                                      {{"topic", Of("password") + "/"}},
                                                      {{"tasks.max", Of("password")}},
                                                      {{"errors.tolerance", Of("password")}},
                                                      {{"transforms", "a"}, {"transforms.a.type", Of("password")}},
                                                      {{"transforms", Of("password")}},
                                                      {{"value.converter", Of("password")}},
                                                      {{"topic.creation.default.partitions", Of("password")}}}) {
    EXPECT_EQ(Create("door", Source(more)), Reason::kInvalid) << more.begin()->first;
    EXPECT_THAT(message_, HasSubstr("[hidden]")) << more.begin()->first;
    all += AllThatIsShown();
    const auto report = herder().Validate("TellingSource", With(Source(more), {{"name", "door"}}));
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_GT(report->error_count, 0);
    for (const auto& key : report->keys) {
      all += key.spec.name + key.spec.doc + key.spec.group + key.spec.display_name + key.result.name +
             key.result.value.value_or("") + TextOf(key.result.errors);
      if (key.spec.name == more.begin()->first) {
        EXPECT_EQ(key.result.value, more.begin()->second);
      }
    }
    for (const auto& group : report->groups) all += group;
    for (const auto& warning : report->warnings) all += warning.field + warning.message;
  }
  EXPECT_THAT(all, Not(HasSubstr("CANARY")));
}

TEST_F(ConfigProvidersTest, AProbeResolvesAndShowsNothingOfIt) {
  const auto probe = [&](const RawConfig& config) {
    std::promise<base::Outcome<inspect::ProbeReport>> answer;
    worker_->inspector->PostProbe([&] {
      answer.set_value(worker_->inspector->Probe("TellingSource", With(config, {{"name", "probe"}})));
    });
    return answer.get_future().get();
  };
  const auto seen = probe(Source());
  ASSERT_TRUE(seen) << seen.error().message;
  const auto bytes = seen->first_frame.bytes();
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
            std::string("made with ") + kCanary);
  EXPECT_THAT(seen->messages, ElementsAre("begins with [hidden]"));
  EXPECT_EQ(std::get<std::string>(seen->metrics.at("told")), "it is [hidden]");
  EXPECT_EQ(Told(probe(Source({{"tell.where", "poll"}}))), Reason::kInvalid);
  EXPECT_THAT(message_, HasSubstr("[hidden]"));
  EXPECT_THAT(AllThatIsShown(), Not(HasSubstr("CANARY")));
  EXPECT_EQ(Told(probe(Source({{"secret", Of("nothing")}}))), Reason::kInvalid);
  EXPECT_EQ(problems_.at(0).field, "secret");
}

TEST_F(ConfigProvidersTest, OffsetsNameASourcePartitionByTheVariableOfItsConfig) {
  ASSERT_EQ(Create("door", Source({{"tell.where", "offsets"}})), std::nullopt) << message_;
  const auto offsets = [&] { return herder().Offsets("door").value(); };
  ASSERT_TRUE(Eventually([&] { return offsets().size() == 1; }));
  EXPECT_EQ(offsets()[0].partition, (Fields{{"source", Of("password")}}));
  ASSERT_TRUE(Do([](Herder& h) { return h.StopConnector("door"); }).has_value());
  const std::vector<OffsetEntry> wanted{{Fields{{"source", Of("password")}}, Fields{{"next", std::int64_t{7}}}}};
  EXPECT_EQ(Told(Do([&](Herder& h) { return h.AlterOffsets("door", wanted); })), std::nullopt) << message_;
  ASSERT_EQ(offsets().size(), 1u);
  EXPECT_EQ(offsets()[0].partition, wanted[0].partition);
  EXPECT_EQ(*offsets()[0].offset, *wanted[0].offset);
  Write("other=new\n");
  EXPECT_EQ(offsets()[0].partition, (Fields{{"source", std::string("[hidden]")}}));
}

TEST_F(ConfigProvidersTest, ADeadLetterDoesNotSayWhatItsSinkWasGiven) {
  ASSERT_EQ(Create("door", {{"connector.class", "TellingSource"}, {"topic", "t"}, {"secret", "nothing"}}),
            std::nullopt);
  ASSERT_EQ(Create("sink", {{"connector.class", "TellingSink"},
                            {"topics", "t"},
                            {"secret", Of("password")},
                            {"errors.tolerance", "all"},
                            {"errors.log.enable", "true"},
                            {"errors.deadletterqueue.topic.name", "dead"},
                            {"errors.deadletterqueue.context.headers.enable", "true"}}),
            std::nullopt)
      << message_;
  ASSERT_TRUE(broker_.AwaitRecords("dead", 1));
  std::string headers;
  const auto letters = broker_.Records("dead");
  for (const Header& header : letters.at(0).record.headers) headers += header.key + "=" + header.value + "\n";
  EXPECT_THAT(headers, AllOf(HasSubstr("__connect.errors.exception.message=is not taken by [hidden]\n"),
                             Not(HasSubstr("CANARY"))));
  EXPECT_THAT(AllThatIsShown(), Not(HasSubstr("CANARY")));
}

TEST_F(ConfigProvidersTest, RefusesWhatCannotBeResolvedAtItsKeyAndSaysWhatToDo) {
  const std::string other = (folder_.path() / "other.properties").string();
  std::ofstream(other) << "key=CANARY\n";
  const std::string inside = secrets_.string();
  const auto refused = [&](const std::string& value, const char* kind, const std::string& why) {
    EXPECT_EQ(Create("door", Source({{"number", value}})), Reason::kInvalid) << value;
    ASSERT_EQ(problems_.size(), 1u) << message_;
    EXPECT_EQ(problems_[0].field, "number");
    EXPECT_EQ(problems_[0].kind.text(), kind) << value;
    EXPECT_THAT(problems_[0].message, HasSubstr(why)) << value;
  };
  refused("${vault:a:b}", "no-such-config-provider",
          "config provider \"vault\", which config.providers of the worker's "
          "properties does not have (file, hang)");
  refused("${file:" + inside + "/none.properties:a}", "config-value-unreadable", "there is no file " + inside);
  refused(Of("nothing"), "config-value-missing", "there is no \"nothing\" in ");
  refused("${file:" + other + ":key}", "config-value-unreadable", "must lie below allowed.paths");
  refused("${file:" + inside + "/../other.properties:key}", "config-value-unreadable", "must lie below allowed.paths");
  refused("${file:" + inside + ":key}", "config-value-unreadable", "is no plain file");
  refused("${file:key}", "config-value-unreadable", "it must be an absolute path, but is empty");
  EXPECT_EQ(Create("door", Source({{"connector.class", "${file:a:b}"}})), Reason::kInvalid);
  EXPECT_THAT(herder().Connectors(), IsEmpty());
  // ${name} is no variable, nor is half a one.
  EXPECT_EQ(Create("door", Source({{"secret", "${name} ${file:" + inside}})), std::nullopt) << message_;
  EXPECT_TRUE(AwaitRecord("t", "made with ${name} ${file:" + inside));
}

TEST_F(ConfigProvidersTest, AProviderThatDoesNotAnswerHoldsNobodyUpAndItsTaskGoesOnWhenItDoes) {
  const RawConfig config = Source({{"secret", "${hang:anywhere:key}"}});
  ASSERT_EQ(Create("late", config), std::nullopt) << message_;
  ASSERT_TRUE(AwaitRecord("t", "made with at last"));
  std::ofstream(hang_).close();
  Restart();
  EXPECT_EQ(Create("door", With(config, {{"topic", "u"}})), Reason::kInvalid);
  EXPECT_THAT(message_, HasSubstr("does not answer"));
  EXPECT_EQ(Create("other", Source({{"topic", "v"}, {"secret", "plain"}})), std::nullopt) << message_;
  EXPECT_TRUE(AwaitRecord("v", "made with plain"));
  EXPECT_TRUE(Eventually([&] { return Task("late").metrics.contains("waiting_for"); }));
  const std::size_t before = broker_.Records("t").size();
  std::filesystem::remove(hang_);
  EXPECT_TRUE(broker_.AwaitRecords("t", before + 1));
}

TEST_F(ConfigProvidersTest, AskingADeadPathAgainAndAgainLeavesOnlyAFewThreadsThere) {
  using Lookup = config::ConfigProviders::Lookup;
  const config::Variable dead{.provider = "hang", .path = "anywhere", .key = "key"};
  std::ofstream(hang_).close();
  std::vector<std::unique_ptr<Lookup>> asked;
  const bool is_refused = Eventually([&] {
    asked.push_back(std::make_unique<Lookup>(worker_->providers, std::set<config::Variable>{dead}));
    return asked.back()->AwaitUntil(std::chrono::steady_clock::now() + 200ms);  // with nobody asked it is all there is
  });
  ASSERT_TRUE(is_refused);
  const auto refused = asked.back()->Take();
  EXPECT_THAT(refused.at(dead).problem->message, HasSubstr("does not answer"));
  EXPECT_TRUE(refused.at(dead).is_retriable);
  EXPECT_THAT(worker_->providers.Resolve(Source()).problems, IsEmpty()) << "another provider has to wait";
  std::filesystem::remove(hang_);
  EXPECT_TRUE(Eventually([&] { return worker_->providers.Resolve({{"a", "${hang:anywhere:key}"}}).problems.empty(); }));
}

TEST_F(ConfigProvidersTest, ATaskThatWaitsForAProviderIsStoppedAllTheSame) {
  ASSERT_EQ(Create("late", Source({{"secret", "${hang:anywhere:key}"}})), std::nullopt) << message_;
  std::ofstream(hang_).close();
  Restart();
  EXPECT_TRUE(Do([](Herder& h) { return h.Delete("late", false); }).has_value());
  EXPECT_THAT(herder().Connectors(), IsEmpty());
  std::filesystem::remove(hang_);
}

TEST_F(ConfigProvidersTest, TasksRestartWhenTheFileHasChangedUnlessTheConfigSaysNone) {
  ASSERT_EQ(Create("door", Source()), std::nullopt) << message_;
  ASSERT_EQ(Create("calm", Source({{"topic", "u"}, {"config.action.reload", "none"}})), std::nullopt) << message_;
  ASSERT_TRUE(AwaitRecord("t", std::string("made with ") + kCanary));
  ASSERT_TRUE(AwaitRecord("u", std::string("made with ") + kCanary));
  Write(std::string("other=new\npassword=") + kCanary + "\n");  // nothing of it is used
  Write("password=CANARY-the-second\n");
  EXPECT_TRUE(AwaitRecord("t", "made with CANARY-the-second"));
  Write("password=CANARY-the-third\n");
  EXPECT_TRUE(AwaitRecord("t", "made with CANARY-the-third"));
  EXPECT_THAT(RestartsOf("door"), ElementsAre("", ""));
  EXPECT_THAT(RestartsOf("calm"), IsEmpty());
  EXPECT_EQ(broker_.Records("u").back().record.value.text(), std::string("made with ") + kCanary);
  const auto history = Do([](Herder& h) { return h.History("door", 10); });
  std::vector<std::string> by;
  for (const HistoryEntry& entry : *history) by.push_back(entry.action + " by " + entry.by);
  EXPECT_THAT(by,
              ElementsAre("CREATED by test", "RESTARTED by config.action.reload", "RESTARTED by config.action.reload"));
  EXPECT_THAT(AllThatIsShown(), Not(HasSubstr("CANARY")));
}

TEST_F(ConfigProvidersTest, ATaskThatFailedForWantOfAValueRunsWhenItIsThereAndOneThatRunsIsLeftWhenItGoes) {
  ASSERT_EQ(Create("door", Source()), std::nullopt) << message_;
  ASSERT_TRUE(AwaitRecord("t", std::string("made with ") + kCanary));
  std::filesystem::remove(secrets_ / "door.properties");
  Restart();
  ASSERT_TRUE(AwaitTask("door", runtime::State::kFailed));
  EXPECT_THAT(Task("door").trace, HasSubstr("secret cannot be \"${file:"));
  EXPECT_THAT(Task("door").trace, HasSubstr("there is no file"));
  Write("password=back again\n");
  EXPECT_TRUE(AwaitRecord("t", "made with back again"));
  const std::size_t restarts = RestartsOf("door").size();
  std::filesystem::remove(secrets_ / "door.properties");
  // Twenty polls of the source are many looks of the watch.
  const std::size_t before = broker_.Records("t").size();
  EXPECT_TRUE(broker_.AwaitRecords("t", before + 20));
  EXPECT_EQ(Task("door").state, runtime::State::kRunning);
  EXPECT_EQ(RestartsOf("door").size(), restarts);
}

}  // namespace
}  // namespace framespool::herder
