// Records on their way between a task and its topic, through the transforms of the house.
#include <config/connector_config.h>
#include <config/parts.h>
#include <framespool/data.h>
#include <gmock/gmock.h>
#include <part_check.h>
#include <pending_records.h>
#include <record_stages.h>
#include <sink_runner.h>
#include <source_runner.h>
#include <store_sqlite/sqlite_store.h>

#include "fakes/eventually.h"
#include "fakes/memory_broker.h"
#include "fakes/temporary_directory.h"

namespace framespool::runtime {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const Fields kStream{{"stream", std::int64_t{1}}};
constexpr std::int64_t kRecords = 12;

RawConfig With(RawConfig config, const RawConfig& more) {
  for (const auto& [key, value] : more) config[key] = value;
  return config;
}

/// What the source of a test was told, on its own thread.
std::mutex told_mutex;
std::vector<std::string> told;

/// Sends the numbers 0 … 11 with a header of their name; a batch holds four.
class Numbering final : public SourceTask {
 public:
  struct Config {
    std::string topic;
  };
  static const ConfigDef<Config>& Describe() {
    static const auto def = ConfigDef<Config>().Field("topic", &Config::topic, "Where to.").Required();
    return def;
  }
  Numbering(Config config, SourceTaskContext& context) : config_(std::move(config)) {
    if (const auto offset = context.StoredOffset(kStream)) next_ = std::get<std::int64_t>(offset->at("next"));
    const std::lock_guard lock(told_mutex);
    told.push_back("starts at " + std::to_string(next_));
  }
  std::vector<SourceRecord> Poll(std::stop_token) override {
    std::vector<SourceRecord> records;
    while (next_ < kRecords && records.size() < 4) {
      const std::string number = std::to_string(next_++);
      records.push_back({.topic = config_.topic,
                         .partition = {},
                         .key = number,
                         .value = TextPayload("record " + number),
                         .headers = {{"number", number}},
                         .timestamp = Now(),
                         .source_partition = kStream,
                         .source_offset = {{"next", next_}}});
    }
    return records;
  }
  void Acknowledge(const SourceRecord& record) override {
    const std::lock_guard lock(told_mutex);
    told.push_back(record.topic + "/" + record.key.value_or("null"));
  }

 private:
  const Config config_;
  std::int64_t next_ = 0;
};

std::mutex put_mutex;
std::vector<std::string> put;

class Noting final : public SinkTask {
 public:
  struct Config {
    std::vector<std::string> topics;
  };
  static const ConfigDef<Config>& Describe() {
    static const auto def = ConfigDef<Config>().Field("topics", &Config::topics, "From where.").Required();
    return def;
  }
  Noting(const Config& /*config*/, SinkTaskContext& context) : context_(context) {}
  void Put(std::span<const SinkRecord> records, std::stop_token) override {
    const std::lock_guard lock(put_mutex);
    for (const SinkRecord& record : records) {
      if (record.value.text().find("indigestible") != std::string_view::npos)
        throw std::invalid_argument("cannot take this, said the test");
    }
    for (const SinkRecord& record : records) {
      if (record.value.text().find("unwelcome") != std::string_view::npos) {
        context_.Reject(record, {.message = "is not welcome, said the test"});
        continue;
      }
      put.push_back(record.topic + "/" + record.key.value_or("null") + "=" + std::string(record.value.text()));
    }
  }

 private:
  SinkTaskContext& context_;
};

std::vector<std::string> Taken(std::mutex& mutex, const std::vector<std::string>& lines) {
  const std::lock_guard lock(mutex);
  return lines;
}

class ChainTest : public testing::Test {
 protected:
  void SetUp() override {
    told.clear();
    put.clear();
  }

  std::shared_ptr<SourceRunner> StartSource(const RawConfig& more) {
    auto runner = std::make_shared<SourceRunner>(
        TaskIdentity{"numbering", 0, "Numbering"}, [](State, const std::string&, const std::string&) {},
        With({{"topic", "t"}}, more),
        []() -> plugins::Plugin {
          static constexpr PluginEntry kEntry = Source<Numbering>("Numbering", "Counts.");
          return plugins::Plugin(kEntry);
        },
        broker_, offsets_, &plugins_);
    runner->Start(false);
    return runner;
  }
  std::shared_ptr<SinkRunner> StartSink(const RawConfig& more) {
    auto runner = std::make_shared<SinkRunner>(
        TaskIdentity{"noting", 0, "Noting"}, [](State, const std::string&, const std::string&) {},
        With({{"topics", "t"}}, more),
        []() -> plugins::Plugin {
          static constexpr PluginEntry kEntry = Sink<Noting>("Noting", "Notes.");
          return plugins::Plugin(kEntry);
        },
        broker_, *store_, 1h, &plugins_);
    runner->Start(false);
    return runner;
  }
  static bool Stop(const std::shared_ptr<TaskRunner>& runner) {
    runner->RequestStop();
    return runner->AwaitEnd(std::chrono::steady_clock::now() + 60s);
  }
  static bool Failed(const std::shared_ptr<TaskRunner>& runner) {
    return runner->AwaitEnd(std::chrono::steady_clock::now() + 60s) && runner->Status().state == State::kFailed;
  }
  bool AwaitOffset(std::int64_t next) {
    return fakes::Eventually([&] {
      const auto offset = offsets_.Get("numbering", kStream);
      return offset && std::get<std::int64_t>(offset->at("next")) == next;
    });
  }
  std::vector<std::string> KeysIn(const std::string& topic) {
    std::vector<std::string> keys;
    for (const auto& stored : broker_.Records(topic)) keys.push_back(stored.record.key.value_or("null"));
    return keys;
  }
  void Append(std::vector<std::pair<std::optional<std::string>, Value>> records) {
    const auto producer = broker_.OpenProducer({.connector = "source"}, [](auto, auto, const auto&) {});
    for (auto& [key, value] : records) {
      producer->Append({{.topic = "t",
                         .partition = 0,
                         .key = key,
                         .value = value,
                         .headers = {},
                         .timestamp = Now(),
                         .source_partition = {},
                         .source_offset = {}}});
    }
  }
  config::ConfigReport Check(const RawConfig& config, PluginKind kind = PluginKind::kSource) {
    plugins::PluginClass connector;
    connector.class_name = "SomeConnector";
    connector.kind = kind;
    const RawConfig all = With({{"name", "c"}, {"connector.class", "SomeConnector"}, {"topics", "t"}}, config);
    config::ConfigReport report = config::CheckKeys(connector, all);
    config::CheckParts(report, connector, all, plugins_);
    const auto checked =
        herder::CheckPartsWithPlugins(plugins_, config::PartsOf(all, plugins_), kind != PluginKind::kSource, {}, true,
                                      report, 60s, base::DetachedCalls().Begin());
    EXPECT_TRUE(checked);
    return report;
  }
  /// "key: error" of each.
  std::vector<std::string> Errors(const RawConfig& config, PluginKind kind = PluginKind::kSource) {
    std::vector<std::string> errors;
    for (const auto& key : Check(config, kind).keys) {
      for (const Problem& error : key.result.errors) errors.push_back(key.spec.name + ": " + error.message);
    }
    return errors;
  }

  TemporaryDirectory folder_;
  std::unique_ptr<store::Store> store_ = store::OpenSqliteStore(folder_.path() / "framespool.db");
  MemoryBroker broker_;
  SourceOffsets offsets_{*store_, broker_, 1h};
  plugins::PluginRegistry plugins_{{PLUGINS}};
};

/// Leaves the records out whose header `number` fits.
RawConfig FilterOf(const std::string& numbers) {
  return {{"transforms", "drop"},
          {"transforms.drop.type", "org.apache.kafka.connect.transforms.Filter"},
          {"transforms.drop.predicate", "some"},
          {"predicates", "some"},
          {"predicates.some.type", "HeaderMatches"},
          {"predicates.some.name", "number"},
          {"predicates.some.pattern", numbers}};
}

TEST_F(ChainTest, ASourcesRecordsPassTransformsInTheirOrderBeforeTheTopic) {
  const auto runner = StartSource({{"transforms", "first,second"},
                                   {"transforms.first.type", "InsertHeader"},
                                   {"transforms.first.header", "at"},
                                   {"transforms.first.value.literal", "one"},
                                   {"transforms.second.type", "org.apache.kafka.connect.transforms.InsertHeader"},
                                   {"transforms.second.header", "at"},
                                   {"transforms.second.value.literal", "two"}});
  ASSERT_TRUE(broker_.AwaitRecords("t", kRecords));
  EXPECT_TRUE(Stop(runner));
  EXPECT_THAT(broker_.Records("t").front().record.headers,
              ElementsAre(Header{"number", "0"}, Header{"at", "one"}, Header{"at", "two"}));
}

TEST_F(ChainTest, APredicateSaysForWhichRecordsATransformIsAndNegateForWhichOthers) {
  RawConfig config = FilterOf("1|2|10");
  auto runner = StartSource(config);
  ASSERT_TRUE(AwaitOffset(kRecords));
  EXPECT_TRUE(Stop(runner));
  EXPECT_THAT(KeysIn("t"), ElementsAre("0", "3", "4", "5", "6", "7", "8", "9", "11"));
  config["transforms.drop.negate"] = "true";
  config["topic"] = "others";
  offsets_.Set("numbering", kStream, std::nullopt);
  runner = StartSource(config);
  ASSERT_TRUE(AwaitOffset(kRecords));
  EXPECT_TRUE(Stop(runner));
  EXPECT_THAT(KeysIn("others"), ElementsAre("1", "2", "10"));
}

TEST_F(ChainTest, WhatIsLeftOutMovesTheSourceOffsetOnAndIsNotReadAgain) {
  auto runner = StartSource(FilterOf("[89]|1[01]"));  // the tail: no record of the topic carries its offset
  ASSERT_TRUE(AwaitOffset(kRecords));
  EXPECT_TRUE(Stop(runner));
  EXPECT_EQ(std::get<std::int64_t>(runner->Status().metrics.at("records_filtered")), 4);
  offsets_.Flush();
  // A worker that starts anew, on what is stored.
  SourceOffsets again(*store_, broker_, 1h);
  EXPECT_EQ(again.Get("numbering", kStream), (Fields{{"next", kRecords}}));
  runner = StartSource(FilterOf("[89]|1[01]"));
  ASSERT_TRUE(fakes::Eventually([] { return Taken(told_mutex, told).back() == "starts at 12"; }));
  EXPECT_TRUE(Stop(runner));
  EXPECT_EQ(KeysIn("t").size(), 8U);
}

TEST_F(ChainTest, ASourceIsToldOfTheRecordsThatItMadeAlsoOfThoseLeftOut) {
  const auto runner = StartSource(With(FilterOf("3"), {{"transforms", "drop,route,key"},
                                                       {"transforms.route.type", "RegexRouter"},
                                                       {"transforms.route.regex", "(.*)"},
                                                       {"transforms.route.replacement", "to-$1"},
                                                       {"transforms.key.type", "HoistField$Key"},
                                                       {"transforms.key.field", "of"}}));
  ASSERT_TRUE(fakes::Eventually([] { return Taken(told_mutex, told).size() == kRecords + 1; }));
  EXPECT_TRUE(Stop(runner));
  EXPECT_THAT(Taken(told_mutex, told), ElementsAre("starts at 0", "t/0", "t/1", "t/2", "t/3", "t/4", "t/5", "t/6",
                                                   "t/7", "t/8", "t/9", "t/10", "t/11"));
  EXPECT_EQ(broker_.Records("to-t").size(), 11U);
  EXPECT_EQ(broker_.Records("to-t")[4].record.key, R"({"of":"NQ=="})");
}

TEST_F(ChainTest, ATransformThatThrowsFailsTheTaskAndNamesItsAlias) {
  const RawConfig config{
      {"transforms", "mask"}, {"transforms.mask.type", "MaskField$Value"}, {"transforms.mask.fields", "a"}};
  const auto runner = StartSource(config);
  ASSERT_TRUE(Failed(runner));
  EXPECT_THAT(runner->Status().trace, AllOf(HasSubstr("transforms.mask (MaskField): "), HasSubstr("but it is bytes"),
                                            HasSubstr("errors.tolerance = all")));
  EXPECT_THAT(KeysIn("t"), IsEmpty());
}

TEST_F(ChainTest, AChainThatThrowsOnEachRecordLeavesThemOutWhereThatIsTolerated) {
  const auto runner = StartSource({{"transforms", "mask"},
                                   {"transforms.mask.type", "MaskField$Value"},
                                   {"transforms.mask.fields", "a"},
                                   {"errors.tolerance", "all"}});
  ASSERT_TRUE(AwaitOffset(kRecords));
  EXPECT_TRUE(Stop(runner));
  EXPECT_EQ(std::get<std::int64_t>(runner->Status().metrics.at("records_skipped")), kRecords);
}

TEST_F(ChainTest, ATopicThatCannotBeIsWhatATransformDidWrong) {
  const auto runner = StartSource({{"transforms", "route"},
                                   {"transforms.route.type", "RegexRouter"},
                                   {"transforms.route.regex", "t"},
                                   {"transforms.route.replacement", "no such/topic"}});
  ASSERT_TRUE(Failed(runner));
  EXPECT_THAT(runner->Status().trace, HasSubstr("must be the name of a topic"));
}

TEST_F(ChainTest, ATopicThatATransformNamesIsMadeAsTheConfigSays) {
  const auto runner = StartSource({{"transforms", "route"},
                                   {"transforms.route.type", "RegexRouter"},
                                   {"transforms.route.regex", "t"},
                                   {"transforms.route.replacement", "wide"},
                                   {"topic.creation.groups", "w"},
                                   {"topic.creation.w.include", "wi.*"},
                                   {"topic.creation.w.partitions", "3"}});
  ASSERT_TRUE(AwaitOffset(kRecords));
  EXPECT_TRUE(Stop(runner));
  EXPECT_EQ(broker_.Describe("wide")->partitions.size(), 3U);
}

TEST_F(ChainTest, ASinkGetsWhatTheChainLeavesAndItsOffsetMovesOnBehindTheRest) {
  Append({{"a", TextPayload("1")}, {std::nullopt, TextPayload("2")}, {"c", Value()}});
  const auto runner = StartSink({{"transforms", "drop,route"},
                                 {"transforms.drop.type", "Filter"},
                                 {"transforms.drop.predicate", "dead"},
                                 {"transforms.route.type", "RegexRouter"},
                                 {"transforms.route.regex", "."},
                                 {"transforms.route.replacement", "$0able"},
                                 {"predicates", "dead"},
                                 {"predicates.dead.type", "RecordIsTombstone"}});
  ASSERT_TRUE(fakes::Eventually(
      [&] { return Taken(put_mutex, put).size() == 2 && runner->Status().metrics.contains("records_filtered"); }));
  EXPECT_TRUE(Stop(runner));
  EXPECT_THAT(Taken(put_mutex, put), ElementsAre("table/a=1", "table/null=2"));
  EXPECT_EQ(store_->ConsumerOffset("connect-noting", {"t", 0}), 3);
}

TEST_F(ChainTest, ASinksChainThatThrowsIsTheTolerancesMatter) {
  Append({{"a", TextPayload("1")}, {"b", Value()}});
  const RawConfig config{
      {"transforms", "mask"}, {"transforms.mask.type", "Cast$Value"}, {"transforms.mask.spec", "int8"}};
  auto runner = StartSink(config);
  ASSERT_TRUE(Failed(runner));
  EXPECT_THAT(runner->Status().trace, HasSubstr("transforms.mask (Cast): "));
  EXPECT_EQ(store_->ConsumerOffset("connect-noting", {"t", 0}), std::nullopt);
  runner = StartSink(With(config, {{"errors.tolerance", "all"}}));
  ASSERT_TRUE(fakes::Eventually([&] { return Taken(put_mutex, put).size() == 1; }));
  EXPECT_TRUE(Stop(runner));
  EXPECT_THAT(Taken(put_mutex, put), ElementsAre("t/b="));
  EXPECT_EQ(store_->ConsumerOffset("connect-noting", {"t", 0}), 2);
}

/// A chain that works on data, on a sink of JSON.
const RawConfig kOfJson{{"value.converter", "org.apache.kafka.connect.json.JsonConverter"},
                        {"value.converter.schemas.enable", "false"},
                        {"key.converter", "org.apache.kafka.connect.storage.StringConverter"},
                        {"transforms", "key,one,cast"},
                        {"transforms.key.type", "org.apache.kafka.connect.transforms.ValueToKey"},
                        {"transforms.key.fields", "n"},
                        {"transforms.key.predicate", "whole"},
                        {"transforms.one.type", "org.apache.kafka.connect.transforms.ExtractField$Key"},
                        {"transforms.one.field", "n"},
                        {"transforms.one.predicate", "whole"},
                        {"transforms.cast.type", "org.apache.kafka.connect.transforms.Cast$Key"},
                        {"transforms.cast.spec", "string"},
                        {"transforms.cast.predicate", "whole"},
                        {"predicates", "whole"},
                        {"predicates.whole.type", "TopicNameMatches"},
                        {"predicates.whole.pattern", "t"}};

TEST_F(ChainTest, ASinksConvertersMakeDataForTheChainAndBytesBehindIt) {
  Append({{std::nullopt, TextPayload(R"({ "n" : 7 })")}, {"old", TextPayload(R"({"n":8,"m":null})")}});
  const auto runner = StartSink(kOfJson);
  ASSERT_TRUE(fakes::Eventually([] { return Taken(put_mutex, put).size() == 2; }));
  EXPECT_TRUE(Stop(runner));
  EXPECT_THAT(Taken(put_mutex, put), ElementsAre(R"(t/7={ "n" : 7 })", R"(t/8={"n":8,"m":null})"))
      << "a value that the chain did not change has the bytes that it came with";
}

TEST_F(ChainTest, ASourcesDataIsWrittenByItsConverters) {
  const auto runner = StartSource({{"transforms", "hoist,key"},
                                   {"transforms.hoist.type", "HoistField$Value"},
                                   {"transforms.hoist.field", "frame"},
                                   {"transforms.key.type", "HoistField$Key"},
                                   {"transforms.key.field", "k"},
                                   {"value.converter", "JsonConverter"}});
  ASSERT_TRUE(broker_.AwaitRecords("t", kRecords));
  EXPECT_TRUE(Stop(runner));
  const SinkRecord record = broker_.Records("t").front().record;
  EXPECT_EQ(
      record.value.text(),
      R"({"schema":{"type":"struct","fields":[{"type":"bytes","optional":true,"field":"frame"}],"optional":false},)"
      R"("payload":{"frame":"cmVjb3JkIDA="}})");
  EXPECT_EQ(record.key, R"({"k":"MA=="})") << "without a converter of its own: bare JSON";
  EXPECT_THAT(record.headers, ElementsAre(Header{"number", "0"}));
}

TEST_F(ChainTest, BytesPassEveryConverterOfASourceAsTheyAre) {
  const auto runner = StartSource({{"value.converter", "JsonConverter"}, {"key.converter", "LongConverter"}});
  ASSERT_TRUE(broker_.AwaitRecords("t", kRecords));
  EXPECT_TRUE(Stop(runner));
  EXPECT_EQ(broker_.Records("t").front().record.value.text(), "record 0");
  EXPECT_EQ(broker_.Records("t").front().record.key, "0");
}

std::string HeaderOf(const SinkRecord& record, const char* name) {
  return std::string(FindHeader(record.headers, std::string("__connect.errors.") + name).value_or("none"));
}

TEST_F(ChainTest, WhatIsLeftOutGoesToTheDeadLetterTopicAsItWasWithWhyAndFromWhere) {
  Append({{"a", TextPayload("no json")},
          {"b", TextPayload(R"({"m":1,"indigestible":1})")},
          {"c", TextPayload(R"({"n":3})")},
          {"d", TextPayload(R"([1])")},
          {"e", TextPayload(R"({"n":5,"unwelcome":1})")}});
  const auto runner = StartSink(With(kOfJson, {{"errors.tolerance", "all"},
                                               {"errors.deadletterqueue.topic.name", "dead"},
                                               {"errors.deadletterqueue.topic.partitions", "1"},
                                               {"errors.deadletterqueue.context.headers.enable", "true"}}));
  ASSERT_TRUE(broker_.AwaitRecords("dead", 4));
  EXPECT_TRUE(Stop(runner));
  EXPECT_EQ(store_->ConsumerOffset("connect-noting", {"t", 0}), 5);
  EXPECT_THAT(Taken(put_mutex, put), ElementsAre(R"(t/3={"n":3})"));
  std::map<std::string, SinkRecord> dead;
  for (const auto& stored : broker_.Records("dead")) {
    EXPECT_EQ(stored.source.connector, "") << "it comes from no source";
    dead.emplace(stored.record.key.value(), stored.record);
  }
  ASSERT_EQ(dead.size(), 4U);
  EXPECT_EQ(dead["a"].value.text(), "no json");
  EXPECT_EQ(HeaderOf(dead["a"], "stage"), "VALUE_CONVERTER");
  EXPECT_EQ(HeaderOf(dead["a"], "class.name"), "JsonConverter");
  EXPECT_EQ(HeaderOf(dead["b"], "stage"), "TASK_PUT");
  EXPECT_EQ(HeaderOf(dead["b"], "class.name"), "Noting");
  EXPECT_EQ(HeaderOf(dead["b"], "exception.message"), "cannot take this, said the test");
  EXPECT_EQ(dead["b"].value.text(), R"({"m":1,"indigestible":1})");
  EXPECT_EQ(HeaderOf(dead["d"], "stage"), "TRANSFORMATION");
  EXPECT_EQ(HeaderOf(dead["d"], "class.name"), "ValueToKey");
  EXPECT_EQ(HeaderOf(dead["d"], "topic"), "t");
  EXPECT_EQ(HeaderOf(dead["d"], "partition"), "0");
  EXPECT_EQ(HeaderOf(dead["d"], "offset"), "3");
  EXPECT_EQ(HeaderOf(dead["d"], "connector.name"), "noting");
  EXPECT_EQ(HeaderOf(dead["d"], "task.id"), "0");
  EXPECT_EQ(HeaderOf(dead["b"], "exception.class.name"), "std::invalid_argument");
  EXPECT_THAT(HeaderOf(dead["b"], "exception.stacktrace"),
              StartsWith("std::invalid_argument: cannot take this, said the test\n\tin TASK_PUT, Noting"));
  EXPECT_THAT(HeaderOf(dead["d"], "exception.stacktrace"), HasSubstr("TRANSFORMATION"));
  EXPECT_EQ(HeaderOf(dead["e"], "stage"), "TASK_PUT");
  EXPECT_EQ(HeaderOf(dead["e"], "class.name"), "Noting");
  EXPECT_EQ(HeaderOf(dead["e"], "exception.class.name"), "invalid-value") << "the problem's kind: nothing was thrown";
  EXPECT_EQ(HeaderOf(dead["e"], "exception.message"), "is not welcome, said the test");
}

TEST_F(ChainTest, AKeyThatItsConverterCannotReadIsADeadLetterOfThatStage) {
  Append({{"no json", TextPayload("1")}});
  const auto runner = StartSink({{"key.converter", "JsonConverter"},
                                 {"key.converter.schemas.enable", "false"},
                                 {"transforms", "field"},
                                 {"transforms.field.type", "ExtractField$Key"},
                                 {"transforms.field.field", "n"},
                                 {"errors.tolerance", "all"},
                                 {"errors.deadletterqueue.topic.name", "dead"},
                                 {"errors.deadletterqueue.context.headers.enable", "true"}});
  ASSERT_TRUE(broker_.AwaitRecords("dead", 1));
  EXPECT_TRUE(Stop(runner));
  const SinkRecord letter = broker_.Records("dead").front().record;
  EXPECT_EQ(letter.key, "no json");
  EXPECT_EQ(HeaderOf(letter, "stage"), "KEY_CONVERTER");
  EXPECT_EQ(HeaderOf(letter, "class.name"), "JsonConverter");
}

TEST_F(ChainTest, AValueThatTheDeadLetterTopicRefusesLeavesALetterWithoutIt) {
  const std::string large = "indigestible" + std::string(5000, 'x');
  Append({{"a", TextPayload(large)}, {"b", TextPayload("indigestible")}});
  broker_.LimitValues("dead", 1000);
  const auto runner = StartSink({{"errors.tolerance", "all"},
                                 {"errors.deadletterqueue.topic.name", "dead"},
                                 {"errors.deadletterqueue.context.headers.enable", "true"}});
  ASSERT_TRUE(broker_.AwaitRecords("dead", 1));
  EXPECT_TRUE(Stop(runner));
  EXPECT_EQ(store_->ConsumerOffset("connect-noting", {"t", 0}), 2);
  std::map<std::string, SinkRecord> dead;
  for (const auto& stored : broker_.Records("dead")) dead.emplace(stored.record.key.value(), stored.record);
  ASSERT_EQ(dead.size(), 2U);
  EXPECT_TRUE(dead["a"].value.is_null());
  EXPECT_EQ(FindHeader(dead["a"].headers, "framespool.errors.value.bytes"), std::to_string(large.size()));
  EXPECT_EQ(HeaderOf(dead["a"], "offset"), "0");
  EXPECT_EQ(dead["b"].value.text(), "indigestible");
  EXPECT_EQ(FindHeader(dead["b"].headers, "framespool.errors.value.bytes"), std::nullopt);
}

TEST_F(ChainTest, NoOffsetIsCommittedBeforeItsDeadLettersAreThere) {
  Append({{"a", TextPayload("indigestible")}});
  broker_.RefuseAppends(3);
  const auto runner = StartSink({{"errors.tolerance", "all"}, {"errors.deadletterqueue.topic.name", "dead"}});
  ASSERT_TRUE(fakes::Eventually([&] { return runner->Status().metrics.contains("waiting_for"); }));
  EXPECT_EQ(store_->ConsumerOffset("connect-noting", {"t", 0}), std::nullopt);
  ASSERT_TRUE(broker_.AwaitRecords("dead", 1));
  EXPECT_TRUE(Stop(runner));
  EXPECT_EQ(store_->ConsumerOffset("connect-noting", {"t", 0}), 1);
  EXPECT_THAT(broker_.Records("dead").front().record.headers, IsEmpty());
}

TEST_F(ChainTest, MoreDeadLettersThanTheThresholdOfTheWindowFailTheTask) {
  std::vector<std::pair<std::optional<std::string>, Value>> records;
  for (int i = 0; i < 10; ++i) records.emplace_back("k", TextPayload(i % 2 == 0 ? "indigestible" : "good"));
  Append(records);
  const auto runner = StartSink({{"errors.tolerance", "all"},
                                 {"errors.deadletterqueue.topic.name", "dead"},
                                 {"errors.deadletterqueue.threshold", "2"}});
  ASSERT_TRUE(Failed(runner));
  EXPECT_THAT(runner->Status().trace, HasSubstr("errors.deadletterqueue.threshold (2)"));
  EXPECT_EQ(broker_.Records("dead").size(), 3U);
}

TEST_F(ChainTest, DeadLettersThatHaveLeftTheWindowDoNotCount) {
  std::vector<std::pair<std::optional<std::string>, Value>> records;
  for (int i = 0; i < 40; ++i) records.emplace_back("k", TextPayload(i % 4 == 0 ? "indigestible" : "good"));
  Append(records);
  const auto runner = StartSink({{"errors.tolerance", "all"},
                                 {"errors.deadletterqueue.topic.name", "dead"},
                                 {"errors.deadletterqueue.window", "4"},
                                 {"errors.deadletterqueue.threshold", "2"}});
  ASSERT_TRUE(fakes::Eventually([&] { return Taken(put_mutex, put).size() == 30; }));
  EXPECT_TRUE(Stop(runner));
  EXPECT_EQ(broker_.Records("dead").size(), 10U);
}

TEST_F(ChainTest, EachPartHasAGroupOfItsOwnInAReportWithKeysAndDefaults) {
  const auto report = Check(FilterOf("1"));
  EXPECT_EQ(report.error_count, 0);
  EXPECT_THAT(report.groups, testing::IsSupersetOf({"Transforms", "Transforms: drop", "Predicates: some"}));
  std::vector<std::string> of_transform;
  std::vector<std::string> of_predicate;
  for (const auto& key : report.keys) {
    if (key.spec.group == "Transforms: drop") of_transform.push_back(key.spec.name);
    if (key.spec.group == "Predicates: some") of_predicate.push_back(key.spec.name);
  }
  EXPECT_THAT(of_transform, ElementsAre("transforms.drop.type", "transforms.drop.predicate", "transforms.drop.negate"));
  EXPECT_THAT(of_predicate, ElementsAre("predicates.some.type", "predicates.some.name", "predicates.some.pattern"));
}

TEST_F(ChainTest, WhatIsWrongWithAChainIsSaidAtItsKey) {
  EXPECT_THAT(Errors({{"transforms", "a"}, {"transforms.a.type", "org.example.Nothing"}}),
              ElementsAre(AllOf(StartsWith("transforms.a.type: must be the class of a transform, but \"org.example.No"),
                                HasSubstr("InsertField"))));
  EXPECT_THAT(Errors({{"transforms", "a"}}), ElementsAre(StartsWith("transforms.a.type: ")));
  EXPECT_THAT(Errors({{"transforms", "a"}, {"transforms.a.type", "RecordIsTombstone"}}),
              ElementsAre(HasSubstr("another kind of plugin")));
  EXPECT_THAT(Errors({{"transforms", "a"}, {"transforms.a.type", "Filter$Key"}}),
              ElementsAre(HasSubstr("write it without $Key")));
  EXPECT_THAT(Errors({{"transforms", "a,a"}, {"transforms.a.type", "Filter"}}),
              ElementsAre(StartsWith("transforms: must name each transform once")));
  EXPECT_THAT(Errors({{"transforms", "a"}, {"transforms.a.type", "Filter"}, {"transforms.a.predicate", "p"}}),
              ElementsAre(StartsWith("transforms.a.predicate: must be one of those that predicates names (none)")));
  EXPECT_THAT(Errors({{"transforms", "a"}, {"transforms.a.type", "Filter"}, {"transforms.a.negate", "true"}}),
              ElementsAre(StartsWith("transforms.a.negate: has nothing to negate")));
  EXPECT_THAT(Errors(FilterOf("(")), ElementsAre(StartsWith("predicates.some.pattern: must be a regular expression")));
  EXPECT_THAT(Errors({{"transforms", "a"},
                      {"transforms.a.type", "RegexRouter"},
                      {"transforms.a.regex", "(a)"},
                      {"transforms.a.replacement", "$2"}}),
              ElementsAre(StartsWith("transforms.a.replacement: names group $2")));
  EXPECT_THAT(Errors({{"transforms", "a"},
                      {"transforms.a.type", "TimestampRouter"},
                      {"transforms.a.timestamp.format", "yyyy-bb"}}),
              ElementsAre(StartsWith("transforms.a.timestamp.format: must be a pattern of SimpleDateFormat")));
  EXPECT_THAT(Errors({{"transforms", "a"}, {"transforms.a.type", "HoistField$Key"}}),
              ElementsAre(StartsWith("transforms.a.field: is required")));
  EXPECT_THAT(Errors({{"transforms", "transforms"}, {"transforms.transforms.type", "transforms"}}),
              ElementsAre(StartsWith("transforms.transforms.type: ")));
  std::string many;
  for (int i = 0; i < 200; ++i) many += "a" + std::to_string(i) + ",";
  EXPECT_THAT(Errors({{"transforms", many}}), testing::Contains(StartsWith("transforms: must name at most 100")));
}

TEST_F(ChainTest, AViewTakesWhatDecidesByTheRecordAloneAndSaysWhereTheRestBelongs) {
  RawConfig config = FilterOf("1");
  EXPECT_THAT(Errors(config, PluginKind::kView), IsEmpty());
  config["predicates.some.type"] = "EveryNth";
  config["predicates.some.n"] = "2";
  EXPECT_THAT(Errors(config, PluginKind::kView),
              testing::Contains(AllOf(StartsWith("predicates.some.type: must be one that decides by the record alone"),
                                      HasSubstr("EveryNth goes by the records before"),
                                      HasSubstr("into the source of the topic"))));
  EXPECT_THAT(Errors(config, PluginKind::kSink), testing::Not(testing::Contains(HasSubstr("by the record alone"))));
}

TEST_F(ChainTest, AKeyOfNoPartIsAWarningWithTheOneThatMayBeMeant) {
  const auto report = Check({{"transforms", "a"},
                             {"transforms.a.type", "HoistField$Value"},
                             {"transforms.a.field", "f"},
                             {"transforms.a.feild", "f"}},
                            PluginKind::kSink);
  EXPECT_EQ(report.error_count, 0);
  ASSERT_EQ(report.warnings.size(), 1U);
  EXPECT_EQ(report.warnings[0].field, "transforms.a.feild");
  EXPECT_EQ(report.warnings[0].suggestion, "transforms.a.field");
}

TEST_F(ChainTest, AConverterThatThisWorkerDoesNotHaveIsNamedWithThoseThatItHas) {
  EXPECT_THAT(Errors({{"value.converter", "io.confluent.connect.avro.AvroConverter"}}),
              ElementsAre(StartsWith("value.converter: must be the class of a converter that this worker has")));
  EXPECT_THAT(Errors({{"header.converter", "org.example.Odd"}}), ElementsAre(HasSubstr("SimpleHeaderConverter")));
  EXPECT_THAT(Errors({{"value.converter", "org.apache.kafka.connect.converters.ByteArrayConverter"}}), IsEmpty());
}

TEST(PendingRecords, TellsOfRecordsInTheirOrderWhenAllBeforeThemAreThere) {
  const auto record = [](std::int64_t next) {
    SourceRecord made;
    made.source_partition = kStream;
    made.source_offset = {{"next", next}};
    return made;
  };
  PendingRecords pending;
  pending.Sent(record(1));
  pending.Filtered(record(2));
  pending.Sent(record(3));
  pending.Filtered(record(4));
  EXPECT_THAT(pending.Take().records, IsEmpty());
  pending.Acknowledged(record(3));
  EXPECT_THAT(pending.Take().records, IsEmpty());
  pending.Acknowledged(record(1));
  const auto settled = pending.Take();
  EXPECT_EQ(settled.records.size(), 4U);
  EXPECT_THAT(settled.passed, ElementsAre(std::pair(kStream, Fields{{"next", std::int64_t{4}}})));
  pending.Filtered(record(5));
  pending.Sent(record(6));
  EXPECT_THAT(pending.Take().passed, IsEmpty()) << "a later record is under way and will carry its own offset";
  pending.LeftOut(record(6));
  const auto rest = pending.Take();
  EXPECT_EQ(rest.records.size(), 0U) << "5 was told before";
  EXPECT_THAT(rest.passed, ElementsAre(std::pair(kStream, Fields{{"next", std::int64_t{6}}})));
}

}  // namespace
}  // namespace framespool::runtime
