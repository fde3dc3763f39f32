#include <gmock/gmock.h>

#include <limits>

#include "base64.h"
#include "json_converter.h"
#include "number_converters.h"
#include "text_converters.h"

namespace framespool::converters {
namespace {

using testing::HasSubstr;

template <class T>
T With(const RawConfig& config = {}) {
  return T(T::Describe().Parse(config));
}

Value Structured(SchemaPtr schema, Datum value) {
  return std::make_shared<const Data>(Data{std::move(schema), std::move(value)});
}

SchemaPtr Of(DataType type, bool optional = false) {
  return std::make_shared<const Schema>(Schema{.type = type, .optional = optional});
}

template <class T>
std::string Written(T converter, const Value& value) {
  const Value bytes = converter.FromData("t", {}, value);
  return bytes.is_null() ? "null" : std::string(bytes.text());
}

/// There and back.
template <class T>
std::string Again(T converter, const std::string& text) {
  const Value data = converter.ToData("t", {}, TextPayload(text));
  if (data.is_null()) return "null";
  EXPECT_TRUE(data.data());
  return Written(std::move(converter), data);
}

template <class T>
std::string Problem(T converter, const std::string& text) {
  try {
    converter.ToData("t", {}, TextPayload(text));
  } catch (const std::exception& error) {
    return error.what();
  }
  return "nothing";
}

const RawConfig kBare{{"schemas.enable", "false"}};

TEST(EachConverter, LeavesBytesAndNullAsTheyAre) {
  const auto expect = [](auto converter) {
    const Payload frame = TextPayload("frame");
    EXPECT_EQ(converter.FromData("t", {}, frame).payload().owner(), frame.owner()) << "not a copy";
    EXPECT_TRUE(converter.FromData("t", {}, Value()).is_null());
  };
  expect(With<ByteArrayConverter>());
  expect(With<StringConverter>());
  expect(With<JsonConverter>());
  expect(With<LongConverter>());
  expect(With<BooleanConverter>());
}

TEST(JsonConverter, WritesAndReadsBareJson) {
  for (const char* text :
       {R"({"a":1,"b":[1.5,true,null,"x"],"c":{}})", "[]", "3", "\"x\"", "true", "-9223372036854775808"})
    EXPECT_EQ(Again(With<JsonConverter>(kBare), text), text);
  EXPECT_EQ(Again(With<JsonConverter>(kBare), "null"), "null");
  EXPECT_TRUE(With<JsonConverter>(kBare).ToData("t", {}, Payload()).is_null());
}

TEST(JsonConverter, WritesTheEnvelopeOfKafkaConnect) {
  const auto inner = std::make_shared<const Schema>(
      Schema{.type = DataType::kArray, .optional = true, .values = Of(DataType::kFloat32)});
  const auto map = std::make_shared<const Schema>(
      Schema{.type = DataType::kMap, .keys = Of(DataType::kInt8), .values = Of(DataType::kString)});
  const auto schema = std::make_shared<const Schema>(
      Schema{.type = DataType::kStruct,
             .name = "seen",
             .version = 2,
             .fields = {{"n", Of(DataType::kInt16)}, {"x", inner}, {"m", map}, {"b", Of(DataType::kBytes)}}});
  const Value value = Structured(
      schema, Datum(Struct{schema,
                           {Datum(std::int16_t{3}), Datum(Array{Datum(0.1F)}),
                            Datum(Map{{Datum(std::int8_t{1}), Datum("one")}}), Datum(TextPayload("\xff"))}}));
  const std::string text =
      R"({"schema":{"type":"struct","fields":[{"type":"int16","optional":false,"field":"n"},)"
      R"({"type":"array","items":{"type":"float","optional":false},"optional":true,"field":"x"},)"
      R"({"type":"map","keys":{"type":"int8","optional":false},"values":{"type":"string","optional":false},"optional":false,"field":"m"},)"
      R"({"type":"bytes","optional":false,"field":"b"}],"optional":false,"name":"seen","version":2},)"
      R"("payload":{"n":3,"x":[0.1],"m":[[1,"one"]],"b":"/w=="}})";
  EXPECT_EQ(Written(With<JsonConverter>(), value), text);
  EXPECT_EQ(Again(With<JsonConverter>(), text), text);
}

TEST(JsonConverter, WritesNumbersThatJsonDoesNotHaveAsText) {
  constexpr auto kInfinity = std::numeric_limits<double>::infinity();
  const auto written = [](Datum value) {
    return Written(With<JsonConverter>(kBare), Structured(nullptr, std::move(value)));
  };
  EXPECT_EQ(written(Datum(kInfinity)), "\"Infinity\"");
  EXPECT_EQ(written(Datum(-kInfinity)), "\"-Infinity\"");
  EXPECT_EQ(written(Datum(static_cast<float>(-kInfinity))), "\"-Infinity\"");
  EXPECT_EQ(written(Datum(std::numeric_limits<float>::quiet_NaN())), "\"NaN\"");
  EXPECT_EQ(written(Datum(0.1F)), "0.1");
}

TEST(JsonConverter, TellsANullWithASchemaFromOneWithout) {
  EXPECT_EQ(Written(With<JsonConverter>(), Structured(Of(DataType::kString, true), Datum())),
            R"({"schema":{"type":"string","optional":true},"payload":null})");
  EXPECT_EQ(Written(With<JsonConverter>(), Structured(nullptr, Datum("x"))), R"({"schema":null,"payload":"x"})");
  EXPECT_EQ(Written(With<JsonConverter>(), Structured(nullptr, Datum())), "null");
}

TEST(JsonConverter, SaysWhatIsWrongWithATextAndNotWhatItIs) {
  const auto bare = [] { return With<JsonConverter>(kBare); };
  const auto enveloped = [] { return With<JsonConverter>(); };
  EXPECT_THAT(Problem(bare(), "{\"secret"), AllOf(HasSubstr("must be JSON"), Not(HasSubstr("secret"))));
  EXPECT_THAT(Problem(bare(), std::string(100000, '[')), HasSubstr("more than 200 deep"));
  EXPECT_THAT(Problem(enveloped(), ""), HasSubstr("must be JSON"));
  EXPECT_THAT(Problem(enveloped(), R"({"a":1})"), HasSubstr("schemas.enable = false"));
  EXPECT_THAT(Problem(enveloped(), R"({"schema":{"type":"int9"},"payload":1})"), HasSubstr("\"int9\""));
  EXPECT_THAT(Problem(enveloped(), R"({"schema":{"type":"int8"},"payload":null})"), HasSubstr("not optional"));
  EXPECT_THAT(Problem(enveloped(), R"({"schema":{"type":"int8"},"payload":"x"})"),
              HasSubstr("the payload must be int8, but is \"x\""));
  EXPECT_THAT(Problem(enveloped(), R"({"schema":{"type":"bytes"},"payload":"%"})"), HasSubstr("base64"));
  EXPECT_THAT(Problem(enveloped(), R"({"schema":{"type":"struct"},"payload":{}})"), HasSubstr("lacks \"fields\""));
  EXPECT_THAT(Problem(enveloped(), R"({"schema":{"type":"array","items":null},"payload":[]})"), HasSubstr("\"items\""));
  std::string deep = R"({"type":"int8"})";
  for (int i = 0; i < 150; ++i) deep = R"({"type":"array","items":)" + deep + "}";
  EXPECT_THAT(Problem(enveloped(), R"({"schema":)" + deep + R"(,"payload":[]})"), HasSubstr("100 deep"));
}

TEST(JsonConverter, TakesANumberTooLargeForItsTypeAsJavaDoes) {
  const auto read = [](const std::string& type, const std::string& number) {
    return Again(With<JsonConverter>(),
                 R"({"schema":{"type":")" + type + R"(","optional":false},"payload":)" + number + "}");
  };
  const auto written = [](const std::string& type, const std::string& number) {
    return R"({"schema":{"type":")" + type + R"(","optional":false},"payload":)" + number + "}";
  };
  EXPECT_EQ(read("int64", "1e300"), written("int64", "9223372036854775807"));
  EXPECT_EQ(read("int64", "-1e300"), written("int64", "-9223372036854775808"));
  EXPECT_EQ(read("int8", "1e300"), written("int8", "-1"));
  EXPECT_EQ(read("int8", "300"), written("int8", "44"));
  EXPECT_EQ(read("int32", "2.9"), written("int32", "2"));
}

TEST(JsonConverter, RefusesDataThatIsNotAsItsSchemaSays) {
  EXPECT_THROW(With<JsonConverter>().FromData("t", {}, Structured(Of(DataType::kInt8), Datum("x"))),
               std::invalid_argument);
  EXPECT_THROW(With<JsonConverter>().FromData("t", {}, Structured(Of(DataType::kInt8), Datum())),
               std::invalid_argument);
}

TEST(StringConverter, ReadsAndWritesTextInUtf8Only) {
  EXPECT_EQ(Again(With<StringConverter>(), "Grüße"), "Grüße");
  for (const char* text : {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"})
    EXPECT_THAT(Problem(With<StringConverter>(), text), HasSubstr("UTF-8"));
  EXPECT_THROW(Written(With<StringConverter>(), Structured(nullptr, Datum(1.5))), std::invalid_argument);
}

TEST(NumberConverters, WriteTheHighestByteFirst) {
  EXPECT_EQ(Written(With<ShortConverter>(), Structured(nullptr, Datum(std::int16_t{258}))), "\x01\x02");
  EXPECT_EQ(Written(With<LongConverter>(), Structured(nullptr, Datum(std::int64_t{-1}))), std::string(8, '\xff'));
  EXPECT_EQ(Written(With<FloatConverter>(), Structured(nullptr, Datum(1.0F))), std::string("\x3f\x80\0\0", 4));
  for (const std::string& text : {std::string("\x80\0\0\x01", 4), std::string("\x7f\xff\xff\xff", 4)})
    EXPECT_EQ(Again(With<IntegerConverter>(), text), text);
  EXPECT_EQ(Again(With<DoubleConverter>(), std::string("\x40\x09\x21\xfb\x54\x44\x2d\x18", 8)),
            "\x40\x09\x21\xfb\x54\x44\x2d\x18");
  EXPECT_THAT(Problem(With<LongConverter>(), "1234"), HasSubstr("must be 8 bytes, an int64, but has 4"));
  EXPECT_THROW(Written(With<LongConverter>(), Structured(nullptr, Datum(std::int32_t{1}))), std::invalid_argument);
}

TEST(BooleanConverter, IsOneByte) {
  EXPECT_EQ(Again(With<BooleanConverter>(), "\x01"), "\x01");
  EXPECT_THAT(Problem(With<BooleanConverter>(), "\x02"), HasSubstr("one byte"));
}

TEST(ByteArrayConverter, TakesNoDataButBytes) {
  EXPECT_EQ(Written(With<ByteArrayConverter>(), Structured(nullptr, Datum(TextPayload("x")))), "x");
  EXPECT_THROW(Written(With<ByteArrayConverter>(), Structured(nullptr, Datum("x"))), std::invalid_argument);
}

TEST(Base64, IsThereAndBackTheSame) {
  for (const std::string& bytes : {std::string(), std::string("a"), std::string("ab"), std::string("abc\xff\0", 5)})
    EXPECT_EQ(FromBase64(Base64(bytes)), bytes);
  for (const char* text : {"a", "ab*=", "abc", "====="}) EXPECT_EQ(FromBase64(text), std::nullopt) << text;
}

}  // namespace
}  // namespace framespool::converters
