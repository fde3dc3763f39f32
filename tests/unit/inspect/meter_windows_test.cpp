#include <gmock/gmock.h>
#include <inspect/meter_windows.h>

#include <cmath>

namespace framespool::inspect {
namespace {

using namespace std::chrono_literals;
using runtime::State;

/// One task, sampled each second.
class MeterWindowsTest : public testing::Test {
 protected:
  void Sample(State state = State::kRunning, const std::string& connector = "gate") {
    now_ += 1s;
    runtime::ConnectorStatus status{.name = connector, .worker_id = {}, .version = {}, .trace = {}, .tasks = {}};
    status.tasks.push_back(
        {.id = 0, .state = state, .worker_id = {}, .version = {}, .trace = {}, .metrics = {}, .meters = meters_});
    runtime::ConnectorInfo info{.name = connector, .config = {}, .tasks = {{.id = 0, .config = {}}}};
    windows_.Sample(now_, {{std::make_shared<const runtime::ConnectorInfo>(std::move(info)),
                            std::make_shared<const runtime::ConnectorStatus>(std::move(status))}});
  }
  MeterWindow Of(const std::string& connector = "gate") { return windows_.Of(connector, 0).value(); }

  std::shared_ptr<runtime::TaskMeters> meters_ = std::make_shared<runtime::TaskMeters>();
  MeterWindows::Clock::time_point now_{1h};
  MeterWindows windows_;
};

TEST_F(MeterWindowsTest, TakesRatesAndAveragesOfWhatIsNew) {
  meters_->NoteBatch(1000);  // before anybody looked
  meters_->poll.Record(9s);
  Sample();
  for (int second = 0; second < 10; ++second) {
    meters_->NoteBatch(10);
    meters_->NoteBatch(20);
    meters_->records_out.Add(15);
    meters_->poll.Record(second == 3 ? 12ms : 2ms);
    meters_->active.Set(second);
    Sample();
  }
  const MeterWindow window = Of();
  EXPECT_DOUBLE_EQ(window.records_in, 30);
  EXPECT_DOUBLE_EQ(window.records_out, 15);
  EXPECT_DOUBLE_EQ(window.average_batch, 15);
  EXPECT_DOUBLE_EQ(window.largest_batch, 20);
  EXPECT_DOUBLE_EQ(window.poll.average_ms, 3);
  EXPECT_DOUBLE_EQ(window.poll.longest_ms, 12);
  EXPECT_DOUBLE_EQ(window.average_active, 4.5);
  EXPECT_DOUBLE_EQ(window.largest_active, 9);
  EXPECT_TRUE(std::isnan(window.put.average_ms)) << "there was no put";
}

TEST_F(MeterWindowsTest, ForgetsWhatIsOlderThanThirtySeconds) {
  Sample();
  meters_->put.Record(5s);
  Sample();
  for (int second = 0; second < 30; ++second) {
    meters_->records_in.Add(2);
    meters_->put.Record(1ms);
    Sample();
  }
  EXPECT_DOUBLE_EQ(Of().put.longest_ms, 1);
  EXPECT_DOUBLE_EQ(Of().records_in, 2);
}

TEST_F(MeterWindowsTest, HasNoRatesOfATaskThatItHasSeenOnce) {
  EXPECT_EQ(windows_.Of("gate", 0), std::nullopt);
  meters_->NoteBatch(5);
  Sample();
  EXPECT_DOUBLE_EQ(Of().records_in, 0);
  EXPECT_TRUE(std::isnan(Of().average_batch));
}

TEST_F(MeterWindowsTest, BeginsAnewWithARestartedTaskAndForgetsOneThatIsGone) {
  Sample(State::kPaused);
  Sample();
  EXPECT_DOUBLE_EQ(Of().running_ratio, 0.5);
  EXPECT_DOUBLE_EQ(Of().paused_ratio, 0.5);
  meters_ = std::make_shared<runtime::TaskMeters>();
  Sample();
  EXPECT_DOUBLE_EQ(Of().running_ratio, 1);
  Sample(State::kRunning, "door");
  EXPECT_EQ(windows_.Of("gate", 0), std::nullopt);
}

}  // namespace
}  // namespace framespool::inspect
