#include <store_kafka/kafka_store.h>

#include "broker_fixture.h"
#include "contract/store/store_contract.h"

namespace framespool::store {
namespace {

using namespace std::chrono_literals;

/// What StoreContract runs on: the tests' own Kafka, opened anew each time, as by another worker.
class Bench {
 public:
  std::unique_ptr<Store> Open() {
    brokers_.push_back(broker::OpenKafkaBroker(BrokerOptions()));
    const auto spec = [&](const std::string& kind, std::int32_t partitions) {
      return broker::StateTopicSpec{.topic = {.name = name_ + "-" + kind, .partitions = partitions, .config = {}},
                                    .setting = kind + ".storage.topic"};
    };
    KafkaStoreOptions options{.config = spec("config", 1),
                              .offsets = spec("offset", 3),
                              .status = spec("status", 2),
                              .own = spec("framespool", 2),
                              .writer = name_,
                              .worker_id = "w:8083"};
    options.offsets.keeps_tombstones = true;
    options.patience = 60s;
    return OpenKafkaStore(*brokers_.back()->state_topics(), options);
  }

 private:
  broker::KafkaOptions BrokerOptions() const {
    broker::KafkaOptions options;
    options.bootstrap_servers = Kafka().plain();
    options.offsets_topic = name_ + "-offset";
    options.offsets_by_place = true;
    return options;
  }
  static std::string NewName() {
    static int count = 0;
    return std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) + "-" + std::to_string(++count);
  }
  const std::string name_ = NewName();
  std::vector<std::unique_ptr<broker::Broker>> brokers_;
};

}  // namespace

INSTANTIATE_TYPED_TEST_SUITE_P(Kafka, StoreContract, Bench);

}  // namespace framespool::store
