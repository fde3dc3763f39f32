#include <store_kafka/kafka_store.h>

#include <gmock/gmock.h>
#include <unistd.h>

#include <functional>

#include <base/source_offset_json.h>

#include "contract/store/store_contract.h"
#include "fakes/eventually.h"
#include "fakes/memory_state_topics.h"

namespace framespool::store {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using Fate = MemoryTopics::Fate;

broker::StateTopicSpec Spec(const std::string& name) {
  return {.topic = {.name = name, .partitions = {}, .config = {}}, .setting = name + ".storage.topic"};
}

KafkaStoreOptions Options() {
  KafkaStoreOptions options{.config = Spec("configs"),
                            .offsets = Spec("offsets"),
                            .status = Spec("status"),
                            .own = Spec("own"),
                            .writer = "framespool-store-g",
                            .worker_id = "w:8083"};
  options.offsets.keeps_tombstones = true;
  options.patience = 300ms;
  options.start_patience = 300ms;
  return options;
}

/// Topics, a view of them as a process has it, and a store on that.
class Bench {
 public:
  std::unique_ptr<Store> Open(const KafkaStoreOptions& options = Options()) {
    views_.push_back(std::make_unique<MemoryStateTopics>(shared_));
    return OpenKafkaStore(*views_.back(), options);
  }
  MemoryTopics& topics() { return *shared_; }
  MemoryStateTopics& view() { return *views_.back(); }

 private:
  std::shared_ptr<MemoryTopics> shared_ = std::make_shared<MemoryTopics>();
  std::vector<std::unique_ptr<MemoryStateTopics>> views_;
};

class KafkaStoreTest : public testing::Test {
 protected:
  std::optional<std::string> ValueOf(const std::string& topic, const std::string& key) {
    const std::lock_guard lock(topics().mutex);
    return topics().topics[topic][key].value;
  }
  void Put(const std::string& topic, const std::string& key, std::optional<std::string> value) {
    const std::lock_guard lock(topics().mutex);
    topics().topics[topic][key] = {std::move(value), ++topics().places, Now()};
  }
  static std::string ReasonOf(const std::function<void()>& call) {
    try {
      call();
    } catch (const StoreError& error) {
      return error.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return "";
  }
  static void Create(Store& store, const std::string& name) {
    store.PutConnector({name, {{"name", name}}, TargetState::kRunning}, Change(name, "CREATED"));
  }
  MemoryTopics& topics() { return bench_.topics(); }

  Bench bench_;
};

TEST_F(KafkaStoreTest, WritesAConnectorAsConnectDoesAndTakesAllOfItAway) {
  const auto store = bench_.Open();
  Create(*store, "cam");
  store->NoteStatus("cam", 0, "RUNNING", "");
  store->NoteStatus("cam-2", 0, "FAILED", "why");
  store->NoteActiveTopic("cam", "frames");
  store->Flush();
  EXPECT_EQ(ValueOf("configs", "connector-cam"), R"({"properties":{"name":"cam"}})");
  EXPECT_EQ(ValueOf("configs", "target-state-cam"), R"({"state":"STARTED","state.v2":"STARTED"})");
  EXPECT_EQ(ValueOf("status", "status-connector-cam"),
            R"({"generation":1,"state":"RUNNING","trace":null,"worker_id":"w:8083"})");
  EXPECT_EQ(ValueOf("status", "status-task-cam-2-0"),
            R"({"generation":1,"state":"FAILED","trace":"why","worker_id":"w:8083"})");
  store->NoteStatus("cam", 0, "STOPPED", "");
  store->DeleteConnector("cam", Change("cam", "DELETED"));
  store->Flush();
  for (const char* key : {"status-connector-cam", "status-task-cam-0", "status-topic-frames:connector-cam"})
    EXPECT_EQ(ValueOf("status", key), std::nullopt) << key;
  EXPECT_EQ(ValueOf("configs", "connector-cam"), std::nullopt);
  EXPECT_EQ(ValueOf("configs", "target-state-cam"), std::nullopt);
  EXPECT_NE(ValueOf("status", "status-task-cam-2-0"), std::nullopt) << "of another connector";
}

TEST_F(KafkaStoreTest, ReadsTopicsThatConnectHasWritten) {
  Put("configs", "session-key", R"({"key":"x"})");
  Put("configs", "connector-cam", R"({"properties":{"name":"cam","unset":null}})");
  Put("configs", "task-cam-0", R"({"properties":{}})");
  Put("configs", "commit-cam", R"({"tasks":1})");
  Put("configs", "connector-bad", "{");
  Put("offsets", R"(["cam",{"file":"a","side":null}])", R"({"frame":7,"extra":null})");
  Put("offsets", R"(["cam",{"file":"b"}])", R"({"deep":{"er":1}})");
  Put("offsets", "no json", "{}");
  Put("offsets", R"(["cam",{"file":"c"}])", std::nullopt);
  const auto store = bench_.Open();
  EXPECT_FALSE(store->created());
  ASSERT_EQ(store->Connectors().size(), 1U);
  EXPECT_EQ(store->Connectors()[0].config, (RawConfig{{"name", "cam"}}));
  EXPECT_EQ(store->Connectors()[0].target, TargetState::kRunning);
  ASSERT_TRUE(store->Trouble());
  EXPECT_THAT(store->Trouble()->message, HasSubstr("connector bad"));
  const auto offsets = store->SourceOffsets();
  ASSERT_EQ(offsets.size(), 2U);
  EXPECT_EQ(offsets[0].partition, (Fields{{"file", std::string("a")}}));
  EXPECT_EQ(offsets[0].offset, (Fields{{"frame", std::int64_t{7}}}));
  EXPECT_EQ(offsets[1].offset, std::nullopt);
}

TEST_F(KafkaStoreTest, OrdersSourceOffsetsByTheirPlacesWhateverTheClocksSaid) {
  const Fields partition{{"file", std::string("a")}};
  {
    const auto store = bench_.Open();
    const std::uint64_t far_ahead = std::uint64_t{1} << 60;
    store->PutSourceOffsets({{"cam", partition, Fields{{"frame", std::int64_t{7}}}, far_ahead}}, {});
  }
  const auto store = bench_.Open();  // of a worker whose clock is years behind
  const std::uint64_t next = store->LastCheckpoint().sequence + 1;
  EXPECT_LT(next, std::uint64_t{1} << 30);
  store->PutSourceOffsets({{"cam", partition, Fields{{"frame", std::int64_t{2}}}, next}}, {});
  EXPECT_EQ(ValueOf("offsets", ToJson(SourceOffsetKey{"cam", partition})), R"({"frame":2})");
}

TEST_F(KafkaStoreTest, LeavesSourceOffsetsThatATransactionOfTheTaskHasBrought) {
  const Fields partition{{"file", std::string("a")}};
  const std::string key = ToJson(SourceOffsetKey{"cam", partition});
  const auto store = bench_.Open();
  bench_.view().Claim("task", 1s);
  const std::vector<broker::StateWrite> brought{{"offsets", key, R"({"frame":20})", 200}};
  bench_.view().Write(brought, 1s);
  // The worker has been told of an earlier transaction only.
  store->PutSourceOffsets({{"cam", partition, Fields{{"frame", std::int64_t{10}}}, 100}}, {});
  EXPECT_EQ(ValueOf("offsets", key), R"({"frame":20})");
  store->PutSourceOffsets({{"cam", partition, Fields{{"frame", std::int64_t{0}}}, 300}}, {});
  EXPECT_EQ(ValueOf("offsets", key), R"({"frame":0})") << "set by hand since";
}

TEST_F(KafkaStoreTest, OfTwoStoresTheLaterWritesAndTheEarlierSaysWhoHasTakenOver) {
  std::vector<std::string> told;
  auto options = Options();
  options.on_superseded = [&](const std::string& why) { told.push_back(why); };
  const auto earlier = bench_.Open(options);
  Create(*earlier, "a");
  const auto later = bench_.Open();
  EXPECT_THAT(ReasonOf([&] { Create(*earlier, "b"); }), HasSubstr("another worker has taken over"));
  EXPECT_THAT(ReasonOf([&] { Create(*earlier, "b"); }), HasSubstr("process " + std::to_string(getpid())));
  ASSERT_EQ(told.size(), 1U);
  EXPECT_TRUE(earlier->Trouble());
  // To find that out it has claimed the topics once more; that does not stop the owner.
  Create(*later, "c");
  EXPECT_FALSE(later->Trouble());
  EXPECT_EQ(later->Connectors().size(), 2U);
  EXPECT_EQ(ValueOf("configs", "connector-b"), std::nullopt);
}

TEST_F(KafkaStoreTest, LooksForAWriteOfWhichNobodyKnowsWhatBecame) {
  const auto store = bench_.Open();
  for (const Fate fate : {Fate::kMadeButNotTold, Fate::kLost}) {
    topics().next = fate;
    Create(*store, "cam");
    EXPECT_EQ(store->History("cam", 10).size(), fate == Fate::kMadeButNotTold ? 1U : 2U) << "once for each";
  }
  EXPECT_FALSE(store->Trouble());
}

TEST_F(KafkaStoreTest, AChangeThatWasRefusedIsNotThereWhenKafkaIsBack) {
  const auto store = bench_.Open();
  store->PutConnector({"cam", {{"fps", "30"}}, TargetState::kRunning}, Change("cam", "CREATED"));
  topics().next = Fate::kMadeButNotTold;
  topics().away_after_it = true;
  EXPECT_THROW(store->PutConnector({"cam", {{"fps", "25"}}, TargetState::kRunning}, Change("cam", "CHANGED")),
               StoreError);
  ASSERT_TRUE(store->Trouble());
  EXPECT_EQ(ValueOf("configs", "connector-cam"), R"({"properties":{"fps":"25"}})") << "it has come in all the same";
  topics().SetAway(false);
  topics().away_after_it = false;
  Create(*store, "other");
  EXPECT_FALSE(store->Trouble());
  EXPECT_EQ(ValueOf("configs", "connector-cam"), R"({"properties":{"fps":"30"}})");
  EXPECT_EQ(store->History("cam", 10).size(), 1U);
}

TEST_F(KafkaStoreTest, ReadsAndTakesPositionsWhileKafkaIsAwayAndWritesThemWhenItIsBack) {
  const auto store = bench_.Open();
  Create(*store, "cam");
  store->CommitConsumerOffset("connect-cam", kFrames, 1);
  store->Flush();
  topics().SetAway(true);
  store->CommitConsumerOffset("connect-cam", kFrames, 2);
  EXPECT_THROW(store->Flush(), StoreError);
  EXPECT_THROW(Create(*store, "other"), StoreError);
  ASSERT_TRUE(store->Trouble());
  EXPECT_THAT(store->Trouble()->message, HasSubstr("away"));
  EXPECT_EQ(store->ConsumerOffset("connect-cam", kFrames), 2);
  EXPECT_EQ(store->Connectors().size(), 1U);
  topics().SetAway(false);
  EXPECT_TRUE(fakes::Eventually(
      [&] { return ValueOf("own", R"(["position","connect-cam","frames",0])") == R"({"offset":2})"; }, 30s));
  EXPECT_NO_THROW(store->Flush());
  EXPECT_FALSE(store->Trouble());
}

TEST_F(KafkaStoreTest, GivesUpOpeningWhenKafkaDoesNotComeOrTheWorkerIsToStop) {
  topics().SetAway(true);
  EXPECT_THAT(ReasonOf([&] { bench_.Open(); }), HasSubstr("cannot be read: the memory is away"));
  auto options = Options();
  options.start_patience = 1h;
  options.stopped = [] { return true; };
  EXPECT_THAT(ReasonOf([&] { bench_.Open(options); }), HasSubstr("stopped while waiting"));
}

TEST_F(KafkaStoreTest, GathersPositionsIntoFewTransactions) {
  const auto store = bench_.Open();
  store->Flush();
  const int before = topics().transactions;
  const auto begun = std::chrono::steady_clock::now();
  for (std::int64_t offset = 0; offset < 20000; ++offset) store->CommitConsumerOffset("connect-cam", kFrames, offset);
  store->Flush();
  const auto periods = (std::chrono::steady_clock::now() - begun) / 100ms;
  EXPECT_LE(topics().transactions - before, periods + 3);
  EXPECT_EQ(ValueOf("own", R"(["position","connect-cam","frames",0])"), R"({"offset":19999})");
}

TEST_F(KafkaStoreTest, PositionsOfNamedGroupsGoWhenNobodyHasUsedThemForLong) {
  {
    const auto store = bench_.Open();
    Create(*store, "a/b");
    topics().now = Now() - 24h * 10;
    for (const char* group : {"connect-cam", "connect-cam/guest", "connect-cam?key=door", "connect-a/b"})
      store->CommitConsumerOffset(group, kFrames, 7);
    store->Flush();
    topics().now = Now();
    store->CommitConsumerOffset("connect-cam/new", kFrames, 8);
  }
  const auto store = bench_.Open();
  // Not asked of the store: who looks at a position uses it.
  EXPECT_TRUE(
      fakes::Eventually([&] { return !ValueOf("own", R"(["position","connect-cam?key=door","frames",0])"); }, 30s));
  EXPECT_EQ(store->ConsumerOffset("connect-cam/guest", kFrames), std::nullopt);
  EXPECT_EQ(store->ConsumerOffset("connect-cam/new", kFrames), 8);
  EXPECT_EQ(store->ConsumerOffset("connect-cam", kFrames), 7) << "a sink's own position stays";
  EXPECT_EQ(store->ConsumerOffset("connect-a/b", kFrames), 7) << "so does that of a sink with such a name";
}

TEST_F(KafkaStoreTest, WhoLooksAtAPositionUsesIt) {
  {
    const auto store = bench_.Open();
    topics().now = Now() - 24h * 5;
    store->CommitConsumerOffset("connect-cam/guest", kFrames, 7);
    store->Flush();
    topics().now = Now();
    EXPECT_EQ(store->ConsumerOffset("connect-cam/guest", kFrames), 7);
    store->Flush();
  }
  const std::lock_guard lock(topics().mutex);
  EXPECT_GT(topics().topics["own"][R"(["position","connect-cam/guest","frames",0])"].time, Now() - 24h);
}

TEST_F(KafkaStoreTest, GroupsOfOneSinkAreBoundedAndTheLongestUnusedMakeRoom) {
  auto options = Options();
  options.retention.most_groups = 20;
  {
    const auto store = bench_.Open();
    store->CommitConsumerOffset("connect-other/guest", kFrames, 1);
    for (int i = 0; i < 100; ++i) {
      topics().now = Now() - 1h + i * 1s;
      store->CommitConsumerOffset("connect-cam/guest" + std::to_string(i), kFrames, i);
      store->Flush();
    }
  }
  const auto store = bench_.Open(options);
  EXPECT_TRUE(fakes::Eventually([&] { return !store->ConsumerOffset("connect-cam/guest79", kFrames); }, 30s));
  EXPECT_EQ(store->ConsumerOffset("connect-cam/guest80", kFrames), 80);
  EXPECT_EQ(store->ConsumerOffset("connect-other/guest", kFrames), 1);
}

}  // namespace

INSTANTIATE_TYPED_TEST_SUITE_P(Kafka, StoreContract, Bench);

}  // namespace framespool::store
