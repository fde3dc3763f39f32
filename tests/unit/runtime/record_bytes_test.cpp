#include <broker/broker.h>
#include <framespool/data.h>
#include <gmock/gmock.h>

#include <limits>

#include <runtime/record_bytes.h>

namespace framespool::runtime {
namespace {

using testing::HasSubstr;

SchemaPtr Of(DataType type) { return std::make_shared<const Schema>(Schema{.type = type}); }

SourceRecord With(Value value) {
  SourceRecord record;
  record.topic = "t";
  record.value = std::move(value);
  return record;
}

std::string JsonOf(Datum value, SchemaPtr schema = nullptr) {
  SourceRecord record = With(std::make_shared<const Data>(Data{std::move(schema), std::move(value)}));
  MakeBytes(record);
  return std::string(record.value.text());
}

class Codec final : public PictureCodec {
 public:
  Pixels Decode(const Payload&) const override { return {}; }
  Payload Encode(const Pixels& pixels) const override {
    if (pixels.width == 0) throw std::runtime_error("there are no pixels");
    return TextPayload("encoded");
  }
};

TEST(RecordBytes, LeavesNullAndBytesAsTheyAre) {
  SourceRecord tombstone = With(nullptr);
  MakeBytes(tombstone);
  EXPECT_TRUE(tombstone.value.is_null());
  EXPECT_TRUE(tombstone.headers.empty());
  const Payload bytes = TextPayload("frame");
  SourceRecord frame = With(bytes);
  MakeBytes(frame);
  EXPECT_EQ(frame.value.bytes().data(), bytes.bytes().data());
  EXPECT_TRUE(frame.headers.empty());
}

TEST(RecordBytes, EncodesAPictureAndSaysWhatItIs) {
  SourceRecord record =
      With(std::make_shared<const Picture>(Pixels{.width = 2, .height = 1}, "image/x", std::make_shared<Codec>()));
  MakeBytes(record);
  EXPECT_EQ(record.value.text(), "encoded");
  EXPECT_EQ(record.value.picture(), nullptr);
  EXPECT_EQ(FindHeader(record.headers, "content-type"), "image/x");
}

TEST(RecordBytes, WritesStructuredDataAsConnectsJsonWithoutSchemas) {
  EXPECT_EQ(JsonOf(Datum()), "null");
  EXPECT_EQ(JsonOf(Datum(std::int8_t{-3})), "-3");
  EXPECT_EQ(JsonOf(Datum(std::numeric_limits<std::int64_t>::max())), "9223372036854775807");
  EXPECT_EQ(JsonOf(Datum(0.5)), "0.5");
  EXPECT_EQ(JsonOf(Datum(0.1F)), "0.1");
  EXPECT_EQ(JsonOf(Datum(std::numeric_limits<double>::quiet_NaN())), "\"NaN\"");
  EXPECT_EQ(JsonOf(Datum(-std::numeric_limits<float>::infinity())), "\"-Infinity\"");
  EXPECT_EQ(JsonOf(Datum(true)), "true");
  EXPECT_EQ(JsonOf(Datum("a \"quoted\" \xc3\xa9")), "\"a \\\"quoted\\\" \xc3\xa9\"");
  EXPECT_EQ(JsonOf(Datum(TextPayload(""))), "\"\"");
  EXPECT_EQ(JsonOf(Datum(TextPayload("f"))), "\"Zg==\"");
  EXPECT_EQ(JsonOf(Datum(TextPayload("fo"))), "\"Zm8=\"");
  EXPECT_EQ(JsonOf(Datum(TextPayload("foo"))), "\"Zm9v\"");
  EXPECT_EQ(JsonOf(Datum(TextPayload("\xff\xfe\xfd\xfc"))), "\"//79/A==\"");
  EXPECT_EQ(JsonOf(Datum(Array{Datum("a"), Datum()})), "[\"a\",null]");
  EXPECT_EQ(JsonOf(Datum(Map{{Datum("b"), Datum(std::int32_t{1})}, {Datum("a"), Datum(false)}})),
            "{\"b\":1,\"a\":false}");
  EXPECT_EQ(JsonOf(Datum(Map{{Datum(std::int32_t{1}), Datum("x")}})), "[[1,\"x\"]]");
  const auto schema = std::make_shared<const Schema>(
      Schema{.type = DataType::kStruct, .fields = {{"n", Of(DataType::kInt32)}, {"a", Of(DataType::kString)}}});
  EXPECT_EQ(JsonOf(Datum(Struct{schema, {Datum(std::int32_t{7}), Datum("x")}}), schema), "{\"n\":7,\"a\":\"x\"}");
}

TEST(RecordBytes, KeepsTheContentTypeThatARecordHas) {
  SourceRecord record = With(std::make_shared<const Data>(Data{nullptr, Datum("x")}));
  record.headers.push_back({"content-type", "application/vnd.example+json"});
  MakeBytes(record);
  ASSERT_EQ(record.headers.size(), 1U);
  EXPECT_EQ(record.headers[0].value, "application/vnd.example+json");
  SourceRecord plain = With(std::make_shared<const Data>(Data{nullptr, Datum("x")}));
  MakeBytes(plain);
  EXPECT_EQ(FindHeader(plain.headers, "content-type"), "application/json");
}

std::string RefusalOf(Value value) {
  SourceRecord record = With(std::move(value));
  try {
    MakeBytes(record);
  } catch (const broker::RecordRefused& refused) {
    return refused.what();
  }
  return "taken";
}

TEST(RecordBytes, RefusesWhatCannotBeBytes) {
  EXPECT_THAT(RefusalOf(std::make_shared<const Picture>(Pixels{}, "image/x", std::make_shared<Codec>())),
              HasSubstr("there are no pixels"));
  EXPECT_THAT(RefusalOf(std::make_shared<const Data>(Data{Of(DataType::kInt8), Datum("x")})),
              HasSubstr("topic t cannot be written as bytes: the value must be int8, but is string"));
}

}  // namespace
}  // namespace framespool::runtime
