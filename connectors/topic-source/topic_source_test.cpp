#include <fakes/task_contexts.h>
#include <framespool/plugin.h>
#include <gmock/gmock.h>

extern "C" const framespool::PluginDescriptor framespool_plugin;

namespace framespool {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

const PluginEntry& Entry() { return framespool_plugin.entries[0]; }

class TopicSourceTest : public testing::Test {
 protected:
  TopicSourceTest() { context_.topics[{"in", 0}]; }

  /// As the worker makes one.
  std::unique_ptr<SourceTask> Make(const RawConfig& more = {}) {
    RawConfig config{{"source.topics", "in"}, {"topic", "out"}};
    for (const auto& [key, value] : more) config[key] = value;
    return Entry().make_source(config, context_, nullptr);
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
  try {
    task->Poll({});
    FAIL() << "it has read what there is not";
  } catch (const RetriableError& error) {
    EXPECT_THAT(error.what(), HasSubstr("source.topics names later"));
  }
  Add({"later", 0}, "a");
  EXPECT_THAT(Texts(task->Poll({})), ElementsAre("a"));
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

TEST_F(TopicSourceTest, TakesOnlyPlacesInItsTopicsAsOffsets) {
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
