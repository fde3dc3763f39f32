#include "log_fixture.h"

namespace framespool::broker::embedded {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

using TopicTest = LogTest;

TEST_F(TopicTest, IsCreatedOnFirstUseWithTheDefaultPartitions) {
  options.default_partitions = 4;
  Open();
  EXPECT_THAT(broker->Topics(), IsEmpty());
  EXPECT_FALSE(broker->Describe("t"));
  Append("x");
  ASSERT_TRUE(broker->Describe("t"));
  EXPECT_THAT(broker->Describe("t")->partitions, SizeIs(4));
  EXPECT_THAT(broker->Topics(), SizeIs(1));
}

TEST_F(TopicTest, GrowsButNeverShrinks) {
  Open();
  broker->EnsureTopic({"t", 2, {}});
  Append("a");
  broker->EnsureTopic({"t", 5, {}});
  broker->EnsureTopic({"t", 1, {}});
  broker->EnsureTopic({"t", std::nullopt, {}});
  SourceRecord record = Record("b");
  record.partition = 4;
  AppendOne(std::move(record));
  Open();
  EXPECT_THAT(broker->Describe("t")->partitions, SizeIs(5));
  EXPECT_THAT(Values("t", 0), ElementsAre("a"));
  EXPECT_THAT(Values("t", 4), ElementsAre("b"));
}

TEST_F(TopicTest, KeepsItsConfigOverAReopenAndShowsWhatIsInForce) {
  options.retention_time = 5000ms;
  Open();
  broker->EnsureTopic({"t", 1, {{"retention.bytes", "-1"}, {"segment.bytes", "8192"}, {"max.message.bytes", "5000"}}});
  broker->EnsureTopic({"t", 1, {{"segment.bytes", "4096"}}});  // left as it is
  Open();
  EXPECT_THAT(broker->Describe("t")->config,
              ElementsAre(Pair("max.message.bytes", "5000"), Pair("retention.bytes", "-1"),
                          Pair("retention.ms", "5000"), Pair("segment.bytes", "8192")));
}

TEST_F(TopicTest, RefusesNamesThatKafkaRefuses) {
  Open();
  for (const std::string& name : {std::string(), std::string("."), std::string(".."), std::string("a/b"),
                                  std::string("a b"), std::string("caf\xc3\xa9"), std::string(250, 'x')}) {
    EXPECT_THAT(MessageOf<BrokerError>([&] { broker->EnsureTopic({name, 1, {}}); }), HasSubstr("topic's name")) << name;
    EXPECT_THAT(MessageOf<BrokerError>([&] { Append("x", name); }), HasSubstr("topic's name")) << name;
  }
  for (const std::string& name : {std::string("..."), std::string("A-z_0.9"), std::string(249, 'x')}) {
    EXPECT_NO_THROW(broker->EnsureTopic({name, 1, {}})) << name;
  }
  Open();
  EXPECT_THAT(broker->Topics(), SizeIs(3));
}

TEST_F(TopicTest, SaysOfASettingByItselfWhatItWouldRefuse) {
  Open();
  const auto problem = [&](const char* setting, const char* value) {
    return broker->TopicSettingProblem(setting, value).value_or("");
  };
  EXPECT_THAT(problem("retention.bytes", "-5"), HasSubstr("at least 0, or -1 for no limit, but is \"-5\""));
  EXPECT_THAT(problem("retention.ms", "abc"), HasSubstr("\"abc\""));
  EXPECT_THAT(problem("segment.bytes", "1"), HasSubstr("at least 4096"));
  EXPECT_THAT(problem("cleanup.policy", "compact"), HasSubstr("is no topic config of the embedded broker"));
  EXPECT_THAT(problem("foo", "bar"), HasSubstr("it knows max.message.bytes"));
  EXPECT_THAT(problem("partitions", "10001"), HasSubstr("at most 10000"));
  EXPECT_EQ(problem("partitions", "-1"), "");
  EXPECT_EQ(problem("replication.factor", "3"), "");
  EXPECT_EQ(problem("retention.ms", " 0 "), "");
  EXPECT_EQ(problem("retention.bytes", "-1"), "");
}

TEST_F(TopicTest, RefusesConfigsItDoesNotKnowAndValuesThatCannotBe) {
  Open();
  const auto refusal = [&](const std::string& name, const std::string& value) {
    return MessageOf<BrokerError>([&] { broker->EnsureTopic({"t", 1, {{name, value}}}); });
  };
  EXPECT_THAT(refusal("cleanup.policy", "compact"), AllOf(HasSubstr("cleanup.policy"), HasSubstr("retention.ms")));
  EXPECT_THAT(refusal("retention.ms", "a week"), AllOf(HasSubstr("retention.ms"), HasSubstr("\"a week\"")));
  EXPECT_THAT(refusal("retention.ms", "-2"), AllOf(HasSubstr("retention.ms"), HasSubstr("-1")));
  EXPECT_THAT(refusal("retention.bytes", "-5"), HasSubstr("retention.bytes"));
  EXPECT_THAT(refusal("segment.bytes", "-1"), HasSubstr("segment.bytes"));
  EXPECT_THAT(refusal("segment.bytes", "100"), AllOf(HasSubstr("segment.bytes"), HasSubstr("4096")));
  EXPECT_THAT(refusal("max.message.bytes", "99999999999"), HasSubstr("max.message.bytes"));
  EXPECT_THAT(MessageOf<BrokerError>([&] { broker->EnsureTopic({"t", 0, {}}); }), HasSubstr("partitions must be 1"));
  EXPECT_FALSE(broker->Describe("t"));
}

TEST_F(TopicTest, TakesTheLargestRetentionTimeThatKafkaTakes) {
  Open();
  broker->EnsureTopic({"t", 1, {{"retention.ms", "9223372036854775807"}}});
  Append("x");
  broker->Sync();
  Open();
  EXPECT_THAT(broker->Describe("t")->config, Contains(Pair("retention.ms", "9223372036854775807")));
  EXPECT_THAT(Values(), ElementsAre("x"));
}

TEST_F(TopicTest, SurvivesTheLossOfItsPropertiesFile) {
  Open();
  broker->EnsureTopic({"t", 3, {}});
  SourceRecord record = Record("b");
  record.partition = 2;
  AppendOne(std::move(record));
  Close();
  Spit(options.directory / "t" / "topic.properties", "gibberish");
  Open();
  EXPECT_THAT(broker->Describe("t")->partitions, SizeIs(3));
  EXPECT_THAT(Values("t", 2), ElementsAre("b"));
}

class BadTopicTest : public TopicTest, public testing::WithParamInterface<const char*> {};

TEST_P(BadTopicTest, StopsOnlyItselfSaysWhyAndIsTriedAgainWhenItIsWanted) {
  Open();
  Append("kept", "t");
  Append("good", "other");
  Close();
  const std::string what = GetParam();
  const fs::path properties = options.directory / "t" / "topic.properties";
  const fs::path aside = options.directory / "aside";
  std::string reason = properties.string();
  if (what == "bad value") Spit(properties, "partitions=1\nretention.ms=soon\n");
  if (what == "negative segment size") Spit(properties, "partitions=1\nsegment.bytes=-5\n");
  if (what == "unknown key") Spit(properties, "partitions=1\ncleanup.policy=compact\n");
  if (what == "partition is a file") {
    fs::rename(Folder(), aside);
    Spit(Folder(), "mine");
    reason = Folder().string();
  }
  if (what == "partition is a loop of links") {
    fs::rename(Folder(), aside);
    fs::create_symlink("0", Folder());
    reason = Folder().string();
  }
  Open();
  EXPECT_THAT(Values("other"), ElementsAre("good"));
  const auto says_why = AllOf(HasSubstr("topic t cannot be opened"), HasSubstr(reason));
  const auto problems = broker->GetHealth().problems;
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_EQ(problems[0].subject, "topic t");
  EXPECT_EQ(problems[0].kind.text(), "topic-refused");
  EXPECT_THAT(problems[0].message, says_why);
  EXPECT_TRUE(broker->GetHealth().reachable);
  EXPECT_THAT(MessageOf<BrokerError>([&] { Append("x"); }), says_why);
  EXPECT_THAT(MessageOf<BrokerError>([&] { broker->OpenReader({"t", 0}); }), says_why);
  EXPECT_THAT(MessageOf<BrokerError>([&] { broker->EnsureTopic({"t", 1, {}}); }), says_why);
  EXPECT_THAT(MessageOf<BrokerError>([&] { broker->DeleteTopic("t"); }), HasSubstr("cannot be opened"));
  if (fs::exists(aside)) {
    fs::remove(Folder());
    fs::rename(aside, Folder());
  } else {
    Spit(properties, "partitions=1\n");
  }
  Append("again");
  EXPECT_THAT(Values(), ElementsAre("kept", "again"));
  EXPECT_THAT(broker->GetHealth().problems, IsEmpty());
}

TEST_F(TopicTest, OneThatCannotBeOpenedKeepsItsEndInTheCheckpointUntilItsOffsetsAreRecovered) {
  Open();
  for (const char* value : {"a", "b", "c"}) Append(value);
  Append("x", "other");
  Close();
  const fs::path properties = options.directory / "t" / "topic.properties";
  Spit(properties, "partitions=1\nretention.ms=soon\n");
  const Checkpoint stored{.ends = {{{"t", 0}, 2}, {{"other", 0}, 1}, {{"gone", 0}, 9}}, .sequence = 2};
  using Ends = std::map<TopicPartition, std::int64_t>;
  broker = embedded::Open(options, files);
  EXPECT_THAT(RecoveredOffsets(*broker, stored), IsEmpty());
  EXPECT_EQ(broker->Acknowledged().ends, (Ends{{{"t", 0}, 2}, {{"other", 0}, 1}}));
  Spit(properties, "partitions=1\n");
  producer = broker->OpenProducer({.connector = "camera"}, [](auto, auto, const auto&) {});
  Append("d");
  EXPECT_EQ(broker->Acknowledged().ends, (Ends{{{"t", 0}, 2}, {{"other", 0}, 1}})) << "c's was not recovered";
  const Checkpoint known = broker->Acknowledged();
  Close();
  broker = embedded::Open(options, files);
  EXPECT_THAT(RecoveredOffsets(*broker, known), SizeIs(1));
  EXPECT_EQ(broker->Acknowledged().ends, (Ends{{{"t", 0}, 4}, {{"other", 0}, 1}}));
}

INSTANTIATE_TEST_SUITE_P(Damages, BadTopicTest,
                         testing::Values("bad value", "negative segment size", "unknown key", "partition is a file",
                                         "partition is a loop of links"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::erase(name, ' ');
                           return name;
                         });

TEST_F(TopicTest, CountsNoFolderWithAStrangeNameAsAPartition) {
  Open();
  Append("a");
  Close();
  for (const char* name : {"9999", "007", "-1", "1.5", "2 ", "99999999999"}) {
    fs::create_directory(options.directory / "t" / name);
  }
  Spit(options.directory / "t" / "3", "a file");
  Open();
  EXPECT_THAT(broker->Describe("t")->partitions, SizeIs(1));
  EXPECT_THAT(Values(), ElementsAre("a"));
}

TEST_F(TopicTest, SetsAsidePropertiesThatItCannotRead) {
  Open();
  broker->EnsureTopic({"t", 2, {}});
  Close();
  const fs::path properties = options.directory / "t" / "topic.properties";
  for (const bool folder : {true, false}) {
    fs::remove_all(properties);
    folder ? static_cast<void>(fs::create_directory(properties)) : Spit(properties, std::string(3 << 20, 'x'));
    Open();
    EXPECT_THAT(broker->Describe("t")->partitions, SizeIs(2));
    EXPECT_THAT(Problems("set-aside"), ElementsAre(HasSubstr("topic.properties")));
    EXPECT_TRUE(fs::exists(properties.string() + ".corrupt-no-properties" + (folder ? "" : "-2")));
    Close();
  }
}

// Were it told from a missing file by nothing, its config would be replaced by the defaults.
TEST_F(TopicTest, KeepsItsConfigWhenThereIsNoDescriptorLeftToReadIt) {
  Open();
  broker->EnsureTopic({"t", 1, {{"segment.bytes", "8192"}}});
  Close();
  const std::string before = Slurp(options.directory / "t" / "topic.properties");
  broker = embedded::Open(options, files);
  broker.reset();
  {
    const AllDescriptorsUsed used(1);  // for the lock of the log directory
    EXPECT_ANY_THROW(broker = embedded::Open(options, files));
    broker.reset();
  }
  Open();
  EXPECT_EQ(Slurp(options.directory / "t" / "topic.properties"), before);
  EXPECT_EQ(broker->Describe("t")->config.at("segment.bytes"), "8192");
}

TEST_F(TopicTest, WaitsForDescriptorsAndGoesOnWhenThereAreSome) {
  options.sync_interval = 1h;
  Open();
  Append("a");
  broker->Sync();  // its folder too: that takes a descriptor
  {
    const AllDescriptorsUsed used(0);
    EXPECT_THAT(MessageOf<RetriableError>([&] { Append("b", "fresh"); }),
                AllOf(HasSubstr("Too many open files"), HasSubstr("ulimit -n")));
    EXPECT_NO_THROW(Append("c"));  // its file is open already
  }
  Append("b", "fresh");
  EXPECT_THAT(Values("fresh"), ElementsAre("b"));
  EXPECT_THAT(Values(), ElementsAre("a", "c"));
  EXPECT_TRUE(Eventually([&] { return broker->GetHealth().problems.empty(); }));
}

TEST_F(TopicTest, IgnoresFoldersThatAreNoTopics) {
  fs::create_directories(options.directory / "lost+found");
  fs::create_directories(options.directory / "empty");
  Spit(options.directory / "file", "x");
  Open();
  EXPECT_THAT(broker->Topics(), IsEmpty());
  Append("x", "empty");
  EXPECT_THAT(Values("empty"), ElementsAre("x"));
}

TEST_F(TopicTest, IsDeletedWithItsFilesAndBeginsAnew) {
  Open();
  broker->EnsureTopic({"t", 3, {{"retention.ms", "5000"}}});
  Append("a");
  Append("kept", "other");
  EXPECT_TRUE(broker->DeleteTopic("t"));
  EXPECT_FALSE(broker->DeleteTopic("t"));
  EXPECT_FALSE(broker->Describe("t"));
  EXPECT_FALSE(fs::exists(options.directory / "t"));
  const auto sequence = broker->NextSequence();
  Append("b");
  EXPECT_THAT(Values(), ElementsAre("b"));
  EXPECT_GT(acked.back().sequence, sequence);
  EXPECT_THAT(broker->Describe("t")->partitions, SizeIs(1));
  EXPECT_EQ(broker->Acknowledged().ends.at({"t", 0}), 1);
  Open();
  EXPECT_THAT(Values(), ElementsAre("b"));
  EXPECT_THAT(Values("other"), ElementsAre("kept"));
}

TEST_F(TopicTest, WhoStillReadsADeletedTopicKeepsWhatItHasAndGetsNothingMore) {
  Open();
  for (const char* value : {"a", "b", "c"}) Append(value);
  const auto reader = broker->OpenReader({"t", 0});
  const auto held = reader->Read(1, 1 << 20, 0ms, {});
  std::jthread waiting([&] {
    const auto at_the_end = broker->OpenReader({"t", 0});
    at_the_end->Seek(3);
    at_the_end->Read(1, 1 << 20, 200ms, {});
  });
  EXPECT_TRUE(broker->DeleteTopic("t"));
  EXPECT_THAT(reader->Read(10, 1 << 20, 0ms, {}), IsEmpty());
  EXPECT_EQ(reader->extent().first, reader->extent().end);
  Append("new");
  EXPECT_THAT(reader->Read(10, 1 << 20, 0ms, {}), IsEmpty());
  EXPECT_EQ(Text(held.front()), "a");
}

TEST_F(TopicTest, FinishesARemovalThatAKillInterrupted) {
  Open();
  Append("a");
  Close();
  fs::rename(options.directory / "t", options.directory / "~t");
  Open();
  EXPECT_THAT(broker->Topics(), IsEmpty());
  EXPECT_FALSE(fs::exists(options.directory / "~t"));
}

TEST_F(TopicTest, CanBeDeletedAfterItsDiskFailedAndTheBrokerIsWellAgain) {
  options.sync_interval = 1h;  // no sync but the one below comes before the fault
  Open();
  Append("a");
  files.sync_error = EIO;
  EXPECT_THROW(broker->Sync(), RetriableError);
  EXPECT_FALSE(broker->GetHealth().reachable);
  files.sync_error = 0;
  EXPECT_TRUE(broker->DeleteTopic("t"));
  EXPECT_TRUE(broker->GetHealth().reachable);
  Append("b");
  EXPECT_THAT(Values(), ElementsAre("b"));
}

}  // namespace
}  // namespace framespool::broker::embedded
