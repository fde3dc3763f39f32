#include <fakes/task_contexts.h>
#include <framespool/plugin.h>
#include <gmock/gmock.h>

extern "C" const framespool::PluginDescriptor framespool_plugin;

namespace framespool {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

const PluginEntry& Entry() { return framespool_plugin.entries[0]; }

RawConfig With(RawConfig config, const RawConfig& more) {
  for (const auto& [key, value] : more) config[key] = value;
  return config;
}

class TopicSourceTest : public testing::Test {
 protected:
  TopicSourceTest() { context_.topics[{"in", 0}]; }

  /// As the worker makes one.
  std::unique_ptr<SourceTask> Make(const RawConfig& more = {}) {
    return Entry().make_source(With({{"source.topics", "in"}, {"topic", "out"}}, more), context_, nullptr);
  }
  /// What the task waits for; "" where it reads.
  static std::string Waits(SourceTask& task) {
    try {
      task.Poll({});
    } catch (const RetriableError& error) {
      return error.what();
    }
    return "";
  }
  void Add(const TopicPartition& source, const std::string& text, std::optional<std::string> key = std::nullopt) {
    auto& log = context_.topics[source];
    log.push_back({.topic = source.topic,
                   .partition = source.partition,
                   .offset = static_cast<std::int64_t>(log.size()),
                   .key = std::move(key),
                   .value = TextPayload(text),
                   .headers = {{"h", text}},
                   .timestamp = Timestamp(std::chrono::milliseconds(7)),
                   .sync_point = SyncPoint::kHere});
  }
  static std::vector<std::string> Texts(const std::vector<SourceRecord>& records) {
    std::vector<std::string> texts;
    for (const SourceRecord& record : records) texts.emplace_back(record.value.text());
    return texts;
  }

  FakeSourceContext context_{"copy"};
};

TEST_F(TopicSourceTest, PassesARecordOnAsItIs) {
  Add({"in", 0}, "a", "k");
  context_.topics[{"in", 0}].push_back({.topic = "in", .partition = 0, .offset = 1, .headers = {}, .timestamp = {}});
  const auto records = Make()->Poll({});
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].topic, "out");
  EXPECT_EQ(records[0].partition, std::nullopt);
  EXPECT_EQ(records[0].key, "k");
  EXPECT_EQ(records[0].value.text(), "a");
  EXPECT_EQ(records[0].headers, (Headers{{"h", "a"}}));
  EXPECT_EQ(records[0].timestamp, Timestamp(std::chrono::milliseconds(7)));
  EXPECT_EQ(records[0].sync_point, SyncPoint::kHere);
  EXPECT_EQ(records[0].source_partition, (Fields{{"topic", "in"}, {"partition", std::int64_t{0}}}));
  EXPECT_EQ(records[0].source_offset, (Fields{{"offset", std::int64_t{1}}}));
  EXPECT_EQ(records[1].key, std::nullopt);
  EXPECT_TRUE(records[1].value.is_null());
}

TEST_F(TopicSourceTest, GoesOnBehindTheRecordThatIsStored) {
  for (const char* text : {"a", "b", "c"}) Add({"in", 0}, text);
  const auto first = Make()->Poll({});
  context_.offsets[first[1].source_partition] = first[1].source_offset;
  EXPECT_THAT(Texts(Make()->Poll({})), ElementsAre("c"));
}

TEST_F(TopicSourceTest, ReadsAllPartitionsOfAllTopicsAndKeepsTheirNumbersWhenAsked) {
  Add({"in", 0}, "a");
  Add({"in", 1}, "b");
  Add({"more", 0}, "c");
  const auto records = Make({{"source.topics", "in,more"}, {"partition.by", "source"}})->Poll({});
  EXPECT_THAT(Texts(records), UnorderedElementsAre("a", "b", "c"));
  for (const SourceRecord& record : records)
    EXPECT_EQ(std::int64_t{record.partition.value()}, std::get<std::int64_t>(record.source_partition.at("partition")));
}

TEST_F(TopicSourceTest, WaitsForATopicThatDoesNotExistYet) {
  const auto task = Make({{"source.topics", "later"}});
  EXPECT_THAT(Waits(*task), HasSubstr("source.topics names later"));
  Add({"later", 0}, "a");
  EXPECT_THAT(Texts(task->Poll({})), ElementsAre("a"));
}

TEST_F(TopicSourceTest, ReadsOnlyThePartitionsThatItsShareOfTheSplitNames) {
  Add({"in", 0}, "a");
  Add({"in", 1}, "b");
  Add({"cam-1", 0}, "c");
  EXPECT_THAT(Texts(Make({{"source.partitions", "in-1"}})->Poll({})), ElementsAre("b"));
  const auto task = Make({{"source.topics", ""}, {"source.topics.regex", "cam-.*"}, {"source.partitions", "cam-1-0"}});
  EXPECT_THAT(Texts(task->Poll({})), ElementsAre("c"));
}

TEST_F(TopicSourceTest, LeavesATopicOfItsPatternThatIsGoneToANewSplitAndReadsTheOthersOn) {
  const RawConfig pattern{{"source.topics", ""}, {"source.topics.regex", "cam-."}};
  Add({"cam-2", 0}, "a");
  const auto task = Make(With(pattern, {{"source.partitions", "cam-1-0,cam-2-0"}}));
  EXPECT_THAT(Texts(task->Poll({})), ElementsAre("a"));
  const auto alone = Make(With(pattern, {{"source.partitions", "cam-1-0"}}));
  EXPECT_THAT(Waits(*alone), HasSubstr("source.topics.regex matches; waiting for it"));
  EXPECT_THAT(Waits(*Make(pattern)), HasSubstr("source.topics.regex matches; waiting for it"));
}

TEST_F(TopicSourceTest, ATopicThatIsMadeAnewWhileItIsWaitedForIsReadFromItsBeginning) {
  for (const char* text : {"a", "b", "c"}) Add({"in", 0}, text);
  const auto before = Make()->Poll({});
  context_.offsets[before[2].source_partition] = before[2].source_offset;
  context_.topics.erase({"in", 0});
  const auto task = Make();
  EXPECT_THAT(Waits(*task), HasSubstr("source.topics names in"));
  Add({"in", 0}, "of the new one");
  EXPECT_THAT(Texts(task->Poll({})), ElementsAre("of the new one"));
}

TEST_F(TopicSourceTest, ATopicThatWasNotSeenForAWhileGoesOnWhereItWas) {
  for (const char* text : {"a", "b"}) Add({"in", 0}, text);
  context_.offsets[Fields{{"topic", "in"}, {"partition", std::int64_t{0}}}] = Fields{{"offset", std::int64_t{1}}};
  const auto all = context_.topics;
  context_.topics.clear();
  const auto task = Make();
  EXPECT_THAT(Waits(*task), HasSubstr("source.topics names in"));
  context_.topics = all;
  EXPECT_THAT(Texts(task->Poll({})), ElementsAre("b"));
}

TEST_F(TopicSourceTest, TellsHowManyRecordsAreStillToBeRead) {
  const auto task = Make();
  task->Poll({});
  EXPECT_EQ(context_.metrics().at("records_lag"), Fields::mapped_type(std::int64_t{0}));
  for (int i = 0; i < 600; ++i) Add({"in", 0}, "a");
  task->Poll({});
  EXPECT_EQ(context_.metrics().at("records_lag"), Fields::mapped_type(std::int64_t{100}));
}

TEST_F(TopicSourceTest, RefusesToReadWhatItWrites) {
  try {
    Make({{"source.topics", "in,out"}});
    FAIL() << "it was made";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr("topic must be another topic than those of source.topics"));
  }
}

TEST_F(TopicSourceTest, WantsTopicsByNameOrByAPatternAndNotBoth) {
  const auto problems = [](const RawConfig& more) {
    std::map<std::string, std::string> found;
    for (const FieldResult& result : Entry().describe().Validate(With({{"topic", "out"}}, more))) {
      for (const Problem& problem : result.errors) found[problem.field] += problem.message;
    }
    return found;
  };
  const auto both = HasSubstr("mutually exclusive");
  EXPECT_THAT(problems({{"source.topics", "in"}}), IsEmpty());
  EXPECT_THAT(problems({{"source.topics.regex", "in.*"}}), IsEmpty());
  EXPECT_THAT(problems({}), ElementsAre(Pair("source.topics", HasSubstr("or source.topics.regex a pattern"))));
  EXPECT_THAT(problems({{"source.topics", "in"}, {"source.topics.regex", "in.*"}}),
              ElementsAre(Pair("source.topics", both), Pair("source.topics.regex", both)));
  EXPECT_THAT(problems({{"source.topics", "in"}, {"source.partitions", "in-0,in-7"}}), IsEmpty());
  for (const char* partitions : {"in", "in-x", "other-0", "in-0,other-0"}) {
    EXPECT_THAT(problems({{"source.topics", "in"}, {"source.partitions", partitions}}),
                ElementsAre(Pair("source.partitions", HasSubstr("must be partitions of the topics to read"))));
  }
}

TEST_F(TopicSourceTest, SaysItsPatternByItsRoleSoThatTheWorkerChecksIt) {
  for (const FieldSpec& field : Entry().describe().fields()) {
    if (field.name == "source.topics.regex") {
      EXPECT_EQ(field.role, Role::kTopicPattern);
    }
    if (field.name == "source.topics") {
      EXPECT_EQ(field.role, Role::kTopic);
    }
  }
  EXPECT_NE(Entry().task_configs, nullptr);
  EXPECT_NE(Entry().watch, nullptr);
}

TEST_F(TopicSourceTest, TakesOnlyPlacesInItsTopicsAsOffsets) {
  const auto of_pattern = [](const std::string& topic) {
    const RawConfig config{{"source.topics.regex", "cam-.*|out"}, {"topic", "out"}};
    const Fields partition{{"topic", topic}, {"partition", std::int64_t{0}}};
    const auto found = Entry().check_offset(config, "copy", partition, {{"offset", std::int64_t{5}}});
    return found ? found->message : "";
  };
  EXPECT_EQ(of_pattern("cam-1"), "");
  EXPECT_THAT(of_pattern("x-cam-1"), HasSubstr("that source.topics.regex matches, cam-.*|out"));
  EXPECT_THAT(of_pattern("out"), HasSubstr("partition must be")) << "it writes that";
  const auto problem = [](const Fields& partition, const Fields& offset) {
    const auto found = Entry().check_offset({{"source.topics", "in"}, {"topic", "out"}}, "copy", partition, offset);
    return found ? found->message : "";
  };
  const Fields place{{"topic", "in"}, {"partition", std::int64_t{0}}};
  EXPECT_EQ(problem(place, {{"offset", std::int64_t{5}}}), "");
  EXPECT_THAT(problem(place, {{"offset", std::int64_t{-1}}}), HasSubstr("offset must be"));
  EXPECT_THAT(problem(place, {{"offset", "5"}}), HasSubstr("offset must be"));
  EXPECT_THAT(problem({{"topic", "out"}, {"partition", std::int64_t{0}}}, {{"offset", std::int64_t{5}}}),
              HasSubstr("partition must be"));
}

}  // namespace
}  // namespace framespool
