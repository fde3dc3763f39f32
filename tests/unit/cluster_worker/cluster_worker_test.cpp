#include <cluster_worker/cluster_worker.h>

#include <gmock/gmock.h>

#include <framespool/errors.h>

#include "fakes/memory_state_topics.h"

namespace framespool::cluster {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// A group of others, of any kind.
class OthersGroup final : public broker::WorkerGroups {
 public:
  explicit OthersGroup(broker::GroupDescription description) : description_(std::move(description)) {}
  std::unique_ptr<broker::GroupMembership> Join(const broker::GroupSpec&) override {
    throw RetriableError("nobody joins");
  }
  broker::GroupDescription Describe(const std::string&) override { return description_; }

 private:
  const broker::GroupDescription description_;
};

/// What Start() refuses with; empty: it does not.
std::string RefusalOf(broker::GroupDescription description) {
  MemoryStateTopics topics(std::make_shared<MemoryTopics>());
  OthersGroup groups(std::move(description));
  ClusterWorkerOptions options;
  options.group = "wall";
  options.worker = "w1";
  options.state.topic.name = "configs";
  options.requests.topic.name = "requests";
  options.told.topic.name = "own";
  options.status.topic.name = "status";
  ClusterWorker worker(options, topics, groups);
  try {
    worker.Start([] {});
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

TEST(ClusterWorker, RefusesTheGroupOfWorkersOfKafkaConnectThatLive) {
  EXPECT_THAT(RefusalOf({.protocol_type = "connect", .members = {{"connect-1:8083", "connect-1-5f"}}}),
              AllOf(HasSubstr("group.id"), HasSubstr("wall"), HasSubstr("connect-1:8083")));
  EXPECT_EQ(RefusalOf({.protocol_type = "connect", .members = {}}), "") << "they are gone";
  EXPECT_EQ(RefusalOf({.protocol_type = "consumer", .members = {{"w2", "w2-5f"}}}), "");
  EXPECT_EQ(RefusalOf({}), "");
}

}  // namespace
}  // namespace framespool::cluster
