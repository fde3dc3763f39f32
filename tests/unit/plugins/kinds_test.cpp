// Plugins of every kind, out of one library that has one of each.
#include <dlfcn.h>
#include <fakes/task_contexts.h>
#include <fakes/temporary_directory.h>
#include <gmock/gmock.h>
#include <plugins/plugin_registry.h>

namespace framespool::plugins {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class KindsTest : public testing::Test {
 protected:
  KindsTest() {
    for (const char* name : {"parts.so", "parts.manifest.json"})
      std::filesystem::copy_file(std::filesystem::path(TEST_PLUGINS) / name, folder_.path() / name);
    registry_.emplace(std::vector<std::filesystem::path>{folder_.path()});
  }
  Plugin Open(const char* name) { return registry_->Open(*registry_->FindAny(name)); }
  bool CounterHasEnded() {
    void* library = dlopen((folder_.path() / "parts.so").c_str(), RTLD_NOW);
    return reinterpret_cast<bool (*)()>(dlsym(library, "counter_has_ended"))();
  }

  const TemporaryDirectory folder_;
  std::optional<PluginRegistry> registry_;
};

class Alias final : public TransformContext {
 public:
  const std::string& connector() const noexcept override { return connector_; }
  int task() const noexcept override { return 0; }
  const std::string& alias() const noexcept override { return alias_; }
  void Log(LogLevel, std::string_view) override {}

 private:
  const std::string connector_ = "camera";
  const std::string alias_ = "stamp";
};

TEST_F(KindsTest, AreListedFromTheManifestWithTheirKinds) {
  std::map<std::string, PluginKind> kinds;
  for (const PluginClass* plugin : registry_->Classes()) kinds[plugin->class_name] = plugin->kind;
  EXPECT_EQ(kinds, (std::map<std::string, PluginKind>{{"FixedConfigProvider", PluginKind::kConfigProvider},
                                                      {"InsertHeader", PluginKind::kTransform},
                                                      {"NumberedSource", PluginKind::kSource},
                                                      {"PlainConverter", PluginKind::kConverter},
                                                      {"SplittingSource", PluginKind::kSource},
                                                      {"TopicNameMatches", PluginKind::kPredicate}}));
}

TEST_F(KindsTest, OnlyConnectorsAreFoundAsConnectors) {
  EXPECT_NE(registry_->Find("NumberedSource"), nullptr);
  EXPECT_EQ(registry_->Find("InsertHeader"), nullptr);
  EXPECT_EQ(registry_->Find("FixedConfigProvider"), nullptr);
}

TEST_F(KindsTest, AreFoundByTheNamesThatConnectsConfigsHaveForThem) {
  for (const std::string_view name :
       {"InsertHeader", "InsertHeader$Value", "org.apache.kafka.connect.transforms.InsertHeader",
        "org.apache.kafka.connect.transforms.InsertHeader$Key"}) {
    const PluginClass* found = registry_->FindAny(name);
    ASSERT_NE(found, nullptr) << name;
    EXPECT_EQ(found->class_name, "InsertHeader");
  }
  EXPECT_NE(registry_->FindAny("org.example.NumberedSourceConnector"), nullptr);
  for (const std::string_view name : {"", "$Value", "InsertHeader$", "Insert"})
    EXPECT_EQ(registry_->FindAny(name), nullptr) << name;
}

TEST_F(KindsTest, ATransformChangesARecordWhereItIsAndLeavesOthersOut) {
  Alias context;
  const auto transform = Open("InsertHeader").MakeTransform({{"header", "seen"}, {"value.literal", "yes"}}, context);
  SourceRecord record;
  record.topic = "t";
  Value key;
  const auto apply = [&] {
    return transform->Apply({.topic = record.topic,
                             .key = key,
                             .value = record.value,
                             .headers = record.headers,
                             .timestamp = record.timestamp});
  };
  EXPECT_TRUE(apply());
  EXPECT_THAT(record.headers, ElementsAre(Header{"seen", "yes by stamp"}));
  EXPECT_FALSE(apply());
}

TEST_F(KindsTest, APredicateTellsRecordsApart) {
  const auto predicate = Open("TopicNameMatches").MakePredicate({{"pattern", "t"}});
  SinkRecord record;
  Value key;
  const auto test = [&](const std::string& topic) {
    record.topic = topic;
    return predicate->Test({.topic = record.topic,
                            .key = key,
                            .value = record.value,
                            .headers = record.headers,
                            .timestamp = record.timestamp,
                            .partition = record.partition,
                            .offset = record.offset});
  };
  EXPECT_TRUE(test("t"));
  EXPECT_FALSE(test("u"));
}

TEST_F(KindsTest, ARequiredKeyOfAPartIsMissedWhereItIsMade) {
  EXPECT_THROW(Open("TopicNameMatches").MakePredicate({}), ConfigError);
  EXPECT_THROW(Open("PlainConverter").MakeConverter({{"encoding", "EBCDIC"}}), ConfigError);
  EXPECT_NE(Open("PlainConverter").MakeConverter({}), nullptr);
}

TEST_F(KindsTest, AllThatIsMadeOfOneLibraryHasItsOneObject) {
  FakeSourceContext context("a");
  const auto source = Open("NumberedSource").MakeSource({{"topic", "t"}}, context);
  EXPECT_EQ(context.metrics(), (Fields{{"number", std::int64_t{1}}}));
  const auto provider = Open("FixedConfigProvider").MakeConfigProvider({{"secret", "s3"}});
  EXPECT_EQ(provider->Get("p", {"k"}), (std::map<std::string, std::string>{{"k", "s3 of p, number 2"}}));
  const auto errors = Open("NumberedSource").Check({{"topic", "t"}, {"cameras", "0"}}, "a");
  ASSERT_THAT(errors, SizeIs(1));
  EXPECT_EQ(errors[0].message, "must not be 0, said check 3");
  const auto split = Open("SplittingSource").MakeSource({{"topic", "t"}}, context);
  EXPECT_EQ(context.metrics(), (Fields{{"number", std::int64_t{4}}}));
}

TEST_F(KindsTest, ALibrarysObjectLivesAsLongAsTheRegistryAndWhoeverHoldsAClassOfIt) {
  std::optional<Plugin> held = Open("NumberedSource");
  registry_.reset();
  EXPECT_FALSE(CounterHasEnded());
  held.reset();
  EXPECT_TRUE(CounterHasEnded());
}

TEST_F(KindsTest, ASourceSaysWhatItReportsHowItSplitsAndWhatMakesItsRecordsSmaller) {
  const PluginClass* known = registry_->Find("SplittingSource");
  ASSERT_THAT(known->metrics, SizeIs(1));
  EXPECT_EQ(known->metrics[0].name, "number");
  EXPECT_THAT(known->smaller_by, ElementsAre("cameras"));
  EXPECT_TRUE(known->splits);

  class Context final : public ConnectorContext {
   public:
    const std::string& connector() const noexcept override { return name_; }
    void Log(LogLevel, std::string_view) override {}
    std::vector<RawConfig> LastSplit() const override { return {}; }
    std::map<std::string, std::int32_t> Topics() override { return {}; }
    std::int32_t Partitions(const std::string&) override { return 0; }
    void RequestTaskReconfiguration() override { ++requests; }
    void RaiseError(std::string_view) override {}
    int requests = 0;

   private:
    const std::string name_ = "a";
  } context;
  const Plugin plugin = Open("SplittingSource");
  ASSERT_TRUE(plugin.splits());
  EXPECT_THAT(plugin.TaskConfigs({{"topic", "t"}, {"cameras", "3"}}, context, 2),
              ElementsAre(RawConfig{{"camera", "0"}}, RawConfig{{"camera", "1"}}));
  EXPECT_NE(plugin.Watch({{"topic", "t"}}, context), nullptr);
  EXPECT_EQ(context.requests, 1);
  EXPECT_EQ(plugin.AdviceOnLargeRecords(), "or make the records smaller (cameras)");
}

TEST_F(KindsTest, WhatAClassDoesNotHaveIsNothing) {
  const Plugin plugin = Open("InsertHeader");
  EXPECT_FALSE(plugin.splits());
  EXPECT_EQ(plugin.AdviceOnLargeRecords(), "");
  EXPECT_THAT(plugin.Check({}, "a"), IsEmpty());
  EXPECT_FALSE(plugin.Sample({}));
  EXPECT_EQ(plugin.CheckOffset({}, "a", {}, {}), std::nullopt);
  EXPECT_FALSE(plugin.DescribeRecord({}));
}

}  // namespace
}  // namespace framespool::plugins
