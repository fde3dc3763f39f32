#include "client_defaults.h"

#include <gmock/gmock.h>

namespace framespool::broker {
namespace {

ClientConfig Of(std::size_t partitions, std::map<std::string, std::string> overrides = {}) {
  KafkaOptions options;
  options.bootstrap_servers = "127.0.0.1:1";
  OffsetReset unused{};
  return ConsumerConfig(options, {.connector = "c", .overrides = std::move(overrides)}, partitions, unused);
}

TEST(ConsumerConfig, FetchesLessOfEachAndReadsFurtherAheadTheMorePartitionsThereAre) {
  EXPECT_EQ(Of(1).Get("fetch.message.max.bytes"), "4194304");
  EXPECT_EQ(Of(1).Get("queued.max.messages.kbytes"), "8192");
  EXPECT_EQ(Of(4).Get("fetch.message.max.bytes"), "4194304");
  EXPECT_EQ(Of(3).Get("queued.max.messages.kbytes"), "24576");
  EXPECT_EQ(Of(16).Get("fetch.message.max.bytes"), "1048576");
  EXPECT_EQ(Of(16).Get("queued.max.messages.kbytes"), "32768");
  EXPECT_EQ(Of(5000).Get("fetch.message.max.bytes"), "1048576");
  EXPECT_EQ(Of(5000).Get("queued.max.messages.kbytes"), "32768");
}

TEST(ConsumerConfig, LeavesWhatTheConnectorSays) {
  const ClientConfig config = Of(16, {{"max.partition.fetch.bytes", "77777"}, {"queued.max.messages.kbytes", "1000"}});
  EXPECT_EQ(config.Get("fetch.message.max.bytes"), "77777");
  EXPECT_EQ(config.Get("queued.max.messages.kbytes"), "1000");
}

}  // namespace
}  // namespace framespool::broker
