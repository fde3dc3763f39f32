// Records that a sink leaves out, in their dead letter topic, and back.
#include <framespool/data.h>
#include <gmock/gmock.h>

#include "chain_tasks.h"
#include "fakes/pages.h"

namespace framespool::runtime {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

using DeadLettersTest = ChainTest;

std::string HeaderOf(const SinkRecord& record, const char* name) {
  return std::string(FindHeader(record.headers, std::string("__connect.errors.") + name).value_or("none"));
}

TEST_F(DeadLettersTest, WhatIsLeftOutGoesToTheDeadLetterTopicAsItWasWithWhyAndFromWhere) {
  AppendToT({{"a", TextPayload("no json")},
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
  EXPECT_THAT(put.lines(), ElementsAre(R"(t/3={"n":3})"));
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

TEST_F(DeadLettersTest, AKeyThatItsConverterCannotReadIsADeadLetterOfThatStage) {
  AppendToT({{"no json", TextPayload("1")}});
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

TEST_F(DeadLettersTest, AValueThatTheDeadLetterTopicRefusesLeavesALetterWithoutIt) {
  const std::string large = "indigestible" + std::string(5000, 'x');
  AppendToT({{"a", TextPayload(large)}, {"b", TextPayload("indigestible")}});
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

TEST_F(DeadLettersTest, NoOffsetIsCommittedBeforeItsDeadLettersAreThere) {
  AppendToT({{"a", TextPayload("indigestible")}});
  broker_.RefuseAppends(3);
  const auto runner = StartSink({{"errors.tolerance", "all"}, {"errors.deadletterqueue.topic.name", "dead"}});
  ASSERT_TRUE(fakes::Eventually([&] { return runner->Status().metrics.contains("waiting_for"); }));
  EXPECT_EQ(store_->ConsumerOffset("connect-noting", {"t", 0}), std::nullopt);
  ASSERT_TRUE(broker_.AwaitRecords("dead", 1));
  EXPECT_TRUE(Stop(runner));
  EXPECT_EQ(store_->ConsumerOffset("connect-noting", {"t", 0}), 1);
  EXPECT_THAT(broker_.Records("dead").front().record.headers, IsEmpty());
}

TEST_F(DeadLettersTest, MoreDeadLettersThanTheThresholdOfTheWindowFailTheTask) {
  std::vector<std::pair<std::optional<std::string>, Value>> records;
  for (int i = 0; i < 10; ++i) records.emplace_back("k", TextPayload(i % 2 == 0 ? "indigestible" : "good"));
  AppendToT(records);
  const auto runner = StartSink({{"errors.tolerance", "all"},
                                 {"errors.deadletterqueue.topic.name", "dead"},
                                 {"errors.deadletterqueue.threshold", "2"}});
  ASSERT_TRUE(Failed(runner));
  EXPECT_THAT(runner->Status().trace, HasSubstr("errors.deadletterqueue.threshold (2)"));
  EXPECT_EQ(broker_.Records("dead").size(), 3U);
}

TEST_F(DeadLettersTest, DeadLettersThatHaveLeftTheWindowDoNotCount) {
  std::vector<std::pair<std::optional<std::string>, Value>> records;
  for (int i = 0; i < 40; ++i) records.emplace_back("k", TextPayload(i % 4 == 0 ? "indigestible" : "good"));
  AppendToT(records);
  const auto runner = StartSink({{"errors.tolerance", "all"},
                                 {"errors.deadletterqueue.topic.name", "dead"},
                                 {"errors.deadletterqueue.window", "4"},
                                 {"errors.deadletterqueue.threshold", "2"}});
  ASSERT_TRUE(fakes::Eventually([&] { return put.lines().size() == 30; }));
  EXPECT_TRUE(Stop(runner));
  EXPECT_EQ(broker_.Records("dead").size(), 10U);
}

void ExpectRecords(const std::vector<MemoryBroker::Stored>& stored, const fakes::PageJson& expected) {
  ASSERT_EQ(stored.size(), expected.size());
  for (std::size_t i = 0; i < stored.size(); ++i) {
    const SinkRecord& record = stored[i].record;
    fakes::PageJson headers = fakes::PageJson::array();
    for (const Header& header : record.headers) headers.push_back({header.key, header.value});
    EXPECT_EQ(record.topic, expected[i]["topic"].get<std::string>());
    EXPECT_EQ(record.key ? fakes::PageJson(*record.key) : fakes::PageJson(), expected[i]["key"]);
    EXPECT_EQ(record.value.text(), expected[i]["value"].get<std::string>());
    EXPECT_EQ(headers, expected[i]["headers"]);
  }
}

TEST_F(DeadLettersTest, ATopicSourceSendsThemBackAsItsReadmeSays) {
  const auto blocks = fakes::BlocksOf(fakes::PageText(TOPIC_SOURCE_README), "json");
  ASSERT_FALSE(blocks.empty());
  const auto example = fakes::PageJson::parse(blocks.front());
  for (const auto& json : example["before"]) {
    SourceRecord record;
    if (!json["key"].is_null()) record.key = json["key"].get<std::string>();
    if (!json["value"].is_null()) record.value = TextPayload(json["value"].get<std::string>());
    for (const auto& header : json["headers"])
      record.headers.push_back({header[0].get<std::string>(), header[1].get<std::string>()});
    std::vector<SourceRecord> one;
    one.push_back(std::move(record));
    Append(json["topic"], std::move(one));
  }
  const auto runner = std::make_shared<SourceRunner>(
      TaskIdentity{"again", 0, "TopicSource"}, [](State, const std::string&, const std::string&) {},
      fakes::ConfigOf(example["config"]), [this] { return plugins_.Open(*plugins_.Find("TopicSource")); }, broker_,
      offsets_, &plugins_);
  runner->Start(false);
  const auto& after = example["after"];
  const std::string topic = after.front()["topic"];
  EXPECT_TRUE(broker_.AwaitRecords(topic, after.size()));
  EXPECT_TRUE(Stop(runner));
  ExpectRecords(broker_.Records(topic), after);
}

}  // namespace
}  // namespace framespool::runtime
