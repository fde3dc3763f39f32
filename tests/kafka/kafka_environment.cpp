#include <gtest/gtest.h>

#include <memory>

#include "kafka_node.h"

namespace framespool {

namespace {

std::unique_ptr<KafkaNode> node;

class OneNode final : public testing::Environment {
 public:
  void SetUp() override {
    node = std::make_unique<KafkaNode>(std::filesystem::path(KAFKA_BUILD) /
                                       std::filesystem::read_symlink("/proc/self/exe").filename());
    node->Start();
  }
  void TearDown() override { node.reset(); }
};

const auto* const registered = testing::AddGlobalTestEnvironment(new OneNode);

}  // namespace

KafkaNode& Kafka() { return *node; }

}  // namespace framespool
