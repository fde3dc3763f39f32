#include <gmock/gmock.h>

#include <inspect/source_probe.h>

#include <condition_variable>
#include <mutex>

#include "fakes/eventually.h"
#include "fakes/memory_broker.h"

namespace framespool::inspect {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

const RawConfig kConfig{{"name", "probe"}};

/// What the sources of these tests do; set before each probe.
struct Script {
  std::string value = "a picture of 640x360";
  bool describes = true;
  std::chrono::milliseconds between{1};
  std::int64_t pts_us = 0;  // between frames; 0: they tell no times
  int frames = 1 << 20;     // then it only waits
  int retriable_first = 0;
  std::string throws;
  bool ignores_stop = false;
  std::atomic<int> acknowledged{0};
  std::atomic<int> alive{0};
};
Script* script = nullptr;

class ScriptedSource final : public SourceTask {
 public:
  struct Config {};
  static const ConfigDef<Config>& Describe() {
    static const ConfigDef<Config> def;
    return def;
  }
  ScriptedSource(Config, SourceTaskContext& context) {
    EXPECT_EQ(context.StoredOffset({}), std::nullopt);
    if (!script->throws.empty()) throw ConfigError(script->throws);
    context.Log(LogLevel::kInfo, "plays");
    context.Log(LogLevel::kDebug, "more");
    context.ReportMetrics({{"frames_expected", std::int64_t{9}}});
    ++script->alive;
  }
  ~ScriptedSource() override { --script->alive; }
  std::vector<SourceRecord> Poll(std::stop_token stop) override {
    if (script->retriable_first-- > 0) throw RetriableError("the camera does not answer");
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any never;
    const auto pace = frame_ < script->frames ? script->between : 50ms;
    if (script->ignores_stop) never.wait_for(lock, 2s, [] { return false; });  // decides nothing: it hangs
    never.wait_for(lock, stop, pace, [] { return false; });                    // decides nothing: a source at work
    if (frame_ >= script->frames) return {};
    const auto bytes = std::as_bytes(std::span(script->value));
    SourceRecord record;
    record.value = Payload(std::vector<std::byte>(bytes.begin(), bytes.end()));
    record.headers = {{"content-type", "text/plain"}};
    if (script->pts_us > 0) record.headers.push_back({"number", std::to_string(frame_)});
    ++frame_;
    return {std::move(record)};
  }
  static RecordFacts DescribeRecord(const SourceRecord& record) {
    if (!script->describes) return {};
    RecordFacts facts{.content_type = "image/x-test",
                      .shows = true,
                      .facts = {{"width", std::int64_t{640}}, {"height", std::int64_t{360}}},
                      .time = std::nullopt};
    if (const auto number = FindHeader(record.headers, "number"))
      facts.time = std::chrono::microseconds(std::stoll(std::string(*number)) * script->pts_us);
    return facts;
  }
  void Acknowledge(const SourceRecord&) override { ++script->acknowledged; }

 private:
  std::int64_t frame_ = 0;
};

constexpr PluginEntry kEntry = Source<ScriptedSource>("ScriptedSource", "Does what the test says.");

class SourceProbeTest : public testing::Test {
 protected:
  SourceProbeTest() { script = &script_; }
  base::Outcome<ProbeReport> Look(std::chrono::milliseconds patience = 60s) {
    return SourceProbe(patience, broker_).Look(plugins::Plugin(kEntry), kConfig);
  }
  base::Refusal Refused(std::chrono::milliseconds patience = 60s) {
    auto outcome = Look(patience);
    EXPECT_FALSE(outcome);
    return outcome ? base::Refusal{} : outcome.error();
  }
  Script script_;
  MemoryBroker broker_;
};

TEST_F(SourceProbeTest, TellsWhatTheFirstFramesAreAndClosesTheSource) {
  script_.pts_us = 40000;
  const auto report = Look().value();
  EXPECT_GT(report.frames, 1U);
  EXPECT_EQ(report.content_type, "image/x-test");
  EXPECT_TRUE(report.shows);
  EXPECT_EQ(report.facts, (Fields{{"width", std::int64_t{640}}, {"height", std::int64_t{360}}}));
  EXPECT_EQ(report.first_frame.text(), script_.value);
  EXPECT_EQ(report.frame_bytes, static_cast<double>(script_.value.size()));
  EXPECT_EQ(report.fps, 25.0);
  EXPECT_EQ(report.metrics.at("frames_expected"), (Fields::mapped_type(std::int64_t{9})));
  EXPECT_THAT(report.messages, ElementsAre("plays"));
  EXPECT_EQ(script_.acknowledged, 0);
  EXPECT_EQ(script_.alive, 0);
}

TEST_F(SourceProbeTest, CountsFramesThatTellNoTimesByWhenTheyCome) {
  script_.between = 20ms;
  const auto report = Look().value();
  ASSERT_TRUE(report.fps);
  EXPECT_GT(*report.fps, 0);
  EXPECT_LT(*report.fps, 100);  // 50 at most, but for a first one that was noticed late
}

TEST_F(SourceProbeTest, HasNoRateOfASourceThatGivesOneFrame) {
  script_.frames = 1;
  const auto report = Look(2s).value();
  EXPECT_EQ(report.frames, 1U);
  EXPECT_EQ(report.fps, std::nullopt);
}

TEST_F(SourceProbeTest, TakesTheirHeadersWordForRecordsThatTheSourceSaysNothingOf) {
  script_.describes = false;
  const auto report = Look().value();
  EXPECT_FALSE(report.shows);
  EXPECT_EQ(report.content_type, "text/plain");
  EXPECT_TRUE(report.facts.empty());
}

TEST_F(SourceProbeTest, TriesAgainWhatMayPass) {
  script_.retriable_first = 2;
  EXPECT_TRUE(Look());
}

TEST_F(SourceProbeTest, SaysWhyNoFrameCameInTime) {
  script_.retriable_first = 1 << 20;
  const auto refusal = Refused(2s);
  EXPECT_EQ(refusal.reason, base::Reason::kInvalid);
  EXPECT_THAT(refusal.message, HasSubstr("the camera does not answer"));
  script_.retriable_first = 0;
  script_.frames = 0;
  EXPECT_THAT(Refused(2s).message, HasSubstr("gave no frame in time"));
}

TEST_F(SourceProbeTest, RefusesAConfigThatCannotBeAsCreateDoes) {
  script_.throws = "file must be a video, but is not";
  const auto refusal = Refused();
  EXPECT_EQ(refusal.reason, base::Reason::kInvalid);
  EXPECT_THAT(refusal.message, HasSubstr("1 error(s):\nfile must be a video"));
}

TEST_F(SourceProbeTest, DoesNotWaitForASourceThatDoesNotComeBack) {
  script_.ignores_stop = true;
  const auto refusal = Refused(100ms);
  EXPECT_EQ(refusal.reason, base::Reason::kFailed);
  EXPECT_THAT(refusal.message, HasSubstr("did not come back within 600 ms"));
  EXPECT_TRUE(fakes::Eventually([&] { return script_.alive == 0; }));
}

TEST_F(SourceProbeTest, EndsWithTheWorker) {
  script_.frames = 0;
  SourceProbe probe(1h, broker_);
  std::jthread stopper([&] {
    EXPECT_TRUE(fakes::Eventually([&] { return script_.alive > 0; }));
    probe.Stop();
  });
  const auto first = probe.Look(plugins::Plugin(kEntry), kConfig);
  EXPECT_FALSE(first);
  EXPECT_EQ(probe.Look(plugins::Plugin(kEntry), kConfig).error().reason, base::Reason::kUnavailable);
}

}  // namespace
}  // namespace framespool::inspect
