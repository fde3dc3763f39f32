// Every example of the README, and each once more with a schema.
#include <base/data_json.h>
#include <gmock/gmock.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "records.h"

namespace framespool::transforms {
namespace {

using Json = nlohmann::ordered_json;

std::string Readme() {
  std::ifstream file(README);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<Json> Examples() {
  std::vector<Json> examples;
  const std::string text = Readme();
  for (std::size_t at = 0; (at = text.find("```json\n", at)) != std::string::npos;) {
    const auto begin = at + 8;
    at = text.find("```", begin);
    examples.push_back(Json::parse(text.substr(begin, at - begin)));
  }
  return examples;
}

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

TEST(Readme, HasAnExampleOfEachClass) {
  std::set<std::string> shown;
  for (const Json& example : Examples()) shown.insert(ClassOf(example["type"]));
  std::set<std::string> all;
  for (const PluginEntry& entry : Entries()) all.insert(entry.name);
  EXPECT_EQ(shown, all);
}

TEST(Readme, EachExampleDoesWhatItSays) {
  for (const Json& example : Examples()) {
    for (const bool with_schema : {false, true}) {
      const std::string type = example["type"];
      SCOPED_TRACE(type + (with_schema ? " with a schema" : ""));
      RawConfig config;
      for (const auto& [key, value] : example["config"].items()) config[key] = value;
      Record record = RecordOf(example["before"], with_schema);
      if (EntryOf(type).kind == PluginKind::kPredicate) {
        const auto predicate = MakePredicate(type, config);
        EXPECT_TRUE(predicate->Test(record.ref()));
        if (!example.contains("other")) continue;
        Record other = RecordOf(example["other"], with_schema);
        EXPECT_FALSE(predicate->Test(other.ref()));
        continue;
      }
      const auto transform = MakeTransform(type, config);
      const bool goes_on = transform->Apply(record.ref());
      EXPECT_EQ(goes_on, !example["after"].is_null());
      if (!goes_on) continue;
      ExpectRecord(example["after"], record);
      const auto data = record.value.data();
      if (data && data->schema) {
        EXPECT_EQ(SchemaProblem(*data->schema, data->value), "");
      }
    }
  }
}

}  // namespace
}  // namespace framespool::transforms
