// What the examples in docs/transforms do not show: edges, wrong types, nulls.
#include <base/data_json.h>
#include <gmock/gmock.h>

#include <limits>

#include "date_pattern.h"
#include "numbers.h"
#include "pattern.h"
#include "records.h"
#include "shape_transforms.h"
#include "text_of.h"

namespace framespool::transforms {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Json = nlohmann::ordered_json;

std::string After(const std::string& type, const RawConfig& config, Record record) {
  if (!MakeTransform(type, config)->Apply(record.ref())) return "left out";
  const Value& value = type.ends_with("$Key") ? record.key : record.value;
  if (const auto data = value.data()) return ToJson(*data);
  return value.is_null() ? "null" : std::string(value.text());
}

std::string Thrown(const std::string& type, const RawConfig& config, Record record) {
  try {
    MakeTransform(type, config)->Apply(record.ref());
  } catch (const std::exception& error) {
    return error.what();
  }
  return "nothing";
}

Record Valued(const char* json, bool with_schema = false) {
  Record record;
  record.value = ValueOf(Json::parse(json), with_schema);
  return record;
}

std::string Problem(const std::string& type, const RawConfig& config) {
  for (const FieldResult& result : EntryOf(type).describe().Validate(config)) {
    if (!result.errors.empty()) return result.name + " " + result.errors.front().message;
  }
  return "";
}

TEST(FieldTransforms, SayWhatTheyWantWhereARecordHasNoFields) {
  for (const char* type : {"MaskField$Value", "HeaderFrom$Value", "ValueToKey"}) {
    const RawConfig config{{"fields", "a"}, {"headers", "h"}, {"operation", "copy"}};
    EXPECT_THAT(Thrown(type, config, {}), HasSubstr("but it is null")) << type;
    EXPECT_THAT(Thrown(type, config, Valued("[1]")), HasSubstr("but it is an array")) << type;
    Record bytes;
    bytes.value = TextPayload("frame");
    EXPECT_THAT(Thrown(type, config, bytes), HasSubstr("value.converter makes data of bytes")) << type;
  }
}

TEST(FieldTransforms, LetNullPassWhereKafkaConnectDoes) {
  EXPECT_EQ(After("InsertField$Value", {{"topic.field", "t"}}, {}), "null");
  EXPECT_EQ(After("ReplaceField$Key", {{"exclude", "t"}}, {}), "null");
  EXPECT_EQ(After("Cast$Value", {{"spec", "string"}}, {}), "null");
  EXPECT_EQ(After("ExtractField$Value", {{"field", "t"}}, {}), "null");
  EXPECT_EQ(After("Flatten$Value", {}, {}), "null");
  EXPECT_EQ(After("TimestampConverter$Value", {{"target.type", "unix"}}, {}), "null");
  EXPECT_EQ(After("HoistField$Value", {{"field", "t"}}, {}), R"({"t":null})");
}

TEST(FieldTransforms, AFieldThatIsNotThereIsNullWithoutASchemaAndAnErrorWithOne) {
  EXPECT_EQ(After("ExtractField$Value", {{"field", "b"}}, Valued(R"({"a":1})")), "null");
  EXPECT_THAT(Thrown("ExtractField$Value", {{"field", "b"}}, Valued(R"({"a":1})", true)), HasSubstr("no field b"));
  EXPECT_EQ(After("MaskField$Value", {{"fields", "b"}}, Valued(R"({"a":1})")), R"({"a":1,"b":null})");
  EXPECT_EQ(After("MaskField$Value", {{"fields", "b"}}, Valued(R"({"a":1})", true)), R"({"a":1})");
  EXPECT_THAT(Thrown("ValueToKey", {{"fields", "b"}}, Valued(R"({"a":1})", true)), HasSubstr("no field b"));
}

TEST(FieldTransforms, MakeAStructRequiredWhereKafkaConnectDoes) {
  const auto is_optional_behind = [](const std::string& type, const RawConfig& config) {
    const auto schema = std::make_shared<const Schema>(Schema{
        .type = DataType::kStruct, .optional = true, .name = "n", .fields = {{"a", Plain(DataType::kInt64, true)}}});
    Record record;
    record.value = std::make_shared<const Data>(Data{schema, Datum(Struct{schema, {Datum(std::int64_t{1})}})});
    MakeTransform(type, config)->Apply(record.ref());
    EXPECT_EQ(record.value.data()->schema->name, "n") << type;
    return record.value.data()->schema->optional;
  };
  EXPECT_FALSE(is_optional_behind("InsertField$Value", {{"topic.field", "t"}}));
  EXPECT_FALSE(is_optional_behind("ReplaceField$Value", {{"exclude", "b"}}));
  EXPECT_FALSE(is_optional_behind("Flatten$Value", {}));
  EXPECT_FALSE(is_optional_behind("HeaderFrom$Value", {{"fields", "a"}, {"headers", "h"}, {"operation", "move"}}));
  EXPECT_TRUE(is_optional_behind("Cast$Value", {{"spec", "a:string"}}));
  EXPECT_TRUE(is_optional_behind("MaskField$Value", {{"fields", "a"}}));
  EXPECT_TRUE(is_optional_behind("TimestampConverter$Value", {{"field", "a"}, {"target.type", "Date"}}));
}

TEST(InsertField, MarksFieldsRequiredOrOptionalInTheSchema) {
  Record record = Valued(R"({"a":1})", true);
  record.partition = 3;
  record.timestamp = Timestamp(std::chrono::milliseconds(5));
  MakeTransform("InsertField$Value", {{"partition.field", "p!"}, {"timestamp.field", "at?"}})->Apply(record.ref());
  const auto data = record.value.data();
  EXPECT_FALSE(FieldOf(*data->schema, "p")->schema->optional);
  EXPECT_TRUE(FieldOf(*data->schema, "at")->schema->optional);
  EXPECT_EQ(FieldOf(*data->schema, "at")->schema->name, kTimestampName);
  EXPECT_EQ(ToJson(*data), R"({"a":1,"p":3,"at":5})");
}

TEST(InsertField, RefusesAnOffsetOfASourcesRecordAndAFieldThatIsThere) {
  EXPECT_THAT(Thrown("InsertField$Value", {{"offset.field", "o"}}, Valued("{}")), HasSubstr("for sinks"));
  EXPECT_THAT(Thrown("InsertField$Value", {{"topic.field", "a"}}, Valued(R"({"a":1})", true)), HasSubstr("already"));
  EXPECT_EQ(After("InsertField$Value", {{"topic.field", "a"}}, Valued(R"({"a":1})")), R"({"a":"t"})");
  EXPECT_THAT(Problem("InsertField", {}), HasSubstr("must name a field"));
  EXPECT_THAT(Problem("InsertField", {{"static.field", "a"}}), HasSubstr("static.value must not be empty"));
}

TEST(ReplaceField, IncludesOnlySomeAndRefusesPairsThatAreNone) {
  EXPECT_EQ(After("ReplaceField$Value", {{"include", "a,b"}, {"exclude", "b"}}, Valued(R"({"a":1,"b":2,"c":3})", true)),
            R"({"a":1})");
  for (const char* pair : {"a", "a:", ":b", "a:b:c"})
    EXPECT_THAT(Problem("ReplaceField", {{"renames", pair}}), HasSubstr("renames must be pairs")) << pair;
}

TEST(MaskField, ReplacesByTypeAndRefusesWhatDoesNotFit) {
  EXPECT_EQ(After("MaskField$Value", {{"fields", "a,b"}, {"replacement", "7"}}, Valued(R"({"a":1.5,"b":"x"})", true)),
            R"({"a":7.0,"b":"7"})");
  EXPECT_THAT(Thrown("MaskField$Value", {{"fields", "a"}, {"replacement", "x"}}, Valued(R"({"a":1})")),
              HasSubstr("must be int64, but is \"x\""));
  EXPECT_THAT(Thrown("MaskField$Value", {{"fields", "a"}, {"replacement", "1"}}, Valued(R"({"a":true})")),
              HasSubstr("cannot mask field a"));
}

TEST(Cast, NarrowsAsJavaDoes) {
  const auto cast = [](const char* type, const char* value) {
    return After("Cast$Value", {{"spec", type}}, Valued(value));
  };
  EXPECT_EQ(cast("int8", "300"), "44");
  EXPECT_EQ(cast("int8", "-129"), "127");
  EXPECT_EQ(cast("int32", "1e20"), "2147483647");
  EXPECT_EQ(cast("int16", "1e20"), "-1");
  EXPECT_EQ(cast("int64", "-1e300"), "-9223372036854775808");
  EXPECT_EQ(cast("int64", "\"+5\""), "5");
  EXPECT_EQ(cast("boolean", "0.5"), "false");
  EXPECT_EQ(cast("boolean", "\"TRUE\""), "true");
  EXPECT_EQ(cast("boolean", "\"yes\""), "false");
  EXPECT_EQ(cast("float32", "true"), "1.0");
  EXPECT_EQ(cast("string", "10000000.0"), "\"1.0E7\"");
  EXPECT_THAT(Thrown("Cast$Value", {{"spec", "int8"}}, Valued("\"300\"")), HasSubstr("the value cannot become int8"));
  EXPECT_THAT(Thrown("Cast$Value", {{"spec", "a:int8"}}, Valued(R"({"a":"x"})")), HasSubstr("field a cannot become"));
  EXPECT_THAT(Thrown("Cast$Value", {{"spec", "int8"}}, Valued("[1]")), HasSubstr("it is array"));
}

TEST(Cast, ToFloatsIsWrittenAsJavaWritesThem) {
  EXPECT_EQ(After("Cast$Value", {{"spec", "a:float32,b:float32,c:float64"}},
                  Valued(R"({"a":0.1,"b":1e300,"c":"-Infinity"})")),
            R"({"a":0.1,"b":"Infinity","c":"-Infinity"})");
}

TEST(Cast, MakesTextOfBytesAndOfTimes) {
  Record record;
  record.value = TextPayload("\xff\x01");
  EXPECT_EQ(After("Cast$Value", {{"spec", "string"}}, record), "\"/wE=\"");
  EXPECT_THAT(Thrown("Cast$Value", {{"spec", "int8"}}, record), HasSubstr("can only become text"));
  record.value = std::make_shared<const Data>(Data{Logical(kTimestampName, false), Datum(std::int64_t{1700000000123})});
  EXPECT_EQ(After("Cast$Value", {{"spec", "string"}}, record), "\"2023-11-14T22:13:20.123Z\"");
  EXPECT_EQ(After("Cast$Value", {{"spec", "int32"}}, record), std::to_string(static_cast<std::int32_t>(1700000000123)));
}

TEST(Cast, RefusesTypesThatAreNone) {
  for (const char* spec : {"bytes", "a:int9", "a:int8,int8", "a:"})
    EXPECT_THAT(Problem("Cast", {{"spec", spec}}), HasSubstr("spec must be")) << spec;
}

TEST(Flatten, CarriesOptionalityDownAndKeepsNullsAndArrays) {
  EXPECT_EQ(After("Flatten$Value", {}, Valued(R"({"a":{"b":null,"c":[1,2]},"d":{"e":{"f":1}}})")),
            R"({"a.b":null,"a.c":[1,2],"d.e.f":1})");
  const auto inner = std::make_shared<const Schema>(
      Schema{.type = DataType::kStruct, .optional = true, .fields = {{"b", Plain(DataType::kInt8, false)}}});
  const auto outer = std::make_shared<const Schema>(Schema{.type = DataType::kStruct, .fields = {{"a", inner}}});
  Record record;
  record.value = std::make_shared<const Data>(Data{outer, Datum(Struct{outer, {Datum()}})});
  MakeTransform("Flatten$Value", {})->Apply(record.ref());
  const auto flat = record.value.data();
  EXPECT_EQ(ToJson(*flat), R"({"a.b":null})");
  EXPECT_EQ(SchemaProblem(*flat->schema, flat->value), "");
}

TEST(ExtractField, FollowsPathsOfTheSecondSyntaxOnly) {
  using Path = std::vector<std::string>;
  EXPECT_EQ(ExtractField::PathOf("a.b", "V1"), Path{"a.b"});
  EXPECT_EQ(ExtractField::PathOf("a.`b.c`.d", "V2"), (Path{"a", "b.c", "d"}));
  EXPECT_EQ(ExtractField::PathOf("a.`b", "V2"), std::nullopt);
  EXPECT_EQ(ExtractField::PathOf("a..b", "V2"), std::nullopt);
  EXPECT_THAT(Thrown("ExtractField$Value", {{"field", "a.b"}, {"field.syntax.version", "V2"}}, Valued(R"({"a":1})")),
              HasSubstr("it is int64"));
}

TEST(TimestampConverter, GoesFromEachFormToEachOther) {
  const auto convert = [](const RawConfig& config, Value value) {
    Record record;
    record.value = std::move(value);
    return After("TimestampConverter$Value", config, record);
  };
  const auto data = [](SchemaPtr schema, Datum value) {
    return Value(std::make_shared<const Data>(Data{std::move(schema), std::move(value)}));
  };
  const std::int64_t when = 1700000000123;
  const Value timestamp = data(Logical(kTimestampName, false), Datum(when));
  EXPECT_EQ(convert({{"target.type", "unix"}}, timestamp), "1700000000123");
  EXPECT_EQ(convert({{"target.type", "unix"}, {"unix.precision", "seconds"}}, timestamp), "1700000000");
  EXPECT_EQ(convert({{"target.type", "unix"}, {"unix.precision", "microseconds"}}, timestamp), "1700000000123000");
  EXPECT_EQ(convert({{"target.type", "Date"}}, timestamp), "19675");
  EXPECT_EQ(convert({{"target.type", "Time"}}, timestamp), "80000123");
  EXPECT_EQ(convert({{"target.type", "Time"}}, data(Plain(DataType::kInt64, false), Datum(std::int64_t{-1}))),
            "86399999");
  EXPECT_EQ(convert({{"target.type", "Timestamp"}, {"unix.precision", "seconds"}},
                    data(nullptr, Datum(std::int64_t{1700000000}))),
            "1700000000000");
  EXPECT_EQ(
      convert({{"target.type", "Timestamp"}, {"format", "dd.MM.yyyy HH:mm"}}, data(nullptr, Datum("14.11.2023 22:13"))),
      "1699999980000");
}

TEST(TimestampConverter, TakesTimesThatDoNotFitToTheNearestThatDo) {
  const auto convert = [](const RawConfig& config, std::int64_t time) {
    Record record;
    record.value = Value(std::make_shared<const Data>(Data{nullptr, Datum(time)}));
    return After("TimestampConverter$Value", config, record);
  };
  constexpr std::int64_t first = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t last = std::numeric_limits<std::int64_t>::max();
  const RawConfig seconds{{"target.type", "Timestamp"}, {"unix.precision", "seconds"}};
  EXPECT_EQ(convert(seconds, last), std::to_string(last));
  EXPECT_EQ(convert(seconds, first), std::to_string(first));
  EXPECT_EQ(convert({{"target.type", "Time"}}, first), "60424192");  // -9223372036854775808 mod 86400000
  EXPECT_EQ(TimeText(first), "16:47:04.192Z");
  for (const std::int64_t time : {first, last}) {
    EXPECT_NO_THROW(convert({{"target.type", "Date"}}, time));
    EXPECT_NO_THROW(convert({{"target.type", "string"}, {"format", "yyyy-MM-dd"}}, time));
  }
}

TEST(TimestampConverter, RefusesWhatIsNoTime) {
  EXPECT_THAT(Thrown("TimestampConverter$Value", {{"target.type", "unix"}, {"format", "yyyy"}}, Valued("\"soon\"")),
              HasSubstr("must be as format says (yyyy), but is \"soon\""));
  EXPECT_THAT(Thrown("TimestampConverter$Value", {{"target.type", "unix"}}, Valued("\"2023\"")),
              HasSubstr("needs format"));
  EXPECT_THAT(Thrown("TimestampConverter$Value", {{"target.type", "unix"}}, Valued("1.5")),
              HasSubstr("but is float64"));
  Record null;
  null.value = std::make_shared<const Data>(Data{Plain(DataType::kString, true), Datum()});
  EXPECT_THAT(Thrown("TimestampConverter$Value", {{"target.type", "unix"}, {"field", "a"}}, null),
              HasSubstr("wants a record whose value has fields"));
  EXPECT_THAT(Problem("TimestampConverter", {{"target.type", "string"}}), HasSubstr("format must not be empty"));
  EXPECT_THAT(Problem("TimestampConverter", {{"target.type", "moment"}}), HasSubstr("target.type must be one of"));
}

TEST(DatePattern, WritesAndReadsAsJavaDoes) {
  DatePattern pattern("EEE, d MMM yyyy HH:mm:ss.SSS Z X");
  EXPECT_EQ(pattern.Format(1700000000123), "Tue, 14 Nov 2023 22:13:20.123 +0000 Z");
  EXPECT_EQ(DatePattern("yyyyMMdd'T'HHmmss 'o''clock'").Format(0), "19700101T000000 o'clock");
  EXPECT_EQ(DatePattern("yyyyMMdd").Parse("20231114 and more"), 1699920000000);
  EXPECT_EQ(DatePattern("yyyy-MM-dd").Parse("2023-02-31"), 1677801600000) << "lenient as Java: 3 March";
  EXPECT_EQ(DatePattern("yyyy-MM-dd").Parse("2023/02/01"), std::nullopt);
  // XXX is Java's for a zone such as +02:00.
  EXPECT_EQ(DatePattern("yyyy-MM-dd XXX").Parse("2023-02-01 +02:00"), 1675202400000);
}

TEST(DatePattern, RefusesWhatIsNoneOrMeansOtherThingsHere) {
  for (const char* pattern : {"", "yyyy-bb", "'open", "SS", "SSSSSS", "u", "XXXX", "YYYY-cc"})
    EXPECT_TRUE(DatePattern::Problem(pattern)) << pattern;
  EXPECT_FALSE(DatePattern::Problem("yyyy-MM-dd'T'HH:mm:ss.SSSXXX 'bbb'"));
}

TEST(RegexRouter, ReplacesAsJavaDoes) {
  const auto route = [](const std::string& regex, const std::string& replacement, const std::string& topic) {
    Record record;
    record.topic = topic;
    MakeTransform("RegexRouter", {{"regex", regex}, {"replacement", replacement}})->Apply(record.ref());
    return record.topic;
  };
  EXPECT_EQ(route("(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)", "$11-$1", "abcdefghijk"), "k-a");
  EXPECT_EQ(route("(a)(b)?", "$1$2!", "a"), "a!");
  EXPECT_EQ(route("(a)b", "$12", "ab"), "a2") << "there is no group 12";
  EXPECT_EQ(route("a.c", "\\$0", "abc"), "$0");
  EXPECT_EQ(route("a|ab", "x", "ab"), "xb") << "the first match is replaced, not the whole";
  EXPECT_EQ(route("b", "x", "abc"), "abc") << "the pattern must match the whole";
}

TEST(RegexRouter, RefusesPatternsAndReplacementsThatCannotBe) {
  for (const char* pattern : {"(", "a(?=b)", "(a)\\1", "[", "a{1001}"}) {
    EXPECT_THAT(Problem("RegexRouter", {{"regex", pattern}, {"replacement", "x"}}), HasSubstr("regex must be"))
        << pattern;
  }
  for (const char* replacement : {"$2", "$", "${a}", "x\\", "$x", "${"})
    EXPECT_THAT(Problem("RegexRouter", {{"regex", "(a)"}, {"replacement", replacement}}), HasSubstr("replacement "))
        << replacement;
}

TEST(Headers, HaveValuesAsKafkaConnectWritesThem) {
  Record record = Valued(R"({"a":1.5,"b":true,"c":{"k":"v\"w"},"d":null,"e":1e10})");
  MakeTransform("HeaderFrom$Value", {{"fields", "a,b,c,d,e"}, {"headers", "a,b,c,d,e"}, {"operation", "copy"}})
      ->Apply(record.ref());
  EXPECT_THAT(record.headers, ElementsAre(Header{"a", "1.5"}, Header{"b", "true"}, Header{"c", R"({"k":"v\"w"})"},
                                          Header{"d", ""}, Header{"e", "1.0E10"}));
  EXPECT_THAT(Problem("HeaderFrom", {{"fields", "a,b"}, {"headers", "a"}, {"operation", "copy"}}),
              HasSubstr("headers must name as many"));
}

TEST(Predicates, EveryNthCountsAndSizeAboveWantsBytes) {
  const auto every = MakePredicate("EveryNth", {{"n", "3"}});
  std::vector<bool> answers;
  Record record;
  for (int i = 0; i < 6; ++i) answers.push_back(every->Test(record.ref()));
  EXPECT_THAT(answers, ElementsAre(false, false, true, false, false, true));
  Record data = Valued("{}");
  EXPECT_ANY_THROW(MakePredicate("SizeAbove", {{"bytes", "1"}})->Test(data.ref()));
  EXPECT_THAT(Problem("EveryNth", {{"n", "0"}}), HasSubstr("at least 1"));
  EXPECT_THAT(Problem("TopicNameMatches", {{"pattern", "*"}}), HasSubstr("must be a regular expression"));
}

TEST(JavaText, IsThatOfDoubleToString) {
  const std::pair<double, const char*> all[] = {{1, "1.0"},
                                                {100, "100.0"},
                                                {1e7, "1.0E7"},
                                                {0.001, "0.001"},
                                                {0.0001, "1.0E-4"},
                                                {1234567.125, "1234567.125"},
                                                {-2.5, "-2.5"},
                                                {1.5e300, "1.5E300"},
                                                {0.1, "0.1"},
                                                {9999999, "9999999.0"},
                                                {12345678.9, "1.23456789E7"}};
  for (const auto& [value, text] : all) EXPECT_EQ(JavaText(value), text);
  EXPECT_EQ(JavaText(0.1F), "0.1");
}

}  // namespace
}  // namespace framespool::transforms
