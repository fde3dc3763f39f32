#pragma once

#include <gmock/gmock.h>
#include <store/store.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

/// What every store owes a worker. The tests of each store include this and instantiate StoreContract with a Bench:
///   std::unique_ptr<store::Store> Open()   opens the store, the second time what the first one left
namespace framespool::store {

inline const TopicPartition kFrames{"frames", 0};

inline StoredChange Change(std::string connector, std::string action) {
  return {.connector = std::move(connector), .by = "test", .action = std::move(action), .before = {}, .after = {}};
}

template <class Bench>
class StoreContract : public testing::Test {
 protected:
  void SetUp() override { store_ = bench_.Open(); }
  Store& store() { return *store_; }
  void Reopen() {
    store_.reset();
    store_ = bench_.Open();
  }

  Bench bench_;
  std::unique_ptr<Store> store_;
};
TYPED_TEST_SUITE_P(StoreContract);

TYPED_TEST_P(StoreContract, KeepsConnectorsOverAReopen) {
  EXPECT_TRUE(this->store().created());
  this->store().PutConnector({"camera", {{"file", "/a \"b\" ü.mp4"}, {"loop", "true"}}, TargetState::kPaused},
                             Change("camera", "CREATED"));
  this->store().PutConnector({"a-b", {}, TargetState::kStopped}, Change("a-b", "CREATED"));
  this->Reopen();
  EXPECT_FALSE(this->store().created());
  const auto connectors = this->store().Connectors();
  ASSERT_EQ(connectors.size(), 2U);
  EXPECT_EQ(connectors[0].name, "a-b");
  EXPECT_EQ(connectors[0].target, TargetState::kStopped);
  EXPECT_EQ(connectors[1].config.at("file"), "/a \"b\" ü.mp4");
  EXPECT_EQ(connectors[1].target, TargetState::kPaused);
}

TYPED_TEST_P(StoreContract, DeletesAConnectorButKeepsItsOffsets) {
  Store& store = this->store();
  store.PutConnector({"camera", {}, TargetState::kRunning}, Change("camera", "CREATED"));
  store.PutSourceOffsets({{"camera", {{"file", "a"}}, Fields{{"frame", std::int64_t{7}}}, 1}}, {});
  store.CommitConsumerOffset("connect-camera", kFrames, 5);
  store.DeleteConnector("camera", Change("camera", "DELETED"));
  EXPECT_TRUE(store.Connectors().empty());
  EXPECT_EQ(store.SourceOffsets().size(), 1U);
  EXPECT_EQ(store.ConsumerOffset("connect-camera", kFrames), 5);
  this->Reopen();
  EXPECT_TRUE(this->store().Connectors().empty());
  EXPECT_EQ(this->store().ConsumerOffset("connect-camera", kFrames), 5);
}

TYPED_TEST_P(StoreContract, KeepsTheHistoryOfAConnectorThatIsDeleted) {
  this->store().PutConnector({"camera", {{"fps", "30"}}, TargetState::kRunning}, Change("camera", "CREATED"));
  StoredChange changed = Change("camera", "CHANGED");
  changed.before = {{"fps", "30"}};
  changed.after = {{"fps", "25"}};
  this->store().PutConnector({"camera", {{"fps", "25"}}, TargetState::kRunning}, changed);
  this->store().NoteChange(Change("camera2", "RESTARTED"));
  this->store().DeleteConnector("camera", Change("camera", "DELETED"));
  this->Reopen();
  const auto history = this->store().History("camera", 10);
  ASSERT_EQ(history.size(), 3U);
  EXPECT_EQ(history[0].action, "CREATED");
  EXPECT_EQ(history[1].before.at("fps"), "30");
  EXPECT_EQ(history[1].after.at("fps"), "25");
  EXPECT_EQ(history[2].action, "DELETED");
  EXPECT_EQ(history[2].by, "test");
  EXPECT_LE(history[2].time, Now());
}

TYPED_TEST_P(StoreContract, ForgetsTheOldestLinesOfALongHistoryAndGivesTheNewestAskedFor) {
  Store& store = this->store();
  store.NoteChange(Change("other", "CREATED"));
  StoreContents long_ago;
  for (int i = 0; i < 505; ++i) long_ago.history.push_back(Change("camera", std::to_string(i)));
  store.Fill(long_ago);
  for (int i = 505; i < 510; ++i) store.NoteChange(Change("camera", std::to_string(i)));
  const auto all = store.History("camera", 1000);
  ASSERT_EQ(all.size(), 500U);
  EXPECT_EQ(all.front().action, "10");
  EXPECT_EQ(all.back().action, "509");
  const auto newest = store.History("camera", 2);
  ASSERT_EQ(newest.size(), 2U);
  EXPECT_EQ(newest.front().action, "508");
  EXPECT_EQ(store.History("other", 10).size(), 1U);
}

TYPED_TEST_P(StoreContract, KeepsActiveTopicsUntilTheyAreDeletedOrTheirConnectorIs) {
  this->store().PutConnector({"camera", {}, TargetState::kRunning}, Change("camera", "CREATED"));
  for (const char* topic : {"a", "b", "a"}) this->store().NoteActiveTopic("camera", topic);
  this->store().NoteActiveTopic("other", "c");
  this->store().NoteActiveTopic("third", "d");
  this->Reopen();
  EXPECT_EQ(this->store().ActiveTopics().at("camera"), (std::set<std::string>{"a", "b"}));
  this->store().DeleteConnector("camera", Change("camera", "DELETED"));
  this->store().DeleteActiveTopics("other");
  EXPECT_EQ(this->store().ActiveTopics(), (std::map<std::string, std::set<std::string>>{{"third", {"d"}}}));
}

TYPED_TEST_P(StoreContract, KeepsTaskCountRecordsOverAReopenAndTheEndOfTheirConnector) {
  EXPECT_EQ(this->store().TaskCountRecord("cams"), 0);
  this->store().PutTaskCountRecord("cams", 3);
  this->store().PutTaskCountRecord("cams", 5);
  this->store().DeleteConnector("cams", Change("cams", "DELETED"));
  this->Reopen();
  EXPECT_EQ(this->store().TaskCountRecord("cams"), 5);
}

TYPED_TEST_P(StoreContract, NeverReplacesANewerSourceOffsetByAnOlderOne) {
  Store& store = this->store();
  const Fields partition{{"file", "a"}};
  store.PutSourceOffsets({{"camera", partition, Fields{{"frame", std::int64_t{7}}}, 9}}, {{}, 9});
  store.PutSourceOffsets({{"camera", partition, Fields{{"frame", std::int64_t{3}}}, 4}}, {{}, 4});
  const auto offsets = store.SourceOffsets();
  ASSERT_EQ(offsets.size(), 1U);
  EXPECT_EQ(offsets[0].offset, (Fields{{"frame", std::int64_t{7}}}));
  EXPECT_GE(store.LastCheckpoint().sequence, offsets[0].sequence) << "what comes next must be above it";
}

TYPED_TEST_P(StoreContract, ASourceOffsetThatWasResetIsOneNoMoreAndMayComeAgain) {
  const Fields partition{{"file", "a"}};
  this->store().PutSourceOffsets({{"camera", partition, Fields{{"frame", std::int64_t{7}}}, 1}}, {{}, 1});
  this->store().PutSourceOffsets({{"camera", partition, std::nullopt, 2}}, {{}, 2});
  this->Reopen();
  for (const StoredSourceOffset& stored : this->store().SourceOffsets()) EXPECT_EQ(stored.offset, std::nullopt);
  const std::uint64_t sequence = this->store().LastCheckpoint().sequence + 1;
  this->store().PutSourceOffsets({{"camera", partition, Fields{{"frame", std::int64_t{1}}}, sequence}}, {});
  this->Reopen();
  ASSERT_EQ(this->store().SourceOffsets().size(), 1U);
  EXPECT_EQ(this->store().SourceOffsets()[0].offset, (Fields{{"frame", std::int64_t{1}}}));
}

TYPED_TEST_P(StoreContract, SeesACommitAtOnceAndKeepsItOverAReopen) {
  EXPECT_EQ(this->store().ConsumerOffset("g", kFrames), std::nullopt);
  for (std::int64_t offset = 0; offset < 1000; ++offset) {
    this->store().CommitConsumerOffset("g", kFrames, offset);
    ASSERT_EQ(this->store().ConsumerOffset("g", kFrames), offset);
  }
  EXPECT_EQ(this->store().ConsumerOffset("g", kFrames), 999);
  this->store().CommitConsumerOffset("g", kFrames, 12);
  this->Reopen();
  EXPECT_EQ(this->store().ConsumerOffsets("g"), (std::map<TopicPartition, std::int64_t>{{kFrames, 12}}));
}

TYPED_TEST_P(StoreContract, ForgetsThePositionsOfAllGroupsInATopicThatIsGone) {
  Store& store = this->store();
  store.CommitConsumerOffset("a", {"gone", 0}, 1);
  store.CommitConsumerOffset("b", {"gone", 1}, 2);
  store.CommitConsumerOffset("b", {"stays", 0}, 3);
  store.DeleteConsumerOffsetsIn("gone");
  EXPECT_TRUE(store.ConsumerOffsets("a").empty());
  EXPECT_EQ(store.ConsumerOffsets("b"), (std::map<TopicPartition, std::int64_t>{{{"stays", 0}, 3}}));
  store.DeleteConsumerOffsets("b");
  this->Reopen();
  EXPECT_TRUE(this->store().ConsumerOffsets("b").empty());
}

TYPED_TEST_P(StoreContract, ItsContentsFillAnotherStore) {
  Store& store = this->store();
  StoredChange changed = Change("camera", "CHANGED");
  changed.after = {{"fps", "25"}};
  store.PutConnector({"camera", {{"fps", "25"}}, TargetState::kPaused}, Change("camera", "CREATED"));
  store.NoteChange(changed);
  store.NoteChange(Change("gone", "DELETED"));
  store.PutSourceOffsets({{"camera", {{"file", "a"}}, Fields{{"frame", std::int64_t{7}}}, 5}}, {});
  store.CommitConsumerOffset("connect-wall", kFrames, 5);
  store.CommitConsumerOffset("connect-wall/guest", {"frames", 1}, 6);
  store.NoteActiveTopic("camera", "frames");
  store.PutTaskCountRecord("camera", 2);
  store.Flush();
  const StoreContents contents = store.Contents();

  TypeParam another;
  const auto filled = another.Open();
  filled->Fill(contents);
  filled->Fill(contents);
  ASSERT_EQ(filled->Connectors().size(), 1U);
  EXPECT_EQ(filled->Connectors()[0].config, (RawConfig{{"fps", "25"}}));
  EXPECT_EQ(filled->Connectors()[0].target, TargetState::kPaused);
  EXPECT_EQ(filled->History("gone", 10).at(0).action, "DELETED");
  EXPECT_EQ(filled->History("camera", 10).size(), 2U);
  EXPECT_EQ(filled->History("camera", 1).at(0).after, (RawConfig{{"fps", "25"}}));
  ASSERT_EQ(filled->SourceOffsets().size(), 1U);
  EXPECT_EQ(filled->SourceOffsets()[0].offset, (Fields{{"frame", std::int64_t{7}}}));
  EXPECT_EQ(filled->ConsumerOffset("connect-wall", kFrames), 5);
  EXPECT_EQ(filled->ConsumerOffset("connect-wall/guest", {"frames", 1}), 6);
  EXPECT_EQ(filled->ActiveTopics(), store.ActiveTopics());
  EXPECT_EQ(filled->TaskCountRecord("camera"), 2);
}

REGISTER_TYPED_TEST_SUITE_P(StoreContract, KeepsConnectorsOverAReopen, DeletesAConnectorButKeepsItsOffsets,
                            KeepsTheHistoryOfAConnectorThatIsDeleted,
                            ForgetsTheOldestLinesOfALongHistoryAndGivesTheNewestAskedFor,
                            KeepsActiveTopicsUntilTheyAreDeletedOrTheirConnectorIs,
                            KeepsTaskCountRecordsOverAReopenAndTheEndOfTheirConnector,
                            NeverReplacesANewerSourceOffsetByAnOlderOne,
                            ASourceOffsetThatWasResetIsOneNoMoreAndMayComeAgain, SeesACommitAtOnceAndKeepsItOverAReopen,
                            ForgetsThePositionsOfAllGroupsInATopicThatIsGone, ItsContentsFillAnotherStore);

}  // namespace framespool::store
