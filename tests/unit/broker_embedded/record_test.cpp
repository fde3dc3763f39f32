#include <cstring>

#include "contract/broker/record_contract.h"
#include "log_fixture.h"

namespace framespool::broker::embedded {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

/// What RecordContract runs on: a log in a directory of its own, synced at once, so that index files count.
class Bench {
 public:
  Bench() {
    log::SetLevel("root", "off");
    std::string name = (fs::temp_directory_path() / "framespool-records-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp: " + name);
    options_.directory = name;
    options_.free_space_floor = 0;
    options_.total_bytes = 1ull << 40;
    options_.segment_bytes = 600;  // a few records each
  }
  ~Bench() { fs::remove_all(options_.directory); }
  std::unique_ptr<Broker> Open() {
    auto broker = embedded::Open(options_, files_);
    RecoveredOffsets(*broker);
    return broker;
  }
  std::string Topic() { return "t"; }

 private:
  EmbeddedOptions options_;
  FailingFiles files_;
};

}  // namespace
}  // namespace framespool::broker::embedded

namespace framespool::broker {
INSTANTIATE_TYPED_TEST_SUITE_P(Embedded, RecordContract, embedded::Bench);
}  // namespace framespool::broker

namespace framespool::broker::embedded {
namespace {

class RecordTest : public LogTest {
 protected:
  void AppendMarked(const std::string& marks) {
    for (const char mark : marks) {
      SourceRecord record = Record(std::string(1, mark));
      record.sync_point = mark == 'H' ? SyncPoint::kHere : mark == 'b' ? SyncPoint::kBefore : SyncPoint::kEach;
      AppendOne(std::move(record));
    }
  }
  std::vector<std::optional<std::int64_t>> SyncPoints(std::int64_t count) {
    const auto reader = broker->OpenReader({"t", 0});
    std::vector<std::optional<std::int64_t>> found;
    for (std::int64_t offset = 0; offset < count; ++offset) found.push_back(reader->SyncPointAtOrBefore(offset));
    return found;
  }
};

TEST_F(RecordTest, ATombstoneCarriesItsSourceOffset) {
  Open();
  SourceRecord record = Record("");
  record.value = nullptr;
  record.source_partition = {{"table", std::string("people")}};
  record.source_offset = {{"lsn", std::int64_t{7}}};
  AppendOne(std::move(record));
  Close();
  broker = embedded::Open(options, files);
  const auto recovered = RecoveredOffsets(*broker);
  ASSERT_THAT(recovered, SizeIs(1));
  EXPECT_EQ(recovered[0].offset, (Fields{{"lsn", std::int64_t{7}}}));
  EXPECT_TRUE(ReadAll().at(0).value.is_null());
}

TEST_F(RecordTest, ReadsARecordOfAnEarlierReleaseWithoutAKeyAsOneWithout) {
  Open();
  Append("old");  // without a key and with a value: as an earlier release wrote it, all flags are 0
  Close();
  RecordHead head;
  const std::string bytes = Slurp(Segment(0));
  std::memcpy(&head, bytes.data(), sizeof head);
  EXPECT_EQ(head.flags, 0U);
  Open();
  const auto records = ReadAll();
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0].key, std::nullopt);
  EXPECT_EQ(records[0].value.text(), "old");
}

TEST_F(RecordTest, SyncPointsAreFoundAgainWhenTheIndexIsMadeFromTheLog) {
  options.segment_bytes = 600;
  Open();
  AppendMarked("HbbbbbbbHbbbbbbbbbbHbb");
  const std::vector<std::optional<std::int64_t>> wanted = SyncPoints(22);
  EXPECT_EQ(wanted[7], 0);
  EXPECT_EQ(wanted[18], 8);
  EXPECT_EQ(wanted[21], 19);
  broker->Sync();
  ASSERT_TRUE(Eventually([&] { return AllSealed(); }));
  ASSERT_GT(Segments().size(), 2U);
  Close();
  // Seals and entries as they were written.
  Open();
  EXPECT_EQ(SyncPoints(22), wanted);
  Close();
  for (const auto& entry : fs::directory_iterator(Folder())) {
    if (entry.path().extension() == ".index") fs::remove(entry.path());
  }
  Open();
  EXPECT_EQ(SyncPoints(22), wanted);
  Close();
  for (const auto& entry : fs::directory_iterator(Folder())) {
    if (entry.path().extension() == ".index" && fs::file_size(entry.path()) > 20) Flip(entry.path(), 20);
  }
  Open();
  EXPECT_EQ(SyncPoints(22), wanted);
}

TEST_F(RecordTest, ALostSyncPointIsPassedForTheOneBefore) {
  Open();
  AppendMarked("HbHb");
  Close();
  const std::string bytes = Slurp(Segment(0));
  const std::size_t record = bytes.size() / 4;
  Flip(Segment(0), 3 * record - 1);  // the value of offset 2
  fs::remove(Segment(0, ".index"));
  Open();
  EXPECT_THAT(SyncPoints(4), ElementsAre(0, 0, 0, 0));
}

TEST_F(RecordTest, RetentionTakesSyncPointsWithIt) {
  options.segment_bytes = 300;
  Open();
  AppendMarked("Hbbbbbbbbbbbbbbb");
  broker->Sync();
  ASSERT_TRUE(Eventually([&] { return AllSealed(); }));
  Close();
  options.retention_bytes = 600;
  Open();
  ASSERT_TRUE(Eventually([&] { return ExtentOf().first > 0; }));
  EXPECT_EQ(broker->OpenReader({"t", 0})->SyncPointAtOrBefore(15), std::nullopt);
}

}  // namespace
}  // namespace framespool::broker::embedded
