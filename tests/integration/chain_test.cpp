// Records on their way between a task and its topic, through the transforms of the house.
#include <framespool/data.h>
#include <gmock/gmock.h>

#include "chain_tasks.h"

namespace framespool::runtime {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

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
  ASSERT_TRUE(fakes::Eventually([] { return told.lines().back() == "starts at 12"; }));
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
  ASSERT_TRUE(fakes::Eventually([] { return told.lines().size() == kRecords + 1; }));
  EXPECT_TRUE(Stop(runner));
  EXPECT_THAT(told.lines(), ElementsAre("starts at 0", "t/0", "t/1", "t/2", "t/3", "t/4", "t/5", "t/6", "t/7", "t/8",
                                        "t/9", "t/10", "t/11"));
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
  const auto problems = runner->Status().problems;
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].kind, kind::kRecordRejected);
  EXPECT_EQ(problems[0].field, "transforms.mask.type");
  EXPECT_EQ(problems[0].facts.at("class"), Fields::mapped_type(std::string("MaskField")));
  EXPECT_EQ(problems[0].facts.at("stage"), Fields::mapped_type(std::string("TRANSFORMATION")));
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
  AppendToT({{"a", TextPayload("1")}, {std::nullopt, TextPayload("2")}, {"c", Value()}});
  const auto runner = StartSink({{"transforms", "drop,route"},
                                 {"transforms.drop.type", "Filter"},
                                 {"transforms.drop.predicate", "dead"},
                                 {"transforms.route.type", "RegexRouter"},
                                 {"transforms.route.regex", "."},
                                 {"transforms.route.replacement", "$0able"},
                                 {"predicates", "dead"},
                                 {"predicates.dead.type", "RecordIsTombstone"}});
  ASSERT_TRUE(fakes::Eventually(
      [&] { return put.lines().size() == 2 && runner->Status().metrics.contains("records_filtered"); }));
  EXPECT_TRUE(Stop(runner));
  EXPECT_THAT(put.lines(), ElementsAre("table/a=1", "table/null=2"));
  EXPECT_EQ(store_->ConsumerOffset("connect-noting", {"t", 0}), 3);
}

TEST_F(ChainTest, ASinksChainThatThrowsIsTheTolerancesMatter) {
  AppendToT({{"a", TextPayload("1")}, {"b", Value()}});
  const RawConfig config{
      {"transforms", "mask"}, {"transforms.mask.type", "Cast$Value"}, {"transforms.mask.spec", "int8"}};
  auto runner = StartSink(config);
  ASSERT_TRUE(Failed(runner));
  EXPECT_THAT(runner->Status().trace, HasSubstr("transforms.mask (Cast): "));
  const Problem problem = runner->Status().problems.at(0);
  EXPECT_EQ(problem.kind, kind::kRecordRejected);
  EXPECT_EQ(problem.field, "transforms.mask.type");
  EXPECT_EQ(problem.facts.at("offset"), Fields::mapped_type(std::int64_t{0}));
  EXPECT_EQ(store_->ConsumerOffset("connect-noting", {"t", 0}), std::nullopt);
  runner = StartSink(With(config, {{"errors.tolerance", "all"}}));
  ASSERT_TRUE(fakes::Eventually([&] { return put.lines().size() == 1; }));
  EXPECT_TRUE(Stop(runner));
  EXPECT_THAT(put.lines(), ElementsAre("t/b="));
  EXPECT_EQ(store_->ConsumerOffset("connect-noting", {"t", 0}), 2);
}

TEST_F(ChainTest, ASinksConvertersMakeDataForTheChainAndBytesBehindIt) {
  AppendToT({{std::nullopt, TextPayload(R"({ "n" : 7 })")}, {"old", TextPayload(R"({"n":8,"m":null})")}});
  const auto runner = StartSink(kOfJson);
  ASSERT_TRUE(fakes::Eventually([] { return put.lines().size() == 2; }));
  EXPECT_TRUE(Stop(runner));
  EXPECT_THAT(put.lines(), ElementsAre(R"(t/7={ "n" : 7 })", R"(t/8={"n":8,"m":null})"))
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

}  // namespace
}  // namespace framespool::runtime
