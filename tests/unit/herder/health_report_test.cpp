#include <gmock/gmock.h>
#include <health_report.h>
#include <store_sqlite/sqlite_store.h>

#include "fakes/memory_broker.h"
#include "fakes/temporary_directory.h"

namespace framespool::herder {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// A broker that says what it is told to.
class AilingBroker final : public MemoryBroker {
 public:
  broker::Health GetHealth() override { return health; }
  broker::Health health;
};

class HealthReportTest : public testing::Test {
 protected:
  Health Get() { return report_.Get({Health::Status::kHealthy, "fine"}, views_); }

  TemporaryDirectory folder_;
  std::unique_ptr<store::Store> store_ = store::OpenSqliteStore(folder_.path() / "framespool.db");
  plugins::PluginRegistry plugins_{{folder_.path() / "plugins"}};
  AilingBroker broker_;
  HealthReport report_{broker_, *store_, plugins_};
  std::vector<runtime::ConnectorView> views_;
};

TEST_F(HealthReportTest, IsHealthyWithoutProblemsWhenThereAreNone) {
  EXPECT_EQ(Get().status, Health::Status::kHealthy);
  EXPECT_EQ(Get().message, "fine");
  EXPECT_THAT(Get().problems, IsEmpty());
}

TEST_F(HealthReportTest, ListsWhatIsLostAndStaysHealthy) {
  broker_.health.problems.push_back({.subject = "topic t", .kind = "data-lost", .message = "one record"});
  report_.Note({.subject = "topics", .kind = "topics-missing", .message = "gone"});
  EXPECT_EQ(Get().status, Health::Status::kHealthy);
  EXPECT_EQ(Get().message, "fine");
  EXPECT_THAT(Get().problems, SizeIs(2));
}

TEST_F(HealthReportTest, CannotStoreWhileTheBrokerSaysSo) {
  broker_.health = {false, "disk full", {{.subject = "disk", .kind = "disk-full", .message = "disk full"}}};
  broker_.health.problems[0].blocks_storing = true;
  EXPECT_EQ(Get().status, Health::Status::kCannotStore);
  EXPECT_EQ(Get().message, "disk full");
}

TEST_F(HealthReportTest, ABrokerThatIsAwayIsNoReasonToRestartTheWorker) {
  broker_.health = {false, "unreachable since noon", {}};
  EXPECT_EQ(Get().status, Health::Status::kHealthy);
  EXPECT_EQ(Get().message, "unreachable since noon");
}

TEST_F(HealthReportTest, SaysWhatATaskWaitsForAndSinceWhen) {
  runtime::ConnectorStatus status;
  status.name = "camera";
  status.tasks.push_back({});
  status.tasks[0].metrics = {{"waiting_for", std::string("Too many open files")},
                             {"waiting_since_ms", std::int64_t{7}}};
  views_.push_back({nullptr, std::make_shared<const runtime::ConnectorStatus>(status)});
  ASSERT_THAT(Get().problems, SizeIs(1));
  EXPECT_EQ(Get().problems[0].subject, "connector camera");
  EXPECT_THAT(Get().problems[0].message, HasSubstr("Too many open files"));
  EXPECT_EQ(Get().problems[0].since.time_since_epoch().count(), 7);
}

TEST(CompareStoreWithTopics, IsSilentWhenTheyAgree) {
  EXPECT_THAT(CompareStoreWithTopics("/data", false, {"t"}, {}), IsEmpty());
  EXPECT_THAT(CompareStoreWithTopics("/data", true, {}, {}), IsEmpty());
  EXPECT_THAT(CompareStoreWithTopics("/data", false, {}, {}), IsEmpty());
}

TEST(CompareStoreWithTopics, NamesBothAndWhatToDo) {
  const auto lost_store = CompareStoreWithTopics("/data", true, {"t"}, {});
  ASSERT_THAT(lost_store, SizeIs(1));
  EXPECT_THAT(lost_store[0].message, AllOf(HasSubstr("/data/framespool.db"), HasSubstr("/data/topics"),
                                           HasSubstr("1 topic with records (t)"), HasSubstr("backup")));
  const auto lost_topics = CompareStoreWithTopics("/data", false, {}, {"a", "b", "c", "d", "e", "f", "g"});
  ASSERT_THAT(lost_topics, SizeIs(1));
  EXPECT_THAT(lost_topics[0].message, AllOf(HasSubstr("/data/framespool.db"), HasSubstr("/data/topics"),
                                            HasSubstr("a, b, c, d, e and 2 more"), HasSubstr("offsets")));
}

}  // namespace
}  // namespace framespool::herder
