#pragma once

#include <cmath>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <inspect/inspection.h>

namespace framespool::fakes {

/// One topic, one event, one probe. Work runs where the test lets it.
class FakeInspection final : public inspect::Inspection {
 public:
  using Posting = std::function<void(std::function<void()> work)>;
  explicit FakeInspection(Posting post) : post_(std::move(post)) {}

  inspect::WorkerReport Report() const override {
    inspect::WorkerReport report;
    report.build_facts = {{"sample_video", ""}};
    return report;
  }
  inspect::MetricsReport Metrics(inspect::Resolution resolution, const std::string& connector) const override {
    inspect::MetricsReport report;
    report.resolution = std::chrono::seconds(resolution == inspect::Resolution::kSecond ? 1 : 60);
    report.times = {Timestamp(std::chrono::milliseconds(1000)), Timestamp(std::chrono::milliseconds(2000))};
    report.series[connector.empty() ? "a" : connector]["records_per_second"] = {std::nanf(""), 30.0F};
    return report;
  }
  std::string MetricsText(const inspect::WorkerFacts& worker) const override {
    return "framespool_build_info{version=\"" + worker.version + "\"} 1\nframespool_problems " +
           std::to_string(worker.problems.size()) + "\n";
  }
  std::vector<inspect::Event> Events(std::uint64_t after) const override {
    return {{after + 1, Timestamp(std::chrono::milliseconds(5)), "a", 0, "RUNNING", ""}};
  }
  void Post(std::function<void()> work) override { post_(std::move(work)); }
  std::vector<inspect::TopicReport> Topics() override { return {*Topic("t")}; }
  base::Outcome<inspect::TopicReport> Topic(const std::string& name) override {
    if (name != "t") return base::Refuse(base::Reason::kNotFound, {.message = "There is no topic " + name});
    inspect::TopicReport report{
        .name = name, .bytes = 7, .config = {}, .partitions = {}, .sources = {"a"}, .sinks = {}};
    report.partitions = {{0, 0, {}, {}},
                         {3, 9, Timestamp(std::chrono::milliseconds(1)), Timestamp(std::chrono::milliseconds(2))}};
    return report;
  }
  base::Outcome<inspect::DeadLetterReport> DeadLetters(const std::string& connector) override {
    if (connector != "a")
      return base::Refuse(base::Reason::kNotFound, {.message = connector + " has no dead letter topic"});
    const Timestamp then(std::chrono::milliseconds(5));
    inspect::DeadLetterReport report{
        .topic = "dead", .exists = true, .records = 9, .looked_at = 4, .own = 2, .others = 1, .unnamed = 1};
    report.reasons = {{.topic = "t", .stage = "TASK_PUT", .message = "no", .count = 2, .first = then, .last = then}};
    for (inspect::TopicRecord& record : TwoRecords()) report.letters.push_back({.record = std::move(record)});
    return report;
  }
  base::Outcome<inspect::RecordReport> Records(const inspect::RecordQuery& query) override {
    asked_ = query;
    if (query.topic != "t")
      return base::Refuse(base::Reason::kNotFound, {.message = "There is no topic " + query.topic});
    return inspect::RecordReport{
        .extent = {0, 9, {}, {}}, .begin = 2, .end = 4, .looked_at = 2, .records = TwoRecords()};
  }
  /// What Records() was asked last.
  const inspect::RecordQuery& asked() const { return asked_; }
  void PostProbe(std::function<void()> work) override { post_(std::move(work)); }
  base::Outcome<inspect::ProbeReport> Probe(const std::string& /*plugin*/, const RawConfig& config) override {
    inspect::ProbeReport report;
    report.frames = 10;
    report.content_type = "image/jpeg";
    report.shows = config.at("file") != "text";
    if (report.shows)
      report.facts = {{"width", std::int64_t{1280}}, {"height", std::int64_t{720}}, {"codec", std::string("h264")}};
    const std::string picture = "picture";
    const auto bytes = std::as_bytes(std::span(picture));
    report.first_frame = Payload(std::vector<std::byte>(bytes.begin(), bytes.end()));
    report.frame_bytes = 1000;
    if (config.at("file") != "one-frame") report.fps = 30;
    report.metrics = {{"frames_expected", std::int64_t{900}}};
    report.messages = {"plays it"};
    if (config.contains("transforms")) report.chain = Chain();
    return report;
  }

 private:
  static std::vector<inspect::TopicRecord> TwoRecords() {
    const Timestamp then(std::chrono::milliseconds(5));
    return {{.offset = 3, .timestamp = then, .key = "k", .value = "hi", .value_bytes = 2, .headers = {}},
            {.offset = 2, .timestamp = then, .key = {}, .value = {}, .headers = {{"h", "\xff"}}}};
  }
  static inspect::ChainReport Chain() {
    const Timestamp then(std::chrono::milliseconds(7));
    const inspect::ProbedRecord before{
        .topic = "t", .value = TextPayload("hi"), .content_type = "text/plain", .shows = true, .timestamp = then};
    inspect::ProbedRecord after = before;
    after.topic = "u";
    after.key = "k";
    after.value.reset();
    after.headers = {{"site", "yard"}};
    const std::string place = "transforms.a (Filter)";
    return {.records = 2,
            .go_on = 1,
            .left_out = {{place, 1}},
            .frame_bytes = 2,
            .steps = {{.before = before, .after = after},
                      {.before = before, .end = inspect::ChainReport::End::kLeftOut, .place = place}}};
  }

  const Posting post_;
  inspect::RecordQuery asked_;
};

}  // namespace framespool::fakes
