#include <fakes/task_contexts.h>
#include <framespool/plugin.h>
#include <gmock/gmock.h>

extern "C" const framespool::PluginDescriptor framespool_plugin;

namespace framespool {
namespace {

using testing::ElementsAre;

/// As the worker makes one: through the library's own entry.
std::unique_ptr<SourceTask> Make(const RawConfig& config, SourceTaskContext& context) {
  return framespool_plugin.entries[0].make_source(config, context, nullptr);
}

/// Polls until `count` records have come.
std::vector<SourceRecord> Take(SourceTask& task, std::size_t count) {
  std::vector<SourceRecord> records;
  while (records.size() < count) {
    for (SourceRecord& record : task.Poll({})) records.push_back(std::move(record));
  }
  return records;
}

std::vector<std::string> Texts(const std::vector<SourceRecord>& records) {
  std::vector<std::string> texts;
  for (const SourceRecord& record : records) texts.emplace_back(record.value.text());
  return texts;
}

TEST(HeartbeatSource, ProducesNumberedRecords) {
  FakeSourceContext context("beats");
  const auto task = Make({{"topic", "t"}, {"rate", "10000"}}, context);
  const auto records = Take(*task, 3);
  EXPECT_THAT(Texts(records), ElementsAre("0", "1", "2"));
  EXPECT_EQ(records[0].topic, "t");
  EXPECT_EQ(records[0].key, "beats");
  EXPECT_EQ(std::get<std::int64_t>(context.metrics().at("records_produced")), 3);
}

TEST(HeartbeatSource, ResumesBehindTheStoredRecord) {
  FakeSourceContext context("beats");
  {
    const auto task = Make({{"topic", "t"}, {"rate", "10000"}}, context);
    const auto records = Take(*task, 5);
    context.offsets[records[2].source_partition] = records[2].source_offset;
  }
  const auto task = Make({{"topic", "t"}, {"rate", "10000"}}, context);
  EXPECT_THAT(Texts(Take(*task, 2)), ElementsAre("3", "4"));
}

TEST(HeartbeatSource, ProducesNoMoreThanItsCount) {
  FakeSourceContext context("beats");
  const auto task = Make({{"topic", "t"}, {"rate", "10000"}, {"count", "2"}}, context);
  Take(*task, 2);
  EXPECT_TRUE(task->Poll({}).empty());
}

TEST(HeartbeatSource, StopsWaitingWhenItIsStopped) {
  FakeSourceContext context("beats");
  const auto task = Make({{"topic", "t"}, {"rate", "0.001"}}, context);
  Take(*task, 1);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_TRUE(task->Poll(stop.get_token()).empty());
}

TEST(HeartbeatSource, RefusesARateOfNothing) {
  FakeSourceContext context("beats");
  EXPECT_THROW(Make({{"topic", "t"}, {"rate", "0"}}, context), ConfigError);
}

}  // namespace
}  // namespace framespool
