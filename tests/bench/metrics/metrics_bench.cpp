// bench_metrics
// What metrics cost, in time of one core: a call of a plugin or a broker that is timed and counted, alone and while
// somebody reads at once what it counts; a second's sampling and a scrape, by the number of tasks.
#include <ctime>

#include <atomic>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <prometheus_metrics.h>

namespace {

using namespace framespool;  // NOLINT: a program of one file

double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// Seconds of this thread for one of `count` calls.
template <class F>
double CostOf(int count, F call) {
  const double begin = CpuSeconds();
  for (int i = 0; i < count; ++i) call();
  return (CpuSeconds() - begin) / count;
}

void CountOneBatch(runtime::TaskMeters& meters) {
  { const base::Timing timing(meters.append); }
  meters.NoteBatch(1);
  meters.records_out.Add();
  meters.active.Set(1);
}

/// Sources with their worker's own metrics, and twenty that their class declares.
std::vector<runtime::ConnectorView> Connectors(int count) {
  std::vector<MetricSpec> declared;
  Fields reported;
  for (int i = 0; i < 20; ++i) {
    declared.push_back({.name = "number_" + std::to_string(i), .kind = MetricKind::kGauge, .unit = "", .doc = "One."});
    reported[declared.back().name] = 0.5 + i;
  }
  const auto metrics = std::make_shared<const std::vector<MetricSpec>>(std::move(declared));
  std::vector<runtime::ConnectorView> views;
  for (int i = 0; i < count; ++i) {
    runtime::ConnectorInfo info{
        .name = "camera-" + std::to_string(i), .config = {}, .tasks = {{.id = 0, .config = {}}}, .metrics = metrics};
    runtime::ConnectorStatus status{.name = info.name,
                                    .state = runtime::State::kRunning,
                                    .worker_id = {},
                                    .version = "1",
                                    .trace = {},
                                    .tasks = {}};
    status.tasks.push_back({.id = 0,
                            .state = runtime::State::kRunning,
                            .worker_id = {},
                            .version = "1",
                            .trace = {},
                            .metrics = reported,
                            .meters = std::make_shared<runtime::TaskMeters>()});
    CountOneBatch(*status.tasks.back().meters);
    status.tasks.back().meters->poll.Record(std::chrono::milliseconds(3));
    views.push_back({std::make_shared<const runtime::ConnectorInfo>(std::move(info)),
                     std::make_shared<const runtime::ConnectorStatus>(std::move(status))});
  }
  return views;
}

void MeasureCounting() {
  constexpr int kBatches = 5'000'000;
  runtime::TaskMeters meters;
  const double alone = CostOf(kBatches, [&] { CountOneBatch(meters); });
  std::atomic<bool> ended = false;
  std::thread reader([&] {
    while (!ended) meters.append.Read();
  });
  const double read = CostOf(kBatches, [&] { CountOneBatch(meters); });
  ended = true;
  reader.join();
  std::printf("a batch that is timed and counted: %.0f ns; while another thread does nothing but read it: %.0f ns\n",
              alone * 1e9, read * 1e9);
}

void MeasureReading(int tasks) {
  const auto views = Connectors(tasks);
  inspect::MeterWindows windows;
  auto now = inspect::MeterWindows::Clock::now();
  const double sampling = CostOf(40, [&] { windows.Sample(now += std::chrono::seconds(1), views); });
  const runtime::StartMeters starts;
  const inspect::WorkerFacts facts{
      .version = "1", .commit = "1", .problems = {}, .connector_starts = starts, .task_starts = starts};
  std::size_t bytes = 0;
  const double scrape = CostOf(20, [&] {
    inspect::PrometheusFamilies families;
    inspect::AddConnectMetrics(facts, views, windows, families);
    inspect::AddTaskMetrics(views, families);
    bytes = families.Text().size();
  });
  std::printf("%4d tasks: a second's sampling %.3f ms, a scrape %.2f ms for %zu KB\n", tasks, sampling * 1e3,
              scrape * 1e3, bytes / 1000);
}

}  // namespace

int main() {
  MeasureCounting();
  for (const int tasks : {1, 10, 100}) MeasureReading(tasks);
}
