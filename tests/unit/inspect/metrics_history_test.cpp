#include <gmock/gmock.h>
#include <inspect/metrics_history.h>

#include <cmath>

namespace framespool::inspect {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsNan;
using testing::Pair;
using testing::UnorderedElementsAre;

/// One connector whose class declares a counter, a gauge and something that is only told.
class MetricsHistoryTest : public testing::Test {
 protected:
  /// The next second, in which the connector's tasks have reported `tasks`.
  void Sample(const std::vector<Fields>& tasks, const std::string& connector = "gate") {
    runtime::ConnectorInfo info;
    info.name = connector;
    info.metrics = declared_;
    runtime::ConnectorStatus status;
    for (const Fields& metrics : tasks) {
      runtime::TaskStatus task;
      task.metrics = metrics;
      status.tasks.push_back(std::move(task));
    }
    now_ += 1s;
    history_.Sample(now_,
                    {{std::make_shared<const runtime::ConnectorInfo>(std::move(info)),
                      std::make_shared<const runtime::ConnectorStatus>(std::move(status))}},
                    1000, 0.5);
  }
  std::map<std::string, std::vector<float>> Of(const std::string& connector,
                                               Resolution resolution = Resolution::kSecond) {
    return history_.Report(resolution, connector).series[connector];
  }

  std::shared_ptr<const std::vector<MetricSpec>> declared_ = std::make_shared<const std::vector<MetricSpec>>(
      std::vector<MetricSpec>{{.name = "lines", .kind = MetricKind::kCounter, .unit = "lines", .doc = ""},
                              {.name = "pending", .kind = MetricKind::kGauge, .unit = "lines", .doc = ""},
                              {.name = "file", .kind = MetricKind::kInfo, .unit = "", .doc = ""}});
  Timestamp now_{1h};
  MetricsHistory history_;
};

TEST_F(MetricsHistoryTest, KeepsWhatIsDeclaredAndNothingElse) {
  const Fields reported{
      {"lines", std::int64_t{10}}, {"pending", 2.5}, {"file", std::string("a.log")}, {"undeclared", std::int64_t{7}}};
  Sample({reported});
  Sample({reported});
  EXPECT_THAT(Of("gate"), UnorderedElementsAre(Pair("lines_per_second", ElementsAre(IsNan(), 0)),
                                               Pair("pending", ElementsAre(2.5, 2.5))));
}

TEST_F(MetricsHistoryTest, KeepsACounterAsItsRateAlsoWhenItBeginsAnew) {
  for (const std::int64_t lines : {10, 30, 5, 9}) Sample({{{"lines", lines}}});
  EXPECT_THAT(Of("gate")["lines_per_second"], ElementsAre(IsNan(), 20, IsNan(), 4));
}

TEST_F(MetricsHistoryTest, AddsUpTheTasksOfAConnector) {
  Sample({{{"pending", std::int64_t{1}}}, {{"pending", std::int64_t{4}}}});
  EXPECT_THAT(Of("gate")["pending"], ElementsAre(5));
}

TEST_F(MetricsHistoryTest, HasAGapWhereNothingWasReported) {
  Sample({{{"pending", std::int64_t{1}}}});
  Sample({});
  Sample({{{"pending", std::int64_t{3}}}});
  EXPECT_THAT(Of("gate")["pending"], ElementsAre(1, IsNan(), 3));
}

TEST_F(MetricsHistoryTest, KeepsNothingOfAClassThatIsNotKnownAndForgetsAConnectorThatIsGone) {
  Sample({{{"pending", std::int64_t{1}}}});
  declared_ = nullptr;
  Sample({{{"pending", std::int64_t{1}}}}, "other");
  EXPECT_TRUE(Of("other").empty());
  EXPECT_TRUE(Of("gate").empty());
}

TEST_F(MetricsHistoryTest, KeepsTheMeanOfEachMinute) {
  for (int second = 1; second <= 120; ++second) Sample({{{"pending", second <= 60 ? 1.0 : 3.0}}});
  EXPECT_THAT(Of("gate", Resolution::kMinute)["pending"], ElementsAre(1, 3));
}

TEST(SeriesOfAMetric, IsCalledAfterWhatIsKept) {
  EXPECT_EQ(SeriesOf({.name = "lines", .kind = MetricKind::kCounter, .unit = "", .doc = ""}), "lines_per_second");
  EXPECT_EQ(SeriesOf({.name = "lag_seconds", .kind = MetricKind::kGauge, .unit = "s", .doc = ""}), "lag_seconds");
}

}  // namespace
}  // namespace framespool::inspect
