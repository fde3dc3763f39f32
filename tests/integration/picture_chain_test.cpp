// Pictures on their way through a worker's stages.
#include <config/config_providers.h>
#include <framespool/data.h>
#include <gmock/gmock.h>
#include <record_stages.h>

#include <fstream>
#include <opencv2/imgcodecs.hpp>

#include "chain_check.h"
#include "fakes/temporary_directory.h"

namespace framespool::runtime {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const TaskIdentity kTask{"pictures", 0, "Test"};

Payload Png(int width, int height) {
  std::vector<unsigned char> bytes;
  cv::imencode(".png", cv::Mat(height, width, CV_8UC3, cv::Scalar(10, 20, 30)), bytes);
  const auto all = std::as_bytes(std::span(bytes));
  return Payload(std::vector<std::byte>(all.begin(), all.end()));
}

SinkRecord OfATopic(Value value) {
  SinkRecord record;
  record.topic = "t";
  record.value = std::move(value);
  return record;
}

class PictureChain : public testing::Test {
 protected:
  RecordStages Stages(const RawConfig& config) { return {config, plugins_, kTask}; }

  std::vector<std::string> Errors(const RawConfig& config, const config::FileAccess& files = {}, bool may_look = true) {
    return ErrorsIn(CheckChain(plugins_, config, PluginKind::kSource, files, may_look));
  }
  std::vector<std::string> ErrorsOfSink(const RawConfig& config) {
    return ErrorsIn(CheckChain(plugins_, config, PluginKind::kSink));
  }

  plugins::PluginRegistry plugins_{{PLUGINS}};
};

const RawConfig kSmall{{"transforms", "small,part"},
                       {"transforms.small.type", "Resize"},
                       {"transforms.small.width", "20"},
                       {"transforms.part.type", "Crop"},
                       {"transforms.part.height", "50%"}};

TEST_F(PictureChain, ASourcesPictureIsPixelsUntilItIsWritten) {
  RecordStages stages = Stages(kSmall);
  SourceRecord record;
  record.topic = "t";
  record.value = Png(40, 20);
  RecordWay way;
  ASSERT_TRUE(stages.Pass(record, way));
  ASSERT_NE(record.value.picture(), nullptr);
  const auto bytes = record.value.bytes();
  const std::vector<unsigned char> file(reinterpret_cast<const unsigned char*>(bytes.data()),
                                        reinterpret_cast<const unsigned char*>(bytes.data()) + bytes.size());
  EXPECT_EQ(cv::imdecode(file, cv::IMREAD_COLOR).size(), cv::Size(20, 5));
  EXPECT_EQ(FindHeader(record.headers, "framespool.height"), "5");
}

TEST_F(PictureChain, ASinkGetsBytes) {
  RecordStages stages = Stages(kSmall);
  SinkRecord record = OfATopic(Png(40, 20));
  RecordWay way;
  ASSERT_TRUE(stages.Pass(record, way));
  EXPECT_EQ(record.value.picture(), nullptr);
  EXPECT_THAT(record.value.text(), testing::StartsWith("\x89PNG"));
  EXPECT_EQ(FindHeader(record.headers, "framespool.width"), "20");
}

TEST_F(PictureChain, APictureThatCannotBeWrittenForASinkFailsAsATransformation) {
  RecordStages stages = Stages({{"transforms", "write"},
                                {"transforms.write.type", "Reencode"},
                                {"transforms.write.format", "png"},
                                {"transforms.write.max.bytes", "10"}});
  SinkRecord record = OfATopic(Png(40, 20));
  RecordWay way;
  try {
    stages.Pass(record, way);
    FAIL() << "it fits into 10 bytes";
  } catch (const std::exception& error) {
    EXPECT_THAT(error.what(), HasSubstr("max.bytes"));
    EXPECT_EQ(stages.At(way).stage, "TRANSFORMATION");
    EXPECT_EQ(stages.At(way).class_name, "Reencode");
  }
}

TEST_F(PictureChain, ARecordThatIsNoPictureFailsAtTheTransformThatWantsOne) {
  RecordStages stages = Stages(kSmall);
  SinkRecord record = OfATopic(TextPayload("no picture"));
  RecordWay way;
  EXPECT_ANY_THROW(stages.Pass(record, way));
  EXPECT_EQ(stages.At(way).place, "transforms.small (Resize)");
}

TEST_F(PictureChain, OfOursOnlyThoseThatCompareFramesAreOutOfPlaceBeforeAView) {
  std::vector<std::string> stateful;
  for (const auto* plugin : plugins_.Classes()) {
    const bool on_the_way = plugin->kind == PluginKind::kTransform || plugin->kind == PluginKind::kPredicate;
    if (on_the_way && !plugin->stateless) stateful.push_back(plugin->class_name);
  }
  EXPECT_THAT(stateful, ElementsAre("EveryNth", "FrameRate", "MotionFilter"));
}

const RawConfig kMotion{{"transforms", "m"}, {"transforms.m.type", "MotionFilter"}};

RawConfig Masked(const std::filesystem::path& mask) {
  RawConfig config = kMotion;
  config["transforms.m.mask"] = mask.string();
  return config;
}

TEST_F(PictureChain, AMaskIsLookedAtWhereThatIsAllowed) {
  const TemporaryDirectory folder;
  const auto text = folder.path() / "text.png";
  std::ofstream(text) << "no picture";
  EXPECT_THAT(Errors(kMotion), IsEmpty());
  EXPECT_THAT(Errors(Masked(text)), ElementsAre(AllOf(HasSubstr("transforms.m.mask: "), HasSubstr("is none"))));
  EXPECT_THAT(Errors(Masked(text), {}, false), IsEmpty()) << "of a connector that is to stay stopped";
  const TemporaryDirectory allowed;
  const config::FileAccess files({allowed.path()}, {});
  EXPECT_THAT(Errors(Masked(text), files), ElementsAre(HasSubstr("file.roots"))) << "and nothing of what it holds";
  EXPECT_THROW(Stages(Masked(text)), ConfigError) << "the task says it too";
}

TEST_F(PictureChain, WhatHoldsRecordsBackIsRefusedOnASinkAndOnlyThere) {
  RawConfig config = kMotion;
  EXPECT_THAT(ErrorsOfSink(config), IsEmpty());
  config["transforms.m.keep.before.ms"] = "500";
  EXPECT_THAT(Errors(config), IsEmpty());
  EXPECT_THAT(ErrorsOfSink(config),
              ElementsAre(AllOf(HasSubstr("transforms.m.type: must be a transform that holds no record back"),
                                HasSubstr("into the source of the topic"))));
}

TEST_F(PictureChain, AHeaderInATextIsNoConfigProvidersValue) {
  const RawConfig overlay{{"transforms.o.text", "at ${header:site}"}};
  EXPECT_EQ(config::ConfigProviders().Resolve(overlay).config, overlay);
  EXPECT_THAT(config::ConfigProviders().Resolve(overlay).problems, IsEmpty());
  const RawConfig header{{"config.providers", "header"}, {"config.providers.header.class", "EnvVarConfigProvider"}};
  EXPECT_THROW(config::ConfigProviders(header, plugins_), ConfigError);
}

TEST_F(PictureChain, BadNumbersAreSaidAtTheirKeys) {
  EXPECT_THAT(Errors({{"transforms", "a,b"},
                      {"transforms.a.type", "Resize"},
                      {"transforms.b.type", "Blur"},
                      {"transforms.b.regions", "1:2"}}),
              ElementsAre(HasSubstr("transforms.a.width: or height must be above 0"),
                          HasSubstr("transforms.b.regions: must be regions")));
}

}  // namespace
}  // namespace framespool::runtime
