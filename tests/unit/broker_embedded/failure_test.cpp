#include <sys/resource.h>

#include <csignal>

#include "log_fixture.h"

namespace framespool::broker::embedded {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

using FailureTest = LogTest;

TEST_F(FailureTest, ALackOfSpaceIsRetriableAndLeavesWholeRecords) {
  Open();
  Append("before");
  files.only_below = Segment(0).string();
  for (const int error : {ENOSPC, EDQUOT, EFBIG}) {
    files.torn_bytes = 1;
    files.write_error = error;
    EXPECT_THAT(MessageOf<RetriableError>([&] { Append("refused"); }),
                AllOf(HasSubstr(Segment(0).string()), HasSubstr("position "), HasSubstr("bytes"),
                      HasSubstr("errno " + std::to_string(error))));
    files.write_error = 0;
  }
  EXPECT_THAT(acked, SizeIs(1));
  Append("after");
  EXPECT_THAT(Values(), ElementsAre("before", "after"));
  Open();
  EXPECT_THAT(Values(), ElementsAre("before", "after"));
}

TEST_F(FailureTest, AFileSizeLimitOfTheSystemIsRetriableToo) {
  Open();
  signal(SIGXFSZ, SIG_IGN);
  rlimit unlimited{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
  const rlimit limit{250000, unlimited.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  std::string message = "nothing";
  for (int i = 0; i < 10 && message == "nothing"; ++i) {
    message = MessageOf<RetriableError>([&] { Append(std::string(100000, 'x')); });
  }
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
  EXPECT_THAT(message, AllOf(HasSubstr("cannot append"), HasSubstr("ulimit -f")));
  EXPECT_THAT(Values(), SizeIs(2));
  Append("after");
  Open();
  EXPECT_THAT(Values(), SizeIs(3));
}

TEST_F(FailureTest, ATopicThatCannotBeCreatedForLackOfSpaceIsCreatedLater) {
  Open();
  files.write_error = ENOSPC;
  EXPECT_THAT(MessageOf<RetriableError>([&] { Append("x"); }),
              AllOf(HasSubstr("topic.properties"), HasSubstr("errno 28")));
  files.write_error = 0;
  Append("x");
  EXPECT_THAT(Values(), ElementsAre("x"));
}

TEST_F(FailureTest, ABatchOverSeveralPartitionsIsTakenWhollyOrNotAtAll) {
  options.sync_interval = 1h;    // or its writes of indexes would be counted too
  options.segment_bytes = 4096;  // the batch rolls segments, too
  Open();
  broker->EnsureTopic({"t", 2, {}});
  const auto batch = [&] {
    std::vector<SourceRecord> records;
    for (int i = 0; i < 20; ++i) {
      records.push_back(Record(std::to_string(i) + std::string(1000, '.')));
      records.back().partition = i / 5 % 2;
    }
    return records;
  };
  for (int writes = 0; writes < 6; ++writes) {
    files.writes_before_failure = writes;
    files.write_error = ENOSPC;
    EXPECT_THAT(MessageOf<RetriableError>([&] { producer->Append(batch()); }), HasSubstr("errno 28"));
    files.write_error = 0;
    EXPECT_THAT(Values("t", 0), IsEmpty());
    EXPECT_THAT(Values("t", 1), IsEmpty());
  }
  producer->Append(batch());
  Open();
  EXPECT_THAT(Values("t", 0), SizeIs(10));
  EXPECT_THAT(Values("t", 1), SizeIs(10));
}

// As if the worker were killed on the way: whatever is left must be the beginning of the batch.
TEST_F(FailureTest, TakesABatchBackFromItsEnd) {
  options.sync_interval = 1h;  // or its writes of indexes would be counted too
  for (int truncations = 0; truncations < 5; ++truncations) {
    const std::string topic = "t" + std::to_string(truncations);
    Open();
    broker->EnsureTopic({topic, 2, {}});
    for (const std::int32_t partition : {0, 1}) {
      SourceRecord record = Record("before", topic);
      record.partition = partition;
      AppendOne(std::move(record));
    }
    std::vector<SourceRecord> batch;
    for (const std::int32_t partition : {0, 1, 0, 1}) {
      batch.push_back(Record("x", topic));
      batch.back().partition = partition;
      batch.back().source_partition = {{"topic", topic}};
      batch.back().source_offset = {{"frame", static_cast<std::int64_t>(batch.size())}};
    }
    files.only_below = topic;
    files.truncations_before_failure = truncations;
    files.torn_bytes = 0;
    files.writes_before_failure = 3;
    files.write_error = ENOSPC;
    EXPECT_THROW(producer->Append(std::move(batch)), RetriableError);
    files.write_error = 0;
    files.truncations_before_failure = 1 << 30;
    Open();
    std::int64_t newest = 0;
    for (const SourceOffset& offset : RecoveredOffsets(*broker)) {
      if (offset.partition == Fields{{"topic", topic}}) newest = std::get<std::int64_t>(offset.offset.at("frame"));
    }
    const auto left = static_cast<std::int64_t>(Values(topic, 0).size() + Values(topic, 1).size()) - 2;
    EXPECT_EQ(left, newest);
    EXPECT_LE(left, 3);
  }
}

TEST_F(FailureTest, AnyOtherWriteErrorIsRetriableAndThePartitionRecoversByItselfOnceItIsGone) {
  options.sync_interval = 1h;  // were "before" synced, a recovery would have nothing to write, and would succeed
  Open();
  Append("before");
  files.only_below = Segment(0).string();
  files.write_error = EIO;
  const auto says_why =
      AllOf(HasSubstr(Segment(0).string()), HasSubstr("Input/output error"), HasSubstr("check the disk"));
  EXPECT_THAT(MessageOf<RetriableError>([&] { Append("after"); }), says_why);
  EXPECT_THAT(MessageOf<RetriableError>([&] { Append("after"); }), says_why);
  EXPECT_THAT(MessageOf<RetriableError>([&] { broker->Sync(); }), says_why);
  EXPECT_FALSE(broker->GetHealth().reachable);
  EXPECT_THAT(broker->GetHealth().message, says_why);
  EXPECT_THAT(Problems("sync-failed"), ElementsAre(says_why));
  Append("elsewhere", "other");
  EXPECT_THAT(Values(), ElementsAre("before"));
  files.write_error = 0;
  EXPECT_TRUE(Eventually([&] { return broker->GetHealth().reachable; }));
  EXPECT_THAT(broker->GetHealth().problems, IsEmpty());
  Append("after");
  EXPECT_NO_THROW(broker->Sync());
  EXPECT_THAT(Values(), ElementsAre("before", "after"));
  Open();
  EXPECT_THAT(Values(), ElementsAre("before", "after"));
}

// A second fdatasync that succeeds says nothing of what the first one lost: it must not be believed before the records
// have been written once more.
TEST_F(FailureTest, AfterAFailedSyncWhatWasNotSyncedIsWrittenAgainBeforeAnythingCountsAsDurable) {
  options.sync_interval = 1ms;
  Open();
  broker->EnsureTopic({"t", 1, {}});
  files.sync_error = EIO;
  Append("unsafe");
  const auto says_why = AllOf(HasSubstr("sync"), HasSubstr(Segment(0).string()), HasSubstr("errno 5"));
  std::string message;
  EXPECT_TRUE(Eventually([&] {
    message = MessageOf<RetriableError>([&] { broker->Sync(); });
    return message != "nothing";
  }));
  EXPECT_THAT(message, says_why);
  EXPECT_FALSE(broker->GetHealth().reachable);
  // The disk is well again, but takes no writes: nothing was written again, so nothing is durable.
  files.only_below = Segment(0).string();
  files.write_error = EIO;
  // One that fails to write began behind the one that may have written already, and would be synced.
  ASSERT_TRUE(Eventually([&] { return files.failed_writes > 0; }));
  files.sync_error = 0;
  const int before = files.failed_writes;
  EXPECT_TRUE(Eventually([&] { return files.failed_writes > before + 1; }));
  EXPECT_THAT(MessageOf<RetriableError>([&] { Append("more"); }), HasSubstr("errno 5"));
  EXPECT_THAT(MessageOf<RetriableError>([&] { broker->Sync(); }), HasSubstr("errno 5"));
  EXPECT_FALSE(broker->GetHealth().reachable);
  const std::uint64_t written = files.bytes_written;
  files.write_error = 0;
  EXPECT_TRUE(Eventually([&] { return broker->GetHealth().reachable; }));
  EXPECT_GE(files.bytes_written, written + fs::file_size(Segment(0)));
  Append("more");
  EXPECT_NO_THROW(broker->Sync());
  EXPECT_THAT(Values(), ElementsAre("unsafe", "more"));
  Open();
  EXPECT_THAT(Values(), ElementsAre("unsafe", "more"));
}

TEST_F(FailureTest, ARecordThatAFailedSyncLostIsSaidAndNotCountedAsDurable) {
  options.sync_interval = 1h;  // no sync but the one below comes before the fault
  Open();
  for (const char* value : {"first", "second", "third"}) Append(value);
  broker->Sync();
  Append("doomed");
  Append("last");
  // What the kernel could not write it drops before the sync says so: the old bytes are there when it is read again.
  const auto place = static_cast<long>(Slurp(Segment(0)).find("doomed"));
  files.when_sync_fails = [&] {
    std::fstream(Segment(0), std::ios::binary | std::ios::in | std::ios::out).seekp(place) << "000000";
  };
  files.sync_error = EIO;
  EXPECT_THROW(broker->Sync(), RetriableError);
  files.sync_error = 0;
  EXPECT_TRUE(Eventually([&] { return broker->GetHealth().reachable; }));
  EXPECT_THAT(Problems("data-lost"), ElementsAre(AllOf(HasSubstr("offset 3"), HasSubstr("after a failed sync"))));
  Append("next");
  broker->Sync();
  Open();
  EXPECT_THAT(Values(), ElementsAre("first", "second", "third", "last", "next"));
}

TEST_F(FailureTest, AFullDiskWithoutAFloorIsListedUntilAnAppendIsTaken) {
  Open();
  Append("before");
  files.only_below = Segment(0).string();
  files.write_error = ENOSPC;
  EXPECT_THROW(Append("refused"), RetriableError);
  EXPECT_FALSE(broker->GetHealth().reachable);
  EXPECT_THAT(Problems("disk-full"),
              ElementsAre(AllOf(HasSubstr(Segment(0).string()), HasSubstr("No space left on device"))));
  files.write_error = 0;
  Append("after");
  EXPECT_TRUE(broker->GetHealth().reachable);
  EXPECT_THAT(broker->GetHealth().problems, IsEmpty());
}

TEST_F(FailureTest, AnIndexThatCannotBeWrittenStopsNoAppendWhateverTheReason) {
  options.sync_interval = 1ms;
  Open();
  files.only_below = ".index";
  for (const int error : {EIO, EROFS, ENOSPC}) {
    files.write_error = error;
    Append("x");
    EXPECT_NO_THROW(broker->Sync()) << error;
    EXPECT_THAT(Problems("index-behind"), SizeIs(1));
    EXPECT_TRUE(broker->GetHealth().reachable);
  }
  files.write_error = 0;
  EXPECT_TRUE(Eventually([&] { return broker->GetHealth().problems.empty(); }));
}

TEST_F(FailureTest, ABadPlaceOnTheDiskIsPassedAndADiskThatGivesNothingIsWaitedFor) {
  Open();
  for (int i = 0; i < 10; ++i) Append("record " + std::to_string(i));
  broker->Sync();
  Open();  // nothing of it in memory
  const auto size = static_cast<off_t>(fs::file_size(Segment(0)) / 10);
  files.only_below = Segment(0).string();
  files.read_error = EIO;
  const auto reader = broker->OpenReader({"t", 0});
  EXPECT_THAT(MessageOf<RetriableError>([&] { reader->Read(100, 1 << 20, 0ms, {}); }),
              AllOf(HasSubstr("Input/output error"), HasSubstr("offset 0")));
  EXPECT_EQ(reader->position(), 0);
  EXPECT_THAT(Problems("data-lost"), IsEmpty());
  files.reads_fail_from = 3 * size;
  files.reads_fail_until = 5 * size;
  EXPECT_THAT(reader->Read(100, 1 << 20, 0ms, {}), SizeIs(8));
  EXPECT_THAT(Problems("data-lost"), ElementsAre(AllOf(HasSubstr("offsets 3 to 4"), HasSubstr("Input/output error"))));
  files.read_error = 0;
  EXPECT_THAT(Values(), SizeIs(10));
}

TEST_F(FailureTest, AFailedSyncBeforeAnAcknowledgementIsNoAcknowledgement) {
  options.sync_interval = 0ms;
  Open();
  broker->EnsureTopic({"t", 1, {}});
  files.sync_error = ENOSPC;  // for a sync this is no reason to try again either
  EXPECT_THAT(MessageOf<RetriableError>([&] { Append("unsafe"); }), HasSubstr("cannot sync"));
  EXPECT_THAT(acked, IsEmpty());
  EXPECT_THAT(Values(), IsEmpty());
  files.sync_error = 0;
  EXPECT_TRUE(Eventually([&] { return broker->GetHealth().reachable; }));
  Append("safe");
  EXPECT_THAT(Values(), ElementsAre("safe"));
}

TEST_F(FailureTest, AnIndexThatCannotBeWrittenHoldsNothingUpAndIsWrittenLater) {
  options.segment_bytes = 4096;
  options.sync_interval = 1ms;
  Open();
  files.only_below = ".index";
  files.write_error = ENOSPC;
  for (int i = 0; i < 20; ++i) Append(std::string(1000, 'x'));
  EXPECT_NO_THROW(broker->Sync());
  EXPECT_FALSE(AllSealed());
  EXPECT_THAT(Values(), SizeIs(20));
  files.write_error = 0;
  EXPECT_TRUE(Eventually([&] { return AllSealed(); }));
  Open();
  EXPECT_THAT(Values(), SizeIs(20));
}

TEST_F(FailureTest, RefusesAppendsBelowTheFreeSpaceFloorAndTakesThemAboveIt) {
  options.free_space_floor = 1000000;
  files.available = 1000005;
  Open();
  EXPECT_THAT(MessageOf<RetriableError>([&] { Append("too much"); }),
              AllOf(HasSubstr(options.directory.string()), HasSubstr("1000000 bytes"), HasSubstr("1000005 bytes"),
                    HasSubstr("free some space"), HasSubstr("retention")));
  EXPECT_FALSE(broker->GetHealth().reachable);
  EXPECT_THAT(acked, IsEmpty());
  files.available = 2000000;
  Append("fits");
  EXPECT_TRUE(broker->GetHealth().reachable);
  EXPECT_THAT(Values(), ElementsAre("fits"));
}

TEST_F(FailureTest, WaitsWhileTheFolderOfTheTopicsIsAway) {
  options.free_space_floor = 1;
  Open();
  files.is_away = true;
  EXPECT_THAT(MessageOf<RetriableError>([&] { Append("too early"); }),
              AllOf(HasSubstr(options.directory.string()), HasSubstr("Put the folder back")));
  EXPECT_FALSE(broker->GetHealth().reachable);
  ASSERT_THAT(broker->GetHealth().problems, SizeIs(1));
  EXPECT_EQ(broker->GetHealth().problems.front().kind.text(), "disk-away");
  files.is_away = false;
  Append("in time");
  EXPECT_TRUE(broker->GetHealth().reachable);
  EXPECT_THAT(broker->GetHealth().problems, IsEmpty());
  EXPECT_THAT(Values(), ElementsAre("in time"));
}

TEST_F(FailureTest, NoticesThatAFastSourceReachesTheFloor) {
  options.free_space_floor = 1000000;
  files.available = 3000000;
  Open();
  std::uint64_t appended = 0;
  std::string message = "nothing";
  while (message == "nothing" && appended < 4000000) {
    message = MessageOf<RetriableError>([&] { Append(std::string(100000, 'x')); });
    appended += 100000;
    files.available -= 100000;
  }
  EXPECT_THAT(message, HasSubstr("free space floor"));
  EXPECT_LE(appended, 2100000u);
}

}  // namespace
}  // namespace framespool::broker::embedded
