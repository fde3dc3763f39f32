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
          .type = PluginType::kSource,
          .version = "1.2.3",
          .summary = "An example.",
          .fields = {file, format, fps, key, wait}};
}

TEST(Manifest, IsReadBackAsItWasWritten) {
  const Manifest written{.abi_stamp = "some stamp", .classes = {Example()}};
  const std::string text = ToText(written);
  const Manifest read = ParseManifest(text);

  EXPECT_EQ(read.abi_stamp, "some stamp");
  ASSERT_EQ(read.classes.size(), 1u);
  EXPECT_EQ(read.classes[0].class_name, "ExampleSource");
  EXPECT_EQ(read.classes[0].type, PluginType::kSource);
  ASSERT_EQ(read.classes[0].fields.size(), 5u);
  const FieldSpec& fps = read.classes[0].fields[2];
  EXPECT_EQ(fps.type, FieldType::kDouble);
  EXPECT_EQ(fps.width, Width::kNone);
  EXPECT_EQ(fps.min, 0.5);
  EXPECT_EQ(fps.max, 240);
  EXPECT_FALSE(read.classes[0].fields[0].default_value);
  EXPECT_EQ(read.classes[0].fields[3].default_value, "");
  EXPECT_EQ(ToText(read), text) << "a property of a field is lost on the way";
}

TEST(Manifest, SaysWhatIsWrongWithAFileThatIsNone) {
  for (const std::string_view text : {"", "[]", "{\"abi\": 3}", "{\"abi\": \"x\", \"connectors\": [{}]}",
                                      "\x7f"
                                      "ELF"}) {
    try {
      ParseManifest(text);
      ADD_FAILURE() << "taken: " << text;
    } catch (const PluginError& error) {
      EXPECT_THAT(error.what(), HasSubstr("not a connector manifest"));
    }
  }
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
