// The example on each class's page in docs/transforms, and once more with a schema.
#include <base/data_json.h>
#include <fakes/pages.h>
#include <gmock/gmock.h>

#include "records.h"

namespace framespool::transforms {
namespace {

using Json = nlohmann::ordered_json;

Json AsJson(const Value& value) {
  if (const auto data = value.data()) return Json::parse(ToJson(*data));
  return value.is_null() ? Json() : Json(value.text());
}

void ExpectRecord(const Json& expected, const Record& record) {
  if (expected.contains("topic")) {
    EXPECT_EQ(Json(record.topic), expected["topic"]);
  }
  for (const char* part : {"key", "value"}) {
    if (!expected.contains(part)) continue;
    // Without regard to the order of fields.
    EXPECT_EQ(nlohmann::json::parse(AsJson(std::string(part) == "key" ? record.key : record.value).dump()),
              nlohmann::json::parse(expected[part].dump()))
        << part;
  }
  if (expected.contains("headers")) {
    Json headers = Json::array();
    for (const Header& header : record.headers) headers.push_back({header.key, header.value});
    EXPECT_EQ(headers, expected["headers"]);
  }
}

void ExpectPredicate(const fakes::PageExample& example, bool with_schema) {
  const auto predicate = MakePredicate(example.type, example.config);
  const Json& json = example.json;
  if (!json.contains("asked")) {
    Record record = RecordOf(json["before"], with_schema);
    EXPECT_TRUE(predicate->Test(record.ref()));
    Record other = RecordOf(json["other"], with_schema);
    EXPECT_FALSE(predicate->Test(other.ref()));
    return;
  }
  Json true_of = Json::array();
  for (int number = 1; number <= json["asked"].get<int>(); ++number) {
    Record record;
    if (predicate->Test(record.ref())) true_of.push_back(number);
  }
  EXPECT_EQ(true_of, json["true_of"]);
}

void ExpectTransform(const fakes::PageExample& example, bool with_schema) {
  Record record = RecordOf(example.json["before"], with_schema);
  const auto transform = MakeTransform(example.type, example.config);
  const bool goes_on = transform->Apply(record.ref());
  EXPECT_EQ(goes_on, !example.json["after"].is_null());
  if (!goes_on) return;
  ExpectRecord(example.json["after"], record);
  const auto data = record.value.data();
  if (data && data->schema) {
    EXPECT_EQ(SchemaProblem(*data->schema, data->value), "");
  }
}

TEST(Pages, EachClassHasOneWithAnExampleThatDoesWhatItSays) {
  for (const PluginEntry& entry : Entries()) {
    SCOPED_TRACE(entry.name);
    const auto examples = fakes::PageExamplesIn(std::string(PAGES) + "/" + entry.name + ".md");
    EXPECT_FALSE(examples.empty());
    for (const fakes::PageExample& example : examples) {
      EXPECT_EQ(ClassOf(example.type), entry.name);
      for (const bool with_schema : {false, true}) {
        SCOPED_TRACE(with_schema ? "with a schema" : "without a schema");
        (entry.kind == PluginKind::kPredicate ? ExpectPredicate : ExpectTransform)(example, with_schema);
      }
    }
  }
}

}  // namespace
}  // namespace framespool::transforms
