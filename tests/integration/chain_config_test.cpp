// What a config is told of its chain and its converters before anything runs.
#include <gmock/gmock.h>

#include "chain_check.h"
#include "chain_tasks.h"

namespace framespool::runtime {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class ChainConfigTest : public testing::Test {
 protected:
  config::ConfigReport Check(const RawConfig& config, PluginKind kind = PluginKind::kSource) {
    return CheckChain(plugins_, config, kind);
  }
  std::vector<std::string> Errors(const RawConfig& config, PluginKind kind = PluginKind::kSource) {
    return ErrorsIn(Check(config, kind));
  }

  plugins::PluginRegistry plugins_{{PLUGINS}};
};

TEST_F(ChainConfigTest, EachPartHasAGroupOfItsOwnInAReportWithKeysAndDefaults) {
  const auto report = Check(FilterOf("1"));
  EXPECT_EQ(report.error_count, 0);
  EXPECT_THAT(report.groups, testing::IsSupersetOf({"Transforms", "Transforms: drop", "Predicates: some"}));
  std::vector<std::string> of_transform;
  std::vector<std::string> of_predicate;
  for (const auto& key : report.keys) {
    if (key.spec.group == "Transforms: drop") of_transform.push_back(key.spec.name);
    if (key.spec.group == "Predicates: some") of_predicate.push_back(key.spec.name);
  }
  EXPECT_THAT(of_transform, ElementsAre("transforms.drop.type", "transforms.drop.predicate", "transforms.drop.negate"));
  EXPECT_THAT(of_predicate, ElementsAre("predicates.some.type", "predicates.some.name", "predicates.some.pattern"));
}

TEST_F(ChainConfigTest, WhatIsWrongWithAChainIsSaidAtItsKey) {
  EXPECT_THAT(Errors({{"transforms", "a"}, {"transforms.a.type", "org.example.Nothing"}}),
              ElementsAre(AllOf(StartsWith("transforms.a.type: must be the class of a transform, but \"org.example.No"),
                                HasSubstr("InsertField"))));
  EXPECT_THAT(Errors({{"transforms", "a"}}), ElementsAre(StartsWith("transforms.a.type: ")));
  EXPECT_THAT(Errors({{"transforms", "a"}, {"transforms.a.type", "RecordIsTombstone"}}),
              ElementsAre(HasSubstr("another kind of plugin")));
  EXPECT_THAT(Errors({{"transforms", "a"}, {"transforms.a.type", "Filter$Key"}}),
              ElementsAre(HasSubstr("write it without $Key")));
  EXPECT_THAT(Errors({{"transforms", "a,a"}, {"transforms.a.type", "Filter"}}),
              ElementsAre(StartsWith("transforms: must name each transform once")));
  EXPECT_THAT(Errors({{"transforms", "a"}, {"transforms.a.type", "Filter"}, {"transforms.a.predicate", "p"}}),
              ElementsAre(StartsWith("transforms.a.predicate: must be one of those that predicates names (none)")));
  EXPECT_THAT(Errors({{"transforms", "a"}, {"transforms.a.type", "Filter"}, {"transforms.a.negate", "true"}}),
              ElementsAre(StartsWith("transforms.a.negate: has nothing to negate")));
  EXPECT_THAT(Errors(FilterOf("(")), ElementsAre(StartsWith("predicates.some.pattern: must be a regular expression")));
  EXPECT_THAT(Errors({{"transforms", "a"},
                      {"transforms.a.type", "RegexRouter"},
                      {"transforms.a.regex", "(a)"},
                      {"transforms.a.replacement", "$2"}}),
              ElementsAre(StartsWith("transforms.a.replacement: names group $2")));
  EXPECT_THAT(Errors({{"transforms", "a"},
                      {"transforms.a.type", "TimestampRouter"},
                      {"transforms.a.timestamp.format", "yyyy-bb"}}),
              ElementsAre(StartsWith("transforms.a.timestamp.format: must be a pattern of SimpleDateFormat")));
  EXPECT_THAT(Errors({{"transforms", "a"}, {"transforms.a.type", "HoistField$Key"}}),
              ElementsAre(StartsWith("transforms.a.field: is required")));
  EXPECT_THAT(Errors({{"transforms", "transforms"}, {"transforms.transforms.type", "transforms"}}),
              ElementsAre(StartsWith("transforms.transforms.type: ")));
  std::string many;
  for (int i = 0; i < 200; ++i) many.append("a").append(std::to_string(i)).append(",");
  EXPECT_THAT(Errors({{"transforms", many}}), testing::Contains(StartsWith("transforms: must name at most 100")));
}

TEST_F(ChainConfigTest, AViewTakesWhatDecidesByTheRecordAloneAndSaysWhereTheRestBelongs) {
  RawConfig config = FilterOf("1");
  EXPECT_THAT(Errors(config, PluginKind::kView), IsEmpty());
  config["predicates.some.type"] = "EveryNth";
  config["predicates.some.n"] = "2";
  EXPECT_THAT(Errors(config, PluginKind::kView),
              testing::Contains(AllOf(StartsWith("predicates.some.type: must be one that decides by the record alone"),
                                      HasSubstr("EveryNth goes by the records before"),
                                      HasSubstr("into the source of the topic"))));
  EXPECT_THAT(Errors(config, PluginKind::kSink), testing::Not(testing::Contains(HasSubstr("by the record alone"))));
}

TEST_F(ChainConfigTest, AKeyOfNoPartIsAWarningWithTheOneThatMayBeMeant) {
  const auto report = Check({{"transforms", "a"},
                             {"transforms.a.type", "HoistField$Value"},
                             {"transforms.a.field", "f"},
                             {"transforms.a.feild", "f"}},
                            PluginKind::kSink);
  EXPECT_EQ(report.error_count, 0);
  ASSERT_EQ(report.warnings.size(), 1U);
  EXPECT_EQ(report.warnings[0].field, "transforms.a.feild");
  EXPECT_EQ(report.warnings[0].suggestion, "transforms.a.field");
}

TEST_F(ChainConfigTest, APartThatTheClasssNameContradictsIsAWarning) {
  const auto warned = [&](const std::string& type, const std::string& part) {
    std::vector<std::string> keys;
    const RawConfig config{
        {"transforms", "a"}, {"transforms.a.type", type}, {"transforms.a.part", part}, {"transforms.a.spec", "int8"}};
    for (const auto& warning : Check(config).warnings) {
      if (warning.message.find("has no effect: ") != std::string::npos) keys.push_back(warning.field);
    }
    return keys;
  };
  EXPECT_THAT(warned("Cast$Key", "value"), ElementsAre("transforms.a.part"));
  EXPECT_THAT(warned("org.apache.kafka.connect.transforms.Cast$Value", "key"), ElementsAre("transforms.a.part"));
  EXPECT_THAT(warned("Cast$Key", "key"), IsEmpty());
  EXPECT_THAT(warned("Cast", "key"), IsEmpty());
}

TEST_F(ChainConfigTest, AConverterThatThisWorkerDoesNotHaveIsNamedWithThoseThatItHas) {
  EXPECT_THAT(Errors({{"value.converter", "io.confluent.connect.avro.AvroConverter"}}),
              ElementsAre(StartsWith("value.converter: must be the class of a converter that this worker has")));
  EXPECT_THAT(Errors({{"header.converter", "org.example.Odd"}}), ElementsAre(HasSubstr("SimpleHeaderConverter")));
  EXPECT_THAT(Errors({{"value.converter", "org.apache.kafka.connect.converters.ByteArrayConverter"}}), IsEmpty());
}

}  // namespace
}  // namespace framespool::runtime
