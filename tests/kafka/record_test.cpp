#include "contract/broker/record_contract.h"

#include "broker_fixture.h"

namespace framespool::broker {
namespace {

/// What RecordContract runs on: the tests' own Kafka, with transactions or without.
template <bool exactly_once>
class Bench {
 public:
  std::unique_ptr<Broker> Open() {
    KafkaOptions options;
    options.bootstrap_servers = Kafka().plain();
    options.offsets_partitions = 1;
    options.exactly_once = exactly_once;
    options.group_id = Topic() + "-group";
    options.offsets_topic = Topic() + "-offsets";
    return OpenKafkaBroker(options);
  }
  std::string Topic() {
    return std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) +
           (exactly_once ? "-once" : "-records");
  }
};

using Benches = testing::Types<Bench<false>, Bench<true>>;
INSTANTIATE_TYPED_TEST_SUITE_P(Kafka, RecordContract, Benches);

class KafkaRecordTest : public KafkaBrokerTest {};

TEST_F(KafkaRecordTest, AnOtherWritersHeaderOfTheSameNameStaysAHeader) {
  const auto broker = OpenKafkaBroker(Options());
  Acks acks;
  {
    const auto producer = broker->OpenProducer({.connector = "c"}, acks.handler());
    SourceRecord record = Numbered(Topic(), 0);
    record.headers.push_back({"framespool.sync.point", "elsewhere"});
    Persist([&] { producer->Append({record}); });
    ASSERT_TRUE(Drain(*producer));
  }
  const auto reader = broker->OpenReader({Topic(), 0});
  const auto records = ReadAll(*reader, 1);
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].sync_point, SyncPoint::kEach);
  EXPECT_EQ(FindHeader(records[0].headers, "framespool.sync.point"), "elsewhere");
}

TEST_F(KafkaRecordTest, AnInterruptionIsNotLostToASearchForASyncPoint) {
  const auto broker = OpenKafkaBroker(Options());
  Fill(*broker, Topic(), 0, 3);
  const auto reader = broker->OpenReader({Topic(), 0});
  reader->Seek(3);
  reader->Interrupt();
  EXPECT_EQ(Persist([&] { return reader->SyncPointAtOrBefore(1); }), 1);
  EXPECT_THAT(reader->Read(1, 1, 600s, {}), testing::IsEmpty());
}

TEST_F(KafkaRecordTest, ASearchForASyncPointDoesNotWaitForAnOpenTransaction) {
  KafkaOptions options = Options();
  options.exactly_once = true;
  options.group_id = Topic("group");
  options.offsets_topic = Topic("offsets");
  const auto broker = OpenKafkaBroker(options);
  Acks acks;
  ClientSettings settings = Settings({}, {Topic()});
  settings.transaction_interval = 1h;
  const auto producer = Persist([&] { return broker->OpenProducer(settings, acks.handler()); });
  const auto append = [&](std::int64_t n, SyncPoint sync_point) {
    SourceRecord record = Numbered(Topic(), n);
    record.sync_point = sync_point;
    Persist([&] { producer->Append({record}); });
  };
  append(0, SyncPoint::kHere);
  append(1, SyncPoint::kBefore);
  ASSERT_TRUE(Drain(*producer));
  append(2, SyncPoint::kHere);  // of a transaction that stays open
  const auto reader = broker->OpenReader({Topic(), 0});
  EXPECT_EQ(Persist([&] { return reader->SyncPointAtOrBefore(1000); }), acks.where.at(0).offset);
}

}  // namespace
}  // namespace framespool::broker
