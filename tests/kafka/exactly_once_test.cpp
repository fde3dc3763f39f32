#include "broker_fixture.h"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>
#include <set>

namespace framespool::broker {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class KafkaExactlyOnceTest : public KafkaBrokerTest {
 protected:
  /// With a topic of offsets of this test's own.
  static KafkaOptions Exactly() {
    KafkaOptions options = Options();
    options.exactly_once = true;
    options.group_id = Topic("group");
    options.offsets_topic = Topic("offsets");
    return options;
  }
  static std::unique_ptr<Producer> Open(Broker& broker, Acks& acks, ClientSettings settings = Settings({}, {Topic()})) {
    settings.connector = "my \"cam\"";
    return Persist([&] { return broker.OpenProducer(settings, acks.handler()); });
  }
};

TEST_F(KafkaExactlyOnceTest, CommitsRecordsAndOffsetsTogetherAndFindsThemAgain) {
  const auto broker = OpenKafkaBroker(Exactly());
  std::vector<SourceOffset> recovered;
  broker->RecoverSourceOffsets({.ends = {{{"beside the store", 0}, 3}}, .sequence = 0},
                               [&](auto found) { recovered.assign(found.begin(), found.end()); });
  EXPECT_THAT(broker->Acknowledged().ends, SizeIs(1)) << "another broker's are left alone";
  Acks acks;
  {
    const auto producer = Open(*broker, acks);
    EXPECT_THAT(recovered, IsEmpty());
    Append(*producer, Topic(), 0, 10);
    ASSERT_TRUE(Drain(*producer));
  }
  EXPECT_EQ(acks.numbers(), Sequence(0, 10));
  const auto producer = Open(*broker, acks);
  ASSERT_THAT(recovered, SizeIs(1));
  EXPECT_EQ(recovered[0].partition, kStream);
  EXPECT_EQ(recovered[0].offset, (Fields{{"next", std::int64_t{10}}}));
  EXPECT_EQ(recovered[0].sequence, acks.where.back().sequence);
}

TEST_F(KafkaExactlyOnceTest, LaysOffsetsOutAsConnectDoes) {
  const auto broker = OpenKafkaBroker(Exactly());
  Acks acks;
  const auto producer = Open(*broker, acks);
  Append(*producer, Topic(), 0, 1);
  ASSERT_TRUE(Drain(*producer));
  const auto info = broker->Describe(Topic("offsets"));
  ASSERT_TRUE(info);
  EXPECT_EQ(info->config.at("cleanup.policy"), "compact");
  ASSERT_THAT(info->partitions, SizeIs(3));
  for (std::int32_t i = 0; i < 3; ++i) {
    if (info->partitions[static_cast<std::size_t>(i)].end == 0) continue;
    const auto reader = broker->OpenReader({Topic("offsets"), i});
    const auto records = ReadAll(*reader, 1);
    ASSERT_THAT(records, SizeIs(1));
    EXPECT_EQ(records[0].key, R"(["my \"cam\"",{"file":"/v/a.mp4"}])");
    EXPECT_EQ(records[0].value.text(), R"({"next":1})");
    return;
  }
  FAIL() << "no offset was written";
}

TEST_F(KafkaExactlyOnceTest, FencesTheProducerBeforeIt) {
  const auto broker = OpenKafkaBroker(Exactly());
  Acks acks;
  const auto zombie = Open(*broker, acks);
  Append(*zombie, Topic(), 0, 1);
  ASSERT_TRUE(Drain(*zombie));
  const auto producer = Open(*broker, acks);
  EXPECT_THAT(Words<BrokerError>([&] {
                zombie->Append({Numbered(Topic(), 1)});
                while (zombie->Outstanding() > 0) zombie->Service(1s);
              }),
              AllOf(HasSubstr("fenced"), HasSubstr("transactional.id"), HasSubstr("group.id")));
  Append(*producer, Topic(), 1, 1);
  ASSERT_TRUE(Drain(*producer));
  const auto reader = broker->OpenReader({Topic(), 0});
  EXPECT_EQ(Numbers(ReadAll(*reader, 2)), Sequence(0, 2));
}

TEST_F(KafkaExactlyOnceTest, FencesTheProducersOfTaskNumbersThatAreGoneAndEndsWhatTheyHadOpen) {
  const auto broker = OpenKafkaBroker(Exactly());
  Acks acks;
  auto settings = Settings({}, {Topic()});
  settings.transaction_interval = 60s;
  settings.task = 2;
  const auto gone = Open(*broker, acks, settings);
  Append(*gone, Topic(), 0, 1);
  const std::vector<int> tasks{1, 2};  // nobody was ever 1: that is no trouble
  Persist([&] {
    broker->FenceProducers("my \"cam\"", tasks);
    return 0;
  });
  // What it had open no longer holds back those who read committed records.
  settings.task = 0;
  settings.transaction_interval = 0ms;
  const auto producer = Open(*broker, acks, settings);
  Append(*producer, Topic(), 0, 2);
  ASSERT_TRUE(Drain(*producer));
  const auto reader = broker->OpenReader({Topic(), 0});
  EXPECT_EQ(Numbers(ReadAll(*reader, 2)), Sequence(0, 2));
  EXPECT_THAT(Words<BrokerError>([&] {
                gone->Append({Numbered(Topic(), 9)});
                while (gone->Outstanding() > 0) gone->Service(1s);
              }),
              AllOf(HasSubstr("fenced"), HasSubstr("-2")));
}

TEST_F(KafkaExactlyOnceTest, ATransactionMayHoldTheRecordsOfManyAppends) {
  const auto broker = OpenKafkaBroker(Exactly());
  Acks acks;
  auto settings = Settings({}, {Topic()});
  settings.transaction_interval = 60s;
  const auto producer = Open(*broker, acks, settings);
  Append(*producer, Topic(), 0, 100);
  producer->Service(0ms);
  EXPECT_THAT(acks.records, IsEmpty());
  ASSERT_TRUE(Drain(*producer));
  EXPECT_EQ(acks.numbers(), Sequence(0, 100));
  EXPECT_THAT(acks.where, Each(testing::Field(&Appended::sequence, acks.where[0].sequence)));
}

TEST_F(KafkaExactlyOnceTest, WhatComesDuringATransactionIsTogetherInTheNextOne) {
  const auto broker = OpenKafkaBroker(Exactly());
  Acks acks;
  const auto producer = Open(*broker, acks);
  Append(*producer, Topic(), 0, 500);
  ASSERT_TRUE(Drain(*producer));
  EXPECT_EQ(acks.numbers(), Sequence(0, 500));
  const auto reader = Persist([&] { return broker->OpenReader({Topic(), 0}); });
  EXPECT_EQ(Numbers(ReadAll(*reader, 500)), Sequence(0, 500));
  // The mark of each transaction takes an offset too.
  EXPECT_LT(reader->extent().end, 500 + 100);
}

TEST_F(KafkaExactlyOnceTest, ARefusedRecordDoesNotTakeItsNeighboursWithIt) {
  const auto broker = OpenKafkaBroker(Exactly());
  broker->EnsureTopic({.name = Topic(), .partitions = {}, .config = {{"max.message.bytes", "300000"}}});
  Acks acks;
  const auto producer = Open(*broker, acks, Settings({{"max.request.size", "500000"}}, {Topic()}));
  producer->Append({Numbered(Topic(), 0), Numbered(Topic(), 1, 400000), Numbered(Topic(), 2),
                    Numbered(Topic(), 3, 600000), Numbered(Topic(), 4)});
  ASSERT_TRUE(Drain(*producer));
  EXPECT_EQ(acks.numbers(), (std::vector<std::int64_t>{0, 2, 4}));
  EXPECT_THAT(acks.errors, ElementsAre(AllOf(HasSubstr("400000"), HasSubstr("300000")),
                                       AllOf(HasSubstr("600000"), HasSubstr("500000"))));
  const auto reader = broker->OpenReader({Topic(), 0});
  EXPECT_EQ(Numbers(ReadAll(*reader, 3)), (std::vector<std::int64_t>{0, 2, 4}));
}

TEST_F(KafkaExactlyOnceTest, RefusesATopicOfOffsetsThatForgets) {
  auto options = Exactly();
  const auto broker = OpenKafkaBroker(options);
  broker->EnsureTopic({.name = options.offsets_topic, .partitions = 1, .config = {{"cleanup.policy", "delete"}}});
  Acks acks;
  EXPECT_THAT(Words<BrokerError>([&] { Open(*broker, acks); }),
              AllOf(HasSubstr("offset.storage.topic"), HasSubstr("cleanup.policy=compact"), HasSubstr("delete")));
}

TEST_F(KafkaExactlyOnceTest, TheMarksOfTransactionsAreNoRecordsToCome) {
  const auto broker = OpenKafkaBroker(Exactly());
  Acks acks;
  const auto producer = Open(*broker, acks);
  Append(*producer, Topic(), 0, 3);
  ASSERT_TRUE(Drain(*producer));
  const auto reader = broker->OpenReader({Topic(), 0});
  EXPECT_EQ(Numbers(ReadAll(*reader, 3)), Sequence(0, 3));
  const auto last = reader->position();
  const auto quiet = [&] {
    static_cast<void>(reader->Read(1, 1, 10ms, {}));
    return reader->position() > last && reader->extent().end == last;
  };
  EXPECT_TRUE(Await(quiet)) << "the mark of the last transaction counts as a record";
  // Also for one who stands behind the last record, as a sink that has shown all.
  const auto another = broker->OpenReader({Topic(), 0});
  another->Seek(last);
  EXPECT_THAT(another->Read(1, 1, 50ms, {}), IsEmpty());
  EXPECT_EQ(another->extent().end, last);
  Append(*producer, Topic(), 3, 1);
  ASSERT_TRUE(Drain(*producer));
  EXPECT_EQ(Numbers(ReadAll(*reader, 1)), Sequence(3, 1));
  EXPECT_GT(reader->extent().end, last);
}

/// A process that sends numbers, and how many of them it says are committed.
class Child {
 public:
  explicit Child(std::vector<std::string> words) {
    int ends[2];
    if (pipe(ends) != 0) throw std::runtime_error("no pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    if (posix_spawn(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ) != 0)
      throw std::runtime_error("no child");
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    output_ = ends[0];
  }
  ~Child() { close(output_); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Waits until so many are committed; false when it ends before.
  bool AwaitCommitted(std::int64_t count) {
    char bytes[256];
    while (committed_ < count) {
      const ssize_t size = read(output_, bytes, sizeof bytes);
      if (size <= 0) return false;
      committed_ += size;
    }
    return true;
  }
  void Kill() { kill(pid_, SIGKILL); }
  int Wait() {
    int status = 0;
    waitpid(pid_, &status, 0);
    return status;
  }

 private:
  pid_t pid_ = 0;
  int output_ = -1;
  std::int64_t committed_ = 0;
};

TEST_F(KafkaExactlyOnceTest, EveryRecordIsThereOnceAfterThirtyKills) {
  const auto options = Exactly();
  const auto start = [&](std::int64_t count) {
    return std::make_unique<Child>(std::vector<std::string>{EXACTLY_ONCE_CHILD, options.bootstrap_servers,
                                                            options.group_id, options.offsets_topic, Topic(),
                                                            std::to_string(count)});
  };
  std::minstd_rand random(7);
  for (int kills = 0; kills < 30; ++kills) {
    const auto child = start(1000000);  // more than it will come to
    // Two of three while it sends, the third while it starts.
    if (kills % 3 != 0) {
      ASSERT_TRUE(child->AwaitCommitted(1 + static_cast<std::int64_t>(random() % 20)));
    }
    const auto until_the_kill = static_cast<useconds_t>(random() % (kills % 3 != 0 ? 10000 : 300000));
    usleep(until_the_kill);  // decides nothing: its moment is what the test is about
    child->Kill();
    ASSERT_TRUE(WIFSIGNALED(child->Wait()));
  }
  const auto broker = OpenKafkaBroker(options);
  std::int64_t records = 100;
  broker->RecoverSourceOffsets({}, [&records](auto offsets) {
    for (const auto& found : offsets) records += std::get<std::int64_t>(found.offset.at("next"));
  });
  Acks acks;
  Persist([&] { return broker->OpenProducer({.connector = "c", .topics = {Topic()}}, acks.handler()); });
  const auto child = start(records);
  const int status = child->Wait();
  ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  const auto reader = Persist([&] { return broker->OpenReader({Topic(), 0}); });
  EXPECT_EQ(Numbers(ReadAll(*reader, static_cast<std::size_t>(records), 60s)), Sequence(0, records));
  EXPECT_THAT(reader->Read(1, 1, 500ms, {}), IsEmpty());
}

}  // namespace
}  // namespace framespool::broker
