// Records that a transform holds back until later ones decide on them.
#include <gmock/gmock.h>

#include <opencv2/imgcodecs.hpp>
#include <set>

#include "fakes/eventually.h"
#include "task_fixture.h"

namespace framespool::runtime {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Fields kYard{{"camera", std::string("yard")}};
constexpr std::int64_t kFrames = 40;
const std::set<std::int64_t> kMoving = {17, 18, 19};

Payload Frame(bool lit) {
  std::vector<unsigned char> bytes;
  cv::imencode(".png", cv::Mat(24, 32, CV_8UC3, cv::Scalar::all(lit ? 200 : 60)), bytes);
  const auto all = std::as_bytes(std::span(bytes));
  return Payload(std::vector<std::byte>(all.begin(), all.end()));
}

Notes told;  // to the camera, of its frames

/// A camera with ten frames a second, in batches of three. Its light goes on and off in each of kMoving.
class Yard final : public SourceTask {
 public:
  struct Config {
    std::string topic;
  };
  static const ConfigDef<Config>& Describe() {
    static const auto def = ConfigDef<Config>().Field("topic", &Config::topic, "Where to.").Required();
    return def;
  }
  Yard(Config config, SourceTaskContext& context) : config_(std::move(config)) {
    if (const auto offset = context.StoredOffset(kYard)) next_ = std::get<std::int64_t>(offset->at("next"));
  }
  std::vector<SourceRecord> Poll(std::stop_token) override {
    std::vector<SourceRecord> records;
    for (; next_ < kFrames && records.size() < 3; ++next_) {
      records.push_back(
          {.topic = config_.topic,
           .partition = {},
           .key = "yard",
           .value = Frame(kMoving.contains(next_) && next_ % 2 == 1),
           .headers = {{"number", std::to_string(next_)}, {"framespool.pts.us", std::to_string(next_ * 100'000)}},
           .timestamp = Now(),
           .source_partition = kYard,
           .source_offset = {{"next", next_ + 1}}});
    }
    return records;
  }
  void Acknowledge(const SourceRecord& record) override {
    told.Add(std::string(FindHeader(record.headers, "number").value()));
  }

 private:
  const Config config_;
  std::int64_t next_ = 0;
};

class Ignoring final : public SinkTask {
 public:
  struct Config {
    std::vector<std::string> topics;
  };
  static const ConfigDef<Config>& Describe() {
    static const auto def = ConfigDef<Config>().Field("topics", &Config::topics, "From where.").Required();
    return def;
  }
  Ignoring(const Config& /*config*/, SinkTaskContext& /*context*/) {}
  void Put(std::span<const SinkRecord> /*records*/, std::stop_token) override {}
};

const RawConfig kKeepBefore{{"transforms", "moves,mark"},
                            {"transforms.moves.type", "MotionFilter"},
                            {"transforms.moves.keep.before.ms", "400"},
                            {"transforms.moves.keep.after.ms", "200"},
                            {"transforms.mark.type", "InsertHeader"},
                            {"transforms.mark.header", "mark"},
                            {"transforms.mark.value.literal", "behind"}};

class HeldRecordsTest : public TaskFixture {
 protected:
  HeldRecordsTest() { told.Clear(); }

  std::shared_ptr<SourceRunner> StartSource(const RawConfig& more) {
    return RunSource<Yard>("yard", "Yard", With(more, {{"topic", "t"}}));
  }
  std::vector<std::string> NumbersIn(const std::string& topic) {
    std::vector<std::string> numbers;
    for (const auto& each : broker_.Records(topic)) {
      numbers.emplace_back(*FindHeader(each.record.headers, "number"));
      EXPECT_EQ(FindHeader(each.record.headers, "mark"), "behind") << "it passed the transform behind as well";
    }
    return numbers;
  }
  std::int64_t Next() {
    const auto offset = offsets_.Get("yard", kYard);
    return offset ? std::get<std::int64_t>(offset->at("next")) : 0;
  }
};

TEST_F(HeldRecordsTest, GoIntoTheTopicInTheirPlaceWhenALaterOneDecidesSo) {
  const auto runner = StartSource(kKeepBefore);
  // The last ones stay undecided: frames 35 to 39 might still be before motion.
  ASSERT_TRUE(fakes::Eventually([] { return !told.lines().empty() && told.lines().back() == "34"; }));
  EXPECT_TRUE(Stop(runner));
  // The first frame and its two of keep.after.ms; four before the light goes on; what changes; two behind that.
  EXPECT_THAT(NumbersIn("t"), ElementsAre("0", "1", "2", "13", "14", "15", "16", "17", "18", "19", "20", "21", "22"));
  EXPECT_EQ(told.lines().size(), 35U) << "the source is told of each, also of those left out, in order";
}

TEST_F(HeldRecordsTest, AreReadAgainWhereTheTaskEndsBefore) {
  auto runner = StartSource(kKeepBefore);
  ASSERT_TRUE(fakes::Eventually([&] { return Next() == 35; })) << "no offset passes one that is held";
  EXPECT_TRUE(Stop(runner));
  EXPECT_EQ(Next(), 35);
  runner = StartSource(kKeepBefore);
  ASSERT_TRUE(fakes::Eventually([] { return told.lines().back() == "37"; }));
  EXPECT_TRUE(Stop(runner));
  const auto numbers = NumbersIn("t");
  EXPECT_EQ(std::vector(numbers.end() - 3, numbers.end()), (std::vector<std::string>{"35", "36", "37"}))
      << "the first frame of a task, and its two behind";
  EXPECT_EQ(std::set(numbers.begin(), numbers.end()).size(), numbers.size()) << "none twice";
}

TEST_F(HeldRecordsTest, AreNotForSinksWhichSaySo) {
  const auto runner = RunSink<Ignoring>("none", "Ignoring", With(kKeepBefore, {{"topics", "t"}}));
  ASSERT_TRUE(Failed(runner));
  EXPECT_THAT(runner->Status().trace, HasSubstr("transforms.moves (MotionFilter) may hold records back"));
}

}  // namespace
}  // namespace framespool::runtime
