#include <fakes/task_contexts.h>
#include <fakes/temporary_directory.h>
#include <framespool/plugin.h>
#include <gmock/gmock.h>

#include <fstream>

extern "C" const framespool::PluginDescriptor framespool_plugin;

namespace framespool {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class LineFileSinkTest : public testing::Test {
 protected:
  /// As the worker makes one: through the library's own entry.
  std::unique_ptr<SinkTask> Make() {
    context_.seeks.clear();
    return framespool_plugin.entries[0].make_sink({{"file", file_}}, context_, nullptr);
  }

  static void Put(SinkTask& task, std::int64_t first, std::int64_t end) {
    std::vector<SinkRecord> records;
    for (std::int64_t offset = first; offset < end; ++offset) {
      const std::string text = "line " + std::to_string(offset);
      const auto bytes = std::as_bytes(std::span(text));
      SinkRecord record;
      record.topic = "t";
      record.offset = offset;
      record.value = Payload(std::vector<std::byte>(bytes.begin(), bytes.end()));
      records.push_back(std::move(record));
    }
    task.Put(records, {});
  }

  std::string Content() const {
    std::ifstream file(file_);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  TemporaryDirectory folder_;
  std::string file_ = folder_.path() / "lines.txt";
  FakeSinkContext context_{"lines", {"t"}};
};

TEST_F(LineFileSinkTest, AppendsEachRecordAsALine) {
  const auto task = Make();
  Put(*task, 0, 2);
  Put(*task, 2, 3);
  EXPECT_EQ(Content(), "line 0\nline 1\nline 2\n");
  EXPECT_EQ(std::get<std::int64_t>(context_.metrics().at("lines_written")), 3);
}

TEST_F(LineFileSinkTest, WritesATombstoneAsKafkaConnectDoesAndNoBytesAsAnEmptyLine) {
  std::vector<SinkRecord> records(3);
  for (std::size_t i = 0; i < records.size(); ++i) {
    records[i].topic = "t";
    records[i].offset = static_cast<std::int64_t>(i);
  }
  records[1].value = TextPayload("");
  records[2].value = TextPayload("x");
  const auto task = Make();
  task->Put(records, {});
  EXPECT_EQ(Content(), "null\n\nx\n");
  EXPECT_EQ(std::get<std::int64_t>(context_.metrics().at("lines_written")), 3);
}

TEST_F(LineFileSinkTest, GoesOnBehindWhatWasFlushed) {
  {
    const auto task = Make();
    Put(*task, 0, 2);
    task->Flush();
  }
  const auto task = Make();
  EXPECT_EQ(context_.seeks, (std::map<TopicPartition, std::int64_t>{{{"t", 0}, 2}}));
  Put(*task, 2, 3);
  EXPECT_EQ(Content(), "line 0\nline 1\nline 2\n");
}

TEST_F(LineFileSinkTest, CutsOffWhatWasPutAndNotFlushedSinceItComesAgain) {
  {
    const auto task = Make();
    Put(*task, 0, 2);
    task->Flush();
    Put(*task, 2, 5);
  }
  const auto task = Make();
  EXPECT_EQ(Content(), "line 0\nline 1\n");
  EXPECT_EQ(context_.seeks.at({"t", 0}), 2);
}

TEST_F(LineFileSinkTest, CutsOffEverythingThatWasPutBeforeTheFirstFlush) {
  std::ofstream(file_) << "what stood there before\n";
  {
    const auto task = Make();
    Put(*task, 0, 2);
  }
  const auto task = Make();
  EXPECT_EQ(Content(), "what stood there before\n");
  EXPECT_THAT(context_.seeks, IsEmpty());
}

TEST_F(LineFileSinkTest, RefusesToGoOnWithAFileThatLostLines) {
  {
    const auto task = Make();
    Put(*task, 0, 2);
    task->Flush();
  }
  std::filesystem::resize_file(file_, 3);
  EXPECT_THROW(Make(), std::runtime_error);
}

TEST_F(LineFileSinkTest, IsRefusedAtCreateTimeForAFileThatCannotBeWritten) {
  const auto check = framespool_plugin.entries[0].check;
  const auto errors = check({{"file", folder_.path().string()}}, "lines", nullptr);
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].field, "file");
  EXPECT_THAT(errors[0].message, HasSubstr("Is a directory"));

  EXPECT_THAT(check({{"file", file_}}, "lines", nullptr), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(file_)) << "a check must leave nothing behind";
}

}  // namespace
}  // namespace framespool
