#include <gmock/gmock.h>
#include <prometheus_metrics.h>

#include <sstream>

#include "fakes/memory_broker.h"

namespace framespool::inspect {
namespace {

using namespace std::chrono_literals;
using runtime::State;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::vector<std::string> LinesOf(const PrometheusFamilies& families) {
  std::vector<std::string> lines;
  std::istringstream text(families.Text());
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

auto Has(const std::vector<std::string>& lines) { return testing::IsSupersetOf(lines); }

runtime::ConnectorView View(runtime::ConnectorInfo info, std::vector<runtime::TaskStatus> tasks) {
  runtime::ConnectorStatus status{.name = info.name,
                                  .state = State::kRunning,
                                  .worker_id = {},
                                  .version = "1.2",
                                  .trace = {},
                                  .tasks = std::move(tasks),
                                  .type = info.type};
  return {std::make_shared<const runtime::ConnectorInfo>(std::move(info)),
          std::make_shared<const runtime::ConnectorStatus>(std::move(status))};
}

runtime::TaskStatus Task(State state, Fields metrics = {}) {
  return {.id = 0,
          .state = state,
          .worker_id = {},
          .version = {},
          .trace = {},
          .metrics = std::move(metrics),
          .meters = std::make_shared<runtime::TaskMeters>()};
}

class PrometheusTest : public testing::Test {
 protected:
  std::vector<std::string> OfConnect(const std::vector<runtime::ConnectorView>& views) {
    PrometheusFamilies families;
    AddConnectMetrics(facts_, views, windows_, families);
    return LinesOf(families);
  }
  std::vector<std::string> OfTasks(const std::vector<runtime::ConnectorView>& views) {
    PrometheusFamilies families;
    AddTaskMetrics(views, families);
    return LinesOf(families);
  }

  runtime::StartMeters connectors_;
  runtime::StartMeters tasks_;
  WorkerFacts facts_{
      .version = "1.2", .commit = "abc", .problems = {}, .connector_starts = connectors_, .task_starts = tasks_};
  MeterWindows windows_;
};

TEST_F(PrometheusTest, TellsOfTheWorkerByTheNamesOfConnect) {
  tasks_.attempts.Add(4);
  tasks_.failed.Add(1);
  tasks_.succeeded.Add(3);
  const auto lines = OfConnect(
      {View({.name = "gate", .config = {{"connector.class", "CameraSource"}}, .tasks = {{.id = 0, .config = {}}}},
            {Task(State::kFailed), Task(State::kRunning)})});
  EXPECT_THAT(lines, Has({"kafka_connect_worker_connector_count 1", "kafka_connect_worker_task_count 2",
                          "# TYPE kafka_connect_worker_task_startup_failure_total counter",
                          "kafka_connect_worker_task_startup_attempts_total 4",
                          "kafka_connect_worker_task_startup_failure_total 1",
                          "kafka_connect_worker_task_startup_success_percentage 0.75",
                          "kafka_connect_worker_connector_startup_failure_percentage 0",
                          "kafka_connect_worker_connector_total_task_count{connector=\"gate\"} 2",
                          "kafka_connect_worker_connector_failed_task_count{connector=\"gate\"} 1",
                          "kafka_connect_worker_connector_paused_task_count{connector=\"gate\"} 0",
                          "kafka_connect_connector_metrics{connector=\"gate\",status=\"running\"} 1",
                          "kafka_connect_connector_metrics{connector=\"gate\",connector_type=\"source\"} 1",
                          "kafka_connect_connector_metrics{connector=\"gate\",connector_class=\"CameraSource\"} 1",
                          "kafka_connect_connector_metrics{connector=\"gate\",connector_version=\"1.2\"} 1"}));
}

TEST_F(PrometheusTest, TellsOfASourcesTaskByTheNamesOfConnect) {
  auto task = Task(State::kRunning, {{"dead_letters", std::int64_t{2}}});
  task.meters->NoteBatch(3);
  task.meters->records_out.Add(2);
  task.meters->active.Set(1);
  task.meters->NoteSkipped();
  task.meters->NoteRetry();
  const auto lines = OfConnect({View({.name = "gate", .config = {}, .tasks = {{.id = 0, .config = {}}}}, {task})});
  const std::string labels = "{connector=\"gate\",task=\"0\"} ";
  EXPECT_THAT(lines, Has({"kafka_connect_connector_status{connector=\"gate\",task=\"0\",status=\"running\"} 1",
                          "kafka_connect_source_task_metrics_source_record_poll_total" + labels + "3",
                          "kafka_connect_source_task_metrics_source_record_write_total" + labels + "2",
                          "kafka_connect_source_task_metrics_source_record_active_count" + labels + "1",
                          "kafka_connect_source_task_metrics_poll_batch_avg_time_ms" + labels + "Nan",
                          "kafka_connect_connector_task_metrics_running_ratio" + labels + "0",
                          "kafka_connect_task_error_metrics_total_record_errors" + labels + "2",
                          "kafka_connect_task_error_metrics_total_record_failures" + labels + "1",
                          "kafka_connect_task_error_metrics_total_records_skipped" + labels + "1",
                          "kafka_connect_task_error_metrics_total_retries" + labels + "1",
                          "kafka_connect_task_error_metrics_deadletterqueue_produce_requests" + labels + "2"}));
  EXPECT_THAT(lines, Not(Contains(HasSubstr("sink_task"))));
}

TEST_F(PrometheusTest, TellsOfASinksTaskByTheNamesOfConnectOnceItHasPartitions) {
  const runtime::ConnectorInfo sink{
      .name = "view", .config = {}, .tasks = {{.id = 0, .config = {}}}, .type = config::ConnectorType::kSink};
  auto task = Task(State::kRunning);
  EXPECT_THAT(OfConnect({View(sink, {task})}), Not(Contains(HasSubstr("sink_task"))));
  task.meters->partitions.Set(2);
  task.meters->longest_lag.Set(40);
  task.meters->commit.Record(1ms);
  const std::string labels = "{connector=\"view\",task=\"0\"} ";
  EXPECT_THAT(OfConnect({View(sink, {task})}),
              Has({"kafka_connect_sink_task_metrics_partition_count" + labels + "2",
                   "kafka_connect_sink_task_metrics_sink_record_lag_max" + labels + "40",
                   "kafka_connect_sink_task_metrics_offset_commit_completion_total" + labels + "1",
                   "kafka_connect_sink_task_metrics_sink_record_send_total" + labels + "0"}));
}

TEST_F(PrometheusTest, TellsWhatAClassDeclaresAndATaskReports) {
  runtime::ConnectorInfo info{.name = "gate", .config = {}, .tasks = {{.id = 0, .config = {}}}};
  info.metrics = std::make_shared<const std::vector<MetricSpec>>(
      std::vector<MetricSpec>{{.name = "frames", .kind = MetricKind::kCounter, .unit = "frames", .doc = "All of them."},
                              {.name = "away", .kind = MetricKind::kGauge, .unit = "s", .doc = "For how long."},
                              {.name = "ended", .kind = MetricKind::kInfo, .unit = "", .doc = "Whether."},
                              {.name = "words", .kind = MetricKind::kInfo, .unit = "", .doc = "Text."},
                              {.name = "silent", .kind = MetricKind::kGauge, .unit = "", .doc = "Never reported."}});
  const auto lines = OfTasks({View(info, {Task(State::kRunning, {{"frames", std::int64_t{7}},
                                                                 {"away", 1.5},
                                                                 {"ended", true},
                                                                 {"words", std::string("no number")},
                                                                 {"undeclared", std::int64_t{1}}})})});
  EXPECT_THAT(lines,
              testing::ElementsAre(
                  "# HELP framespool_task_away For how long.", "# TYPE framespool_task_away gauge",
                  "framespool_task_away{connector=\"gate\",task=\"0\"} 1.5", "# HELP framespool_task_ended Whether.",
                  "# TYPE framespool_task_ended gauge", "framespool_task_ended{connector=\"gate\",task=\"0\"} 1",
                  "# HELP framespool_task_frames_total All of them.", "# TYPE framespool_task_frames_total counter",
                  "framespool_task_frames_total{connector=\"gate\",task=\"0\"} 7"));
}

TEST_F(PrometheusTest, HasHistogramsOfCallsThatWereMade) {
  auto task = Task(State::kRunning);
  task.meters->append.Record(200us);
  task.meters->append.Record(20s);
  const auto lines = OfTasks({View({.name = "gate", .config = {}, .tasks = {{.id = 0, .config = {}}}}, {task})});
  const std::string labels = "{connector=\"gate\",task=\"0\"";
  EXPECT_THAT(lines, Has({"# TYPE framespool_append_seconds histogram",
                          "framespool_append_seconds_bucket" + labels + ",le=\"0.0001\"} 0",
                          "framespool_append_seconds_bucket" + labels + ",le=\"0.00025\"} 1",
                          "framespool_append_seconds_bucket" + labels + ",le=\"10\"} 1",
                          "framespool_append_seconds_bucket" + labels + ",le=\"+Inf\"} 2",
                          "framespool_append_seconds_count" + labels + "} 2",
                          "framespool_append_seconds_sum" + labels + "} 20.0002"}));
  EXPECT_THAT(lines, Not(Contains(HasSubstr("framespool_put_seconds"))));
}

TEST_F(PrometheusTest, HasHistogramsThatAClassDeclaresAndItsTaskRecordsTo) {
  runtime::ConnectorInfo info{.name = "view", .config = {}, .tasks = {{.id = 0, .config = {}}}};
  const auto declared = [](const char* name) {
    return MetricSpec{.name = name, .kind = MetricKind::kHistogram, .unit = "s", .doc = "How long."};
  };
  info.metrics = std::make_shared<const std::vector<MetricSpec>>(
      std::vector<MetricSpec>{declared("way_seconds"), declared("never_seconds")});
  // A number that is reported by that name is none.
  auto task = Task(State::kRunning, {{"never_seconds", 1.5}});
  EXPECT_THAT(OfTasks({View(info, {task})}), testing::IsEmpty());
  const auto way = task.meters->plugin.Of("way_seconds");
  EXPECT_EQ(task.meters->plugin.Of("way_seconds"), way);
  task.meters->plugin.Of("undeclared_seconds")->Record(1ms);
  EXPECT_THAT(OfTasks({View(info, {task})}),
              Has({"framespool_task_way_seconds_count{connector=\"view\",task=\"0\"} 0"}));
  way->RecordAlone(30ms);
  way->RecordAlone(80ms);
  const auto lines = OfTasks({View(info, {task})});
  EXPECT_THAT(lines,
              Has({"# HELP framespool_task_way_seconds How long.", "# TYPE framespool_task_way_seconds histogram",
                   "framespool_task_way_seconds_bucket{connector=\"view\",task=\"0\",le=\"0.025\"} 0",
                   "framespool_task_way_seconds_bucket{connector=\"view\",task=\"0\",le=\"0.05\"} 1",
                   "framespool_task_way_seconds_bucket{connector=\"view\",task=\"0\",le=\"+Inf\"} 2",
                   "framespool_task_way_seconds_sum{connector=\"view\",task=\"0\"} 0.11"}));
  EXPECT_THAT(lines, Not(Contains(testing::AnyOf(HasSubstr("never"), HasSubstr("undeclared")))));
}

TEST_F(PrometheusTest, CountsProblemsByKindAndSubject) {
  facts_.problems = {{.subject = "plugins", .kind = "plugin-refused", .message = "a"},
                     {.subject = "plugins", .kind = "plugin-refused", .message = "b"},
                     {.subject = "disk", .kind = "disk-full", .message = "c", .blocks_storing = true}};
  DiskSpace disk;
  disk.size.Set(100);
  disk.available.Set(7);
  MemoryBroker broker;
  PrometheusFamilies families;
  AddWorkerMetrics(facts_, Timestamp(1500ms), disk, broker, families);
  EXPECT_THAT(LinesOf(families),
              AllOf(Has({"framespool_build_info{version=\"1.2\",commit=\"abc\"} 1",
                         "framespool_problem{kind=\"plugin-refused\",subject=\"plugins\"} 2",
                         "framespool_problem{kind=\"disk-full\",subject=\"disk\"} 1", "framespool_storing_blocked 1",
                         "framespool_disk_size_bytes 100", "framespool_disk_available_bytes 7",
                         "process_start_time_seconds 1.5"}),
                    Contains(StartsWith("process_open_fds ")), Contains(StartsWith("process_cpu_seconds_total ")),
                    Not(Contains(HasSubstr("fsync")))));
}

TEST(PrometheusFamiliesTest, AreOneTextWhateverNamesHelpsAndLabelsAre) {
  PrometheusFamilies families;
  families.Gauge("9 lives", "of a\ncat", {{"connector", "a\"b\\c\n\xff"}}, 1);
  EXPECT_EQ(families.Text(),
            "# HELP __lives of a\\ncat\n# TYPE __lives gauge\n__lives{connector=\"a\\\"b\\\\c\\\\n\\\\xff\"} 1\n");
}

TEST(PrometheusFamiliesTest, AreUntypedWhereTwoClassesMeanTwoThingsByOneName) {
  PrometheusFamilies families;
  families.Counter("x", "", {{"connector", "a"}}, 1);
  families.Gauge("x", "", {{"connector", "b"}}, 2);
  families.Counter("x", "", {{"connector", "c"}}, 3);
  EXPECT_THAT(LinesOf(families),
              Has({"# TYPE x untyped", "x{connector=\"a\"} 1", "x{connector=\"b\"} 2", "x{connector=\"c\"} 3"}));
}

}  // namespace
}  // namespace framespool::inspect
