#include <gmock/gmock.h>
#include <plugins/manifest.h>
#include <plugins/plugin_library.h>

namespace framespool::plugins {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Every property of every field set to something that is not its default.
PluginClass Example() {
  FieldSpec file{.name = "file",
                 .type = FieldType::kString,
                 .doc = "What to read, a|b.",
                 .default_value = std::nullopt,
                 .importance = Importance::kHigh,
                 .display_name = "File",
                 .group = "Input",
                 .width = Width::kLong,
                 .unit = "",
                 .min = std::nullopt,
                 .max = std::nullopt,
                 .choices = {},
                 .dependents = {"format"}};
  FieldSpec format{.name = "format",
                   .type = FieldType::kString,
                   .doc = "What as.",
                   .default_value = "auto",
                   .importance = Importance::kLow,
                   .display_name = "",
                   .group = "",
                   .width = Width::kShort,
                   .unit = "",
                   .min = std::nullopt,
                   .max = std::nullopt,
                   .choices = {"auto", "jpeg"},
                   .dependents = {}};
  FieldSpec fps{.name = "fps",
                .type = FieldType::kDouble,
                .doc = "How fast.",
                .default_value = "29.97",
                .importance = Importance::kMedium,
                .display_name = "Rate",
                .group = "Pace",
                .width = Width::kNone,
                .unit = "fps",
                .min = 0.5,
                .max = 240,
                .choices = {},
                .dependents = {}};
  FieldSpec key{.name = "key",
                .type = FieldType::kPassword,
                .doc = "Its \"secret\".",
                .default_value = "",
                .importance = Importance::kMedium,
                .display_name = "Key",
                .group = "Access",
                .width = Width::kMedium,
                .unit = "",
                .min = std::nullopt,
                .max = std::nullopt,
                .choices = {},
                .dependents = {}};
  FieldSpec wait{.name = "wait.ms",
                 .type = FieldType::kLong,
                 .doc = "How long.",
                 .default_value = "10",
                 .importance = Importance::kMedium,
                 .display_name = "Wait",
                 .group = "Pace",
                 .width = Width::kMedium,
                 .unit = "ms",
                 .min = 1,
                 .max = std::nullopt,
                 .choices = {},
                 .dependents = {}};
  return {.class_name = "ExampleSource",
          .kind = PluginKind::kSource,
          .version = "1.2.3",
          .summary = "An example.",
          .fields = {file, format, fps, key, wait},
          .metrics = {{.name = "frames_read",
                       .kind = MetricKind::kCounter,
                       .unit = "frames",
                       .doc = "Frames|read.",
                       .plot = "Reading",
                       .label = "read",
                       .role = MetricRole::kPosition},
                      {.name = "end_of_file",
                       .kind = MetricKind::kInfo,
                       .unit = "",
                       .doc = "Whether it is read.",
                       .role = MetricRole::kEnded,
                       .setting = "format"}},
          .smaller_by = {"format", "fps"},
          .stateless = true,
          .splits = true};
}

TEST(Manifest, IsReadBackAsItWasWritten) {
  const Manifest written{.abi_stamp = FRAMESPOOL_ABI_STAMP, .classes = {Example()}};
  const std::string text = ToText(written);
  const Manifest read = ParseManifest(text);

  EXPECT_EQ(read.abi_stamp, FRAMESPOOL_ABI_STAMP);
  ASSERT_EQ(read.classes.size(), 1u);
  EXPECT_EQ(read.classes[0].class_name, "ExampleSource");
  EXPECT_EQ(read.classes[0].kind, PluginKind::kSource);
  ASSERT_EQ(read.classes[0].fields.size(), 5u);
  const FieldSpec& fps = read.classes[0].fields[2];
  EXPECT_EQ(fps.type, FieldType::kDouble);
  EXPECT_EQ(fps.width, Width::kNone);
  EXPECT_EQ(fps.min, 0.5);
  EXPECT_EQ(fps.max, 240);
  EXPECT_FALSE(read.classes[0].fields[0].default_value);
  EXPECT_EQ(read.classes[0].fields[3].default_value, "");
  ASSERT_EQ(read.classes[0].metrics.size(), 2u);
  EXPECT_EQ(read.classes[0].metrics[0].kind, MetricKind::kCounter);
  EXPECT_EQ(read.classes[0].metrics[0].plot, "Reading");
  EXPECT_EQ(read.classes[0].metrics[0].role, MetricRole::kPosition);
  EXPECT_EQ(read.classes[0].metrics[1].kind, MetricKind::kInfo);
  EXPECT_EQ(read.classes[0].metrics[1].role, MetricRole::kEnded);
  EXPECT_EQ(read.classes[0].metrics[1].setting, "format");
  EXPECT_THAT(read.classes[0].smaller_by, testing::ElementsAre("format", "fps"));
  EXPECT_TRUE(read.classes[0].stateless);
  EXPECT_TRUE(read.classes[0].splits);
  EXPECT_EQ(ToText(read), text) << "a property of a field is lost on the way";
}

TEST(Manifest, SaysWhatIsWrongWithAFileThatIsNone) {
  const std::string no_class = "{\"abi\": \"" FRAMESPOOL_ABI_STAMP "\", \"connectors\": [{}]}";
  for (const std::string_view text : {"", "[]", "{\"abi\": 3}", no_class.c_str(), "\177ELF"}) {
    try {
      ParseManifest(text);
      ADD_FAILURE() << "taken: " << text;
    } catch (const PluginError& error) {
      EXPECT_THAT(error.what(), HasSubstr("not a connector manifest"));
    }
  }
}

// What it says of its classes is said as its own SDK says it, which may be in another way.
TEST(Manifest, OfAnotherStampIsReadNoFurtherThanThat) {
  const Manifest read = ParseManifest(R"({"abi": "framespool-abi 3, gcc 12", "connectors": [{"class": 7}]})");
  EXPECT_EQ(read.abi_stamp, "framespool-abi 3, gcc 12");
  EXPECT_TRUE(read.classes.empty());
}

TEST(MetricsTableOfAConnector, HasOneRowForEachMetricAndIsEmptyWithout) {
  PluginClass plugin = Example();
  EXPECT_EQ(MetricsTable(plugin),
            "| metric | kind | meaning |\n| --- | --- | --- |\n"
            "| `frames_read` | counter, frames | Frames\\|read. |\n"
            "| `end_of_file` | info | Whether it is read. |\n");
  plugin.metrics.clear();
  EXPECT_EQ(MetricsTable(plugin), "");
}

TEST(JsonSchemaOfATransform, HasNoConnectorClass) {
  PluginClass plugin = Example();
  plugin.kind = PluginKind::kTransform;
  EXPECT_THAT(JsonSchema(plugin), Not(HasSubstr("connector.class")));
}

TEST(JsonSchemaOfAConnector, RequiresWhatHasNoDefaultAndAllowsTextForNumbers) {
  const std::string schema = JsonSchema(Example());
  EXPECT_THAT(schema, HasSubstr("\"const\": \"ExampleSource\""));
  EXPECT_THAT(schema, HasSubstr("\"required\": [\n    \"connector.class\",\n    \"file\"\n  ]"));
  EXPECT_THAT(schema, HasSubstr("\"maximum\": 240"));
  EXPECT_THAT(schema, HasSubstr("\"writeOnly\": true"));
  EXPECT_THAT(schema, HasSubstr("\"number\",\n        \"string\""));
}

TEST(MarkdownTableOfAConnector, HasOneRowForEachField) {
  const std::string table = MarkdownTable(Example());
  EXPECT_THAT(table, HasSubstr("| `file` | string | **required** | What to read, a\\|b. |\n"));
  EXPECT_THAT(table, HasSubstr("| `format` | auto, jpeg | `auto` | What as. |\n"));
  EXPECT_THAT(table, HasSubstr("| `fps` | double, fps, 0.5–240 | `29.97` | How fast. |\n"));
  EXPECT_THAT(table, HasSubstr("| `wait.ms` | long, ms, ≥ 1 | `10` | How long. |\n"));
}

}  // namespace
}  // namespace framespool::plugins
