// What a probe shows of the chain that a source's config names.
#include <gmock/gmock.h>
#include <inspect/source_probe.h>

#include <atomic>
#include <span>
#include <string_view>

#include "task_fixture.h"

namespace framespool::inspect {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

std::atomic<int> acknowledged;
std::atomic<bool> makes_pictures;

/// A PNG of 32x24 gray pixels. OpenCV, which could make one, has an Event of its own that clang-tidy takes for ours.
constexpr unsigned char kPicture[] = {
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x00,
    0x20, 0x00, 0x00, 0x00, 0x18, 0x08, 0x00, 0x00, 0x00, 0x00, 0xbe, 0x38, 0xa0, 0xe8, 0x00, 0x00, 0x00, 0x13, 0x49,
    0x44, 0x41, 0x54, 0x78, 0xda, 0x63, 0xb0, 0x21, 0x00, 0x18, 0x46, 0x15, 0x8c, 0x2a, 0x18, 0x79, 0x0a, 0x00, 0x83,
    0x62, 0xb4, 0x01, 0x5e, 0x95, 0xd7, 0x47, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82};

Payload Picture() {
  const auto all = std::as_bytes(std::span(kPicture));
  return Payload(std::vector<std::byte>(all.begin(), all.end()));
}

/// Numbers that tell of themselves in JSON, or one picture again and again.
class Numbers final : public SourceTask {
 public:
  struct Config {
    std::string topic;
  };
  static const ConfigDef<Config>& Describe() {
    static const auto def = ConfigDef<Config>().Field("topic", &Config::topic, "Where to.").Required();
    return def;
  }
  Numbers(Config config, SourceTaskContext& /*context*/) : config_(std::move(config)) {}
  std::vector<SourceRecord> Poll(std::stop_token) override {
    if (next_ >= 200) return {};
    const std::string number = std::to_string(next_++);
    SourceRecord record{.topic = config_.topic,
                        .partition = {},
                        .key = makes_pictures ? "camera" : number,
                        .value = makes_pictures ? Picture() : TextPayload("{\"n\": " + number + "}"),
                        .headers = {{"framespool.frame", number}},
                        .timestamp = Timestamp(std::chrono::milliseconds(next_)),
                        .source_partition = {},
                        .source_offset = {{"next", next_}}};
    if (makes_pictures) record.headers.push_back({"framespool.pts.us", std::to_string(next_ * 100'000)});
    return {std::move(record)};
  }
  static RecordFacts DescribeRecord(const SourceRecord& /*record*/) {
    return {.content_type = makes_pictures ? "image/png" : "text/plain", .shows = true, .facts = {}, .time = {}};
  }
  void Acknowledge(const SourceRecord&) override { ++acknowledged; }

 private:
  const Config config_;
  std::int64_t next_ = 0;
};

constexpr PluginEntry kEntry = Source<Numbers>("Numbers", "Counts.");

class ProbeChainTest : public runtime::TaskFixture {
 protected:
  ProbeChainTest() {
    acknowledged = 0;
    makes_pictures = false;
  }
  ProbeReport Probe(RawConfig config) {
    config.insert({{"name", "probe"}, {"topic", "t"}});
    auto report = SourceProbe(60s, broker_, &plugins_).Look(plugins::Plugin(kEntry), config, secrets_);
    EXPECT_TRUE(report) << report.error().message;
    return report ? *std::move(report) : ProbeReport{};
  }
  ChainReport Chain(const RawConfig& config) {
    const auto report = Probe(config);
    EXPECT_TRUE(report.chain);
    return report.chain.value_or(ChainReport{});
  }
  static std::string HeaderOf(const ProbedRecord& record, const std::string& name) {
    return std::string(FindHeader(record.headers, name).value_or("none"));
  }

  base::Secrets secrets_;
};

const RawConfig kMark{{"transforms", "mark"},
                      {"transforms.mark.type", "InsertHeader"},
                      {"transforms.mark.header", "site"},
                      {"transforms.mark.value.literal", "yard-of-many-secrets"}};

TEST_F(ProbeChainTest, SaysNothingOfAChainThatThereIsNot) { EXPECT_FALSE(Probe({}).chain); }

TEST_F(ProbeChainTest, ShowsRecordsBeforeAndBehindTheChain) {
  RawConfig config = kMark;
  config["transforms"] = "mark,route";
  config["transforms.route.type"] = "RegexRouter";
  config["transforms.route.regex"] = "(.*)";
  config["transforms.route.replacement"] = "$1-of-the-yard";
  const auto report = Probe(config);
  ASSERT_TRUE(report.chain);
  const ChainReport& chain = *report.chain;
  EXPECT_EQ(chain.records, 30U);
  EXPECT_EQ(chain.go_on, 30U);
  EXPECT_THAT(chain.left_out, IsEmpty());
  EXPECT_THAT(chain.problems, IsEmpty());
  ASSERT_THAT(chain.steps, SizeIs(6));
  const auto& first = chain.steps.front();
  EXPECT_EQ(first.end, ChainReport::End::kGoesOn);
  EXPECT_EQ(first.before.topic, "t");
  EXPECT_EQ(first.before.key, "0");
  EXPECT_EQ(first.before.value->text(), R"({"n": 0})");
  EXPECT_EQ(HeaderOf(first.before, "site"), "none");
  ASSERT_TRUE(first.after);
  EXPECT_EQ(first.after->topic, "t-of-the-yard");
  EXPECT_EQ(first.after->value->text(), R"({"n": 0})");
  EXPECT_EQ(HeaderOf(*first.after, "site"), "yard-of-many-secrets");
  EXPECT_EQ(chain.frame_bytes, (10 * 8 + 20 * 9) / 30.0);
  // The rest is of the records as the source makes them, and nothing has been done.
  EXPECT_EQ(report.first_frame.text(), R"({"n": 0})");
  EXPECT_EQ(acknowledged, 0);
  EXPECT_FALSE(broker_.Describe("t-of-the-yard"));
  EXPECT_FALSE(broker_.Describe("t"));
}

TEST_F(ProbeChainTest, SaysWhichTransformLeavesARecordOut) {
  RawConfig config{{"transforms", "thin,rest"},
                   {"transforms.thin.type", "Filter"},
                   {"transforms.thin.predicate", "p"},
                   {"transforms.thin.negate", "true"},
                   {"transforms.rest.type", "Filter"},
                   {"transforms.rest.predicate", "q"},
                   {"predicates", "p,q"},
                   {"predicates.p.type", "EveryNth"},
                   {"predicates.p.n", "10"},
                   {"predicates.q.type", "HeaderMatches"},
                   {"predicates.q.name", "framespool.frame"}};
  config["predicates.q.pattern"] = "19";
  const auto chain = Chain(config);
  EXPECT_EQ(chain.go_on, 2U);
  EXPECT_THAT(chain.left_out, ElementsAre(Pair("transforms.rest (Filter)", 1), Pair("transforms.thin (Filter)", 27)));
  // Six, and the first one that goes on.
  ASSERT_THAT(chain.steps, SizeIs(7));
  EXPECT_EQ(chain.steps[0].end, ChainReport::End::kLeftOut);
  EXPECT_EQ(chain.steps[0].place, "transforms.thin (Filter)");
  EXPECT_FALSE(chain.steps[0].after);
  EXPECT_EQ(chain.steps[6].before.key, "9");
  EXPECT_TRUE(chain.steps[6].after);
}

TEST_F(ProbeChainTest, TellsWhyATransformFails) {
  const auto chain = Chain({{"transforms", "cut"},
                            {"value.converter", "JsonConverter"},
                            {"value.converter.schemas.enable", "false"},
                            {"transforms.cut.type", "Cast$Value"},
                            {"transforms.cut.spec", "n:int8"}});
  EXPECT_EQ(chain.failed, 30U) << "bytes of a source are not data";
  ASSERT_FALSE(chain.steps.empty());
  EXPECT_EQ(chain.steps[0].end, ChainReport::End::kFailed);
  EXPECT_EQ(chain.steps[0].place, "transforms.cut (Cast)");
  ASSERT_THAT(chain.steps[0].problems, SizeIs(1));
  EXPECT_NE(chain.steps[0].problems[0].message, "");
  EXPECT_EQ(chain.frame_bytes, 0);
}

TEST_F(ProbeChainTest, TellsWhyAChainCannotBeMade) {
  const auto chain = Chain({{"transforms", "none"}, {"transforms.none.type", "NoSuchTransform"}});
  ASSERT_FALSE(chain.problems.empty());
  EXPECT_THAT(ToText(chain.problems[0]), HasSubstr("NoSuchTransform"));
  EXPECT_EQ(chain.records, 0U);
}

TEST_F(ProbeChainTest, ShowsPicturesAsTheChainMakesThem) {
  makes_pictures = true;
  const auto chain = Chain({{"transforms", "small"},
                            {"transforms.small.type", "Resize"},
                            {"transforms.small.width", "16"},
                            {"transforms.small.height", "12"}});
  EXPECT_EQ(chain.failed, 0U);
  ASSERT_FALSE(chain.steps.empty());
  ASSERT_TRUE(chain.steps[0].after);
  // As a PNG's head says it.
  const auto size = [](const ProbedRecord& record) {
    const std::string_view text = record.value->text();
    return std::pair(static_cast<int>(text.at(19)), static_cast<int>(text.at(23)));
  };
  EXPECT_EQ(size(chain.steps[0].before), std::pair(32, 24));
  EXPECT_EQ(size(*chain.steps[0].after), std::pair(16, 12));
}

TEST_F(ProbeChainTest, SaysWhatIsHeldBackUntilLaterRecordsDecide) {
  makes_pictures = true;
  const auto chain = Chain(
      {{"transforms", "moves"}, {"transforms.moves.type", "MotionFilter"}, {"transforms.moves.keep.before.ms", "400"}});
  EXPECT_GT(chain.held_back, 0U);
  std::size_t left_out = 0;
  for (const auto& [place, records] : chain.left_out) left_out += records;
  EXPECT_EQ(chain.go_on + chain.held_back + left_out, chain.records) << "what is decided on is held back no more";
}

TEST_F(ProbeChainTest, ShowsNoSecretThatATransformWrites) {
  secrets_ = base::Secrets({"yard-of-many-secrets"});
  const auto chain = Chain(kMark);
  ASSERT_TRUE(!chain.steps.empty() && chain.steps[0].after);
  EXPECT_EQ(HeaderOf(*chain.steps[0].after, "site"), "[hidden]");
}

}  // namespace
}  // namespace framespool::inspect
