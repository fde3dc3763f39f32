#include "buffer_pool.h"
#include "log_fixture.h"
#include "record_cache.h"

namespace framespool::broker::embedded {
namespace {

using testing::SizeIs;

using SharingTest = LogTest;

TEST_F(SharingTest, ReadersOfTheLiveEdgeGetTheBytesThatWereAppended) {
  Open();
  SourceRecord record = Record("frame");
  const std::byte* const bytes = record.value.bytes().data();
  AppendOne(std::move(record));
  for (int i = 0; i < 3; ++i) {
    const auto records = broker->OpenReader({"t", 0})->Read(1, 1, 0ms, {});
    ASSERT_THAT(records, SizeIs(1));
    EXPECT_EQ(records[0].value.bytes().data(), bytes);
  }
}

TEST_F(SharingTest, ReadersOfAnOldRecordHoldOneCopyAndItDiesWithThem) {
  Open();
  Append("frame");
  Open();
  std::weak_ptr<const void> alive;
  {
    const auto one = broker->OpenReader({"t", 0})->Read(1, 1, 0ms, {});
    const auto two = broker->OpenReader({"t", 0})->Read(1, 1, 0ms, {});
    ASSERT_THAT(one, SizeIs(1));
    ASSERT_THAT(two, SizeIs(1));
    EXPECT_EQ(one[0].value.bytes().data(), two[0].value.bytes().data());
    alive = one[0].value.payload().owner();
  }
  EXPECT_TRUE(alive.expired());
}

TEST_F(SharingTest, RecordsStayGoodAfterTheBrokerIsGone) {
  Open();
  Append("frame");
  Open();
  const auto records = ReadAll();
  Close();
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(Text(records[0]), "frame");
}

TEST_F(SharingTest, ACopyOfACopyHoldsTheBytesAndNotTheRecordsThatTheyWereIn) {
  Open();
  SourceRecord first = Record("frame");
  const auto owner = first.value.payload().owner();
  AppendOne(std::move(first));
  for (int generation = 0; generation < 3; ++generation) {
    const auto records = ReadAll();
    ASSERT_THAT(records, SizeIs(generation + 1));
    EXPECT_EQ(records.back().value.payload().owner(), owner) << "a chain of a million would end in one release";
    SourceRecord copy = Record("");
    copy.value = records.back().value;
    AppendOne(std::move(copy));
  }
}

std::shared_ptr<const StoredRecord> Stored(std::int64_t offset, std::size_t size) {
  auto record = std::make_shared<StoredRecord>();
  record->offset = offset;
  record->appended = Payload(std::vector<std::byte>(size));
  return record;
}

TEST(RecordCache, ForgetsTheOldestBeyondItsBytes) {
  std::atomic<std::size_t> total{0};
  RecordCache cache(total);
  for (int i = 0; i < 20; ++i) cache.Remember({Stored(i, 1u << 20)});
  EXPECT_EQ(total, RecordCache::kRecentBytes);
  EXPECT_EQ(cache.Find(11), nullptr);
  EXPECT_NE(cache.Find(12), nullptr);
  EXPECT_NE(cache.Find(19), nullptr);
  EXPECT_EQ(cache.Find(20), nullptr);
}

TEST(RecordCache, StillKnowsAForgottenRecordThatSomebodyHolds) {
  std::atomic<std::size_t> total{0};
  RecordCache cache(total);
  const auto held = Stored(0, 1u << 20);
  cache.Remember({held});
  for (int i = 1; i < 20; ++i) cache.Remember({Stored(i, 1u << 20)});
  EXPECT_EQ(cache.Find(0), held);
}

TEST(RecordCache, SharesOneBudgetAmongAllPartitions) {
  std::atomic<std::size_t> total{0};
  std::vector<std::unique_ptr<RecordCache>> caches;
  for (int i = 0; i < 20; ++i) {
    caches.push_back(std::make_unique<RecordCache>(total));
    for (int r = 0; r < 8; ++r) caches.back()->Remember({Stored(r, 1u << 20)});
  }
  EXPECT_LE(total, RecordCache::kTotalBytes + 20 * (1u << 20));  // each keeps its newest
  caches.clear();
  EXPECT_EQ(total, 0u);
}

TEST(BufferPool, GivesTheSameMemoryAgainAndKeepsLittle) {
  const auto pool = std::make_shared<BufferPool>();
  const std::byte* first = nullptr;
  {
    const Buffer buffer = pool->Take(100000);
    first = buffer.data();
  }
  EXPECT_EQ(pool->Take(99000).data(), first);
  {
    std::vector<Buffer> many;
    for (int i = 0; i < 100; ++i) many.push_back(pool->Take(1u << 20));
  }
  EXPECT_LE(pool->kept_bytes(), BufferPool::kKeptBytes);
  EXPECT_GT(pool->kept_bytes(), BufferPool::kKeptBytes / 2);
}

TEST(BufferPool, HoldsEverySize) {
  const auto pool = std::make_shared<BufferPool>();
  for (std::size_t size = 1; size < (8u << 20); size = size * 5 / 4 + 1) {
    const Buffer buffer = pool->Take(size);
    ASSERT_EQ(buffer.bytes().size(), size);
    buffer.data()[0] = buffer.data()[size - 1] = std::byte{1};
  }
}

}  // namespace
}  // namespace framespool::broker::embedded
