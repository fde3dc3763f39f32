#include <atomic>
#include <map>
#include <mutex>

#include "log_fixture.h"

namespace framespool::broker::embedded {
namespace {

using testing::SizeIs;

using ConcurrencyTest = LogTest;

TEST_F(ConcurrencyTest, SeveralProducersShareAPartitionAndReadersFollowWhileRetentionDrops) {
  constexpr int kProducers = 3;
  constexpr int kRecords = 400;
  options.segment_bytes = 20000;
  options.retention_bytes = 100000;
  options.sync_interval = 1ms;
  Open();
  broker->EnsureTopic({"t", 1, {}});
  std::vector<std::jthread> threads;
  for (int p = 0; p < kProducers; ++p) {
    threads.emplace_back([&, p] {
      const auto own = broker->OpenProducer({.connector = std::to_string(p)}, [](auto, auto, const auto&) {});
      for (int i = 0; i < kRecords; i += 2) {
        std::vector<SourceRecord> batch;
        for (int k = 0; k < 2; ++k) {
          batch.push_back(Record(std::string(static_cast<std::size_t>(100 + (i + k) % 700), 'x')));
          batch.back().key = std::to_string(p);
          batch.back().headers = {{"n", std::to_string(i + k)}};
          batch.back().source_partition = {{"p", std::int64_t{p}}};
          batch.back().source_offset = {{"n", std::int64_t{i + k + 1}}};
        }
        own->Append(std::move(batch));
      }
    });
  }
  std::atomic<int> finished{0};
  for (int r = 0; r < 3; ++r) {
    threads.emplace_back([&, r] {
      const auto reader = broker->OpenReader({"t", 0});
      std::vector<int> last(kProducers, -1);
      std::int64_t expected = 0;
      while (expected < kProducers * kRecords) {
        for (const SinkRecord& record : reader->Read(1 + static_cast<std::size_t>(r) * 10, 1 << 20, 100ms, {})) {
          EXPECT_GE(record.offset, expected);
          expected = record.offset + 1;
          int& before = last[std::stoul(record.key.value())];
          const int n = std::stoi(std::string(*FindHeader(record.headers, "n")));
          EXPECT_GT(n, before);
          before = n;
          EXPECT_EQ(record.value.size(), static_cast<std::size_t>(100 + n % 700));
        }
        if (r == 2) reader->OffsetAt(Now() - 1ms);
        reader->extent();
      }
      ++finished;
    });
  }
  threads.emplace_back([&] {
    while (finished < 3) {
      broker->Sync();
      const Checkpoint checkpoint = broker->Acknowledged();
      EXPECT_LE(checkpoint.ends.at({"t", 0}), kProducers * kRecords);
      broker->Topics();
      std::this_thread::yield();
    }
  });
  threads.clear();
  EXPECT_EQ(ExtentOf().end, kProducers * kRecords);
  EXPECT_TRUE(Eventually([&] { return ExtentOf().first > 0; }));
  Open();
  const auto offsets = RecoveredOffsets(*broker);
  EXPECT_EQ(ExtentOf().end, kProducers * kRecords);
  for (const SourceOffset& offset : offsets) EXPECT_LE(std::get<std::int64_t>(offset.offset.at("n")), kRecords);
}

TEST_F(ConcurrencyTest, ProducersOverTheSamePartitionsInOppositeOrderDoNotBlockEachOther) {
  Open();
  broker->EnsureTopic({"t", 2, {}});
  std::vector<std::jthread> threads;
  for (int p = 0; p < 2; ++p) {
    threads.emplace_back([&, p] {
      const auto own = broker->OpenProducer({.connector = std::to_string(p)}, [](auto, auto, const auto&) {});
      for (int i = 0; i < 200; ++i) {
        std::vector<SourceRecord> batch;
        for (int k = 0; k < 2; ++k) {
          batch.push_back(Record("x"));
          batch.back().partition = (p + k) % 2;
        }
        own->Append(std::move(batch));
      }
    });
  }
  threads.clear();
  EXPECT_THAT(ReadAll("t", 0), SizeIs(400));
  EXPECT_THAT(ReadAll("t", 1), SizeIs(400));
}

TEST_F(ConcurrencyTest, TopicsGrowWhileTheyAreUsed) {
  Open();
  broker->EnsureTopic({"t", 1, {}});
  std::jthread growing([&] {
    for (int count = 2; count < 10; ++count) broker->EnsureTopic({"t", count, {}});
  });
  for (int i = 0; i < 100; ++i) Append(std::to_string(i));
  growing.join();
  std::size_t records = 0;
  for (int partition = 0; partition < 9; ++partition) records += ReadAll("t", partition).size();
  EXPECT_EQ(records, 100u);
}

TEST_F(ConcurrencyTest, ACheckpointNeverPassesARecordThatNobodyWasToldOf) {
  constexpr int kProducers = 3;
  Open();
  broker->EnsureTopic({"t", 1, {}});
  std::mutex mutex;
  std::map<std::int64_t, std::uint64_t> told;  // offset, sequence
  std::vector<std::jthread> appending;
  std::atomic<int> finished{0};
  for (int p = 0; p < kProducers; ++p) {
    appending.emplace_back([&, p] {
      const auto own = broker->OpenProducer({.connector = std::to_string(p)}, [&](auto, auto where, const auto&) {
        std::this_thread::yield();
        const std::lock_guard lock(mutex);
        for (const Appended& at : where) told[at.offset] = at.sequence;
      });
      for (int i = 0; i < 300; ++i) {
        std::vector<SourceRecord> batch;
        for (int k = 0; k <= p; ++k) batch.push_back(Record("x"));
        own->Append(std::move(batch));
      }
      ++finished;
    });
  }
  std::int64_t seen = 0;
  while (finished < kProducers) {
    const Checkpoint checkpoint = broker->Acknowledged();
    const std::int64_t end = checkpoint.ends.at({"t", 0});
    const std::lock_guard lock(mutex);
    for (; seen < end; ++seen) {
      ASSERT_TRUE(told.contains(seen)) << seen;
      ASSERT_LE(told.at(seen), checkpoint.sequence);
    }
  }
  appending.clear();
  EXPECT_EQ(broker->Acknowledged().ends.at({"t", 0}), 300 * (1 + 2 + 3));
}

TEST_F(ConcurrencyTest, ATopicIsDeletedAgainAndAgainWhileItIsWrittenAndRead) {
  constexpr int kDeletions = 40;
  options.segment_bytes = 20000;
  options.sync_interval = 1ms;
  Open();
  std::atomic<bool> done{false};
  std::atomic<int> written{0};
  std::vector<std::jthread> threads;
  for (int p = 0; p < 2; ++p) {
    threads.emplace_back([&, p] {
      const auto own = broker->OpenProducer({.connector = p == 0 ? "p0" : "p1"}, [&](auto, auto where, const auto&) {
        written += static_cast<int>(where.size());
      });
      while (!done) {
        std::vector<SourceRecord> batch;
        batch.push_back(Record(std::string(500, 'x')));
        batch.push_back(Record(std::string(500, 'y')));
        try {
          own->Append(std::move(batch));
        } catch (const RetriableError&) {  // deleted just now; the next one makes it anew
        }
      }
    });
  }
  threads.emplace_back([&] {
    while (!done) {
      const auto reader = broker->OpenReader({"t", 0});
      for (const SinkRecord& record : reader->Read(50, 1 << 20, 1ms, {})) EXPECT_EQ(record.value.size(), 500U);
      reader->extent();
      reader->OffsetAt(Now());
    }
  });
  threads.emplace_back([&] {
    while (!done) broker->Sync();
  });
  for (int i = 0; i < kDeletions; ++i) {
    const int before = written;
    ASSERT_TRUE(Eventually([&] { return written > before; }));
    // What was counted may have been written before the last deletion.
    EXPECT_TRUE(Eventually([&] { return broker->DeleteTopic("t"); }));
  }
  done = true;
  threads.clear();
  EXPECT_TRUE(broker->GetHealth().reachable);
}

}  // namespace
}  // namespace framespool::broker::embedded
