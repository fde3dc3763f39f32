#include <map>
#include <string>

#include "rest_test.h"

namespace framespool::rest {
namespace {

using testing::HasSubstr;

class RecordsApi : public RestTest {
 protected:
  RawClient::Answer Post(const std::string& body) { return Ask("POST", "/topics/t/records", body); }
  const produce::NewRecord& given() const { return fake_.records().given().back(); }
  /// What is wrong, "field kind", of each problem.
  std::vector<std::string> WrongIn(const std::string& body) {
    const auto answer = Post(body);
    EXPECT_EQ(answer.status, 400) << answer.body;
    const json problems = Parsed(answer)["problems"];
    std::vector<std::string> wrong;
    for (const json& problem : problems) wrong.push_back(problem.value("field", "") + " " + problem.value("kind", ""));
    return wrong;
  }
};

TEST_F(RecordsApi, WritesARecordAndTellsWhereItIs) {
  const auto answer = Post(R"({"key": "door", "value": "open\n", "headers": [{"key": "by", "value": "hand"}],
                               "partition": 1, "timestamp": 5, "sync_point": "before"})");
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(Parsed(answer), json::parse(R"({"topic": "t", "partition": 1, "offset": 7, "timestamp": 5})"));
  EXPECT_EQ(given().topic, "t");
  EXPECT_EQ(given().key, "door");
  EXPECT_EQ(given().value.text(), "open\n");
  EXPECT_EQ(given().headers, (Headers{{"by", "hand"}}));
  EXPECT_EQ(given().partition, 1);
  EXPECT_EQ(given().timestamp, Timestamp(std::chrono::milliseconds(5)));
  EXPECT_EQ(given().sync_point, SyncPoint::kBefore);
}

TEST_F(RecordsApi, TellsNullFromEmptyAndTakesBytesAndJson) {
  Post(R"({"value": null})");
  EXPECT_TRUE(given().value.is_null());
  EXPECT_FALSE(given().key || given().partition || given().timestamp || given().sync_point);
  Post(R"({"key": "", "value": ""})");
  EXPECT_FALSE(given().value.is_null());
  EXPECT_EQ(given().value.size(), 0U);
  EXPECT_EQ(given().key, "");
  Post(
      R"({"key": {"json": {"id": 7}}, "value": {"base64": "/wAK"}, "headers": [{"key": "h", "value": {"base64": "AA=="}}]})");
  EXPECT_EQ(given().key, R"({"id":7})");
  EXPECT_EQ(given().value.text(), std::string("\xff\0\n", 3));
  EXPECT_EQ(given().headers.front().value, std::string("\0", 1));
  Post(R"({"value": {"json": null}, "key": null, "headers": null, "partition": null, "timestamp": null})");
  EXPECT_EQ(given().value.text(), "null");
}

TEST_F(RecordsApi, NamesTheFieldOfEachThingThatIsWrong) {
  using testing::ElementsAre;
  EXPECT_THAT(WrongIn("{}"), ElementsAre("value required"));
  EXPECT_THAT(WrongIn(R"({"value": 7})"), ElementsAre("value wrong-type"));
  EXPECT_THAT(WrongIn(R"({"value": {"json": 1, "base64": ""}})"), ElementsAre("value wrong-type"));
  EXPECT_THAT(WrongIn(R"({"value": {"text": ""}})"), ElementsAre("value wrong-type"));
  for (const char* bad : {"?", "YQ", "YQ=", "YQ==\\n", "YQ-_"})
    EXPECT_THAT(WrongIn(R"({"value": {"base64": ")" + std::string(bad) + R"("}})"),
                ElementsAre("value.base64 invalid-value"))
        << bad;
  EXPECT_THAT(WrongIn(R"({"value": {"base64": 7}})"), ElementsAre("value.base64 wrong-type"));
  for (const char* bad : {"a\\u0000", "\\u007f", "\\u0085", "\\n"}) {
    EXPECT_THAT(WrongIn(R"({"value": null, "key": ")" + std::string(bad) + R"("})"), ElementsAre("key not-allowed"))
        << bad;
    EXPECT_THAT(WrongIn(R"({"value": null, "headers": [{"key": ")" + std::string(bad) + R"(", "value": ""}]})"),
                ElementsAre("headers[0].key not-allowed"));
  }
  EXPECT_THAT(WrongIn(R"({"value": null, "headers": {}})"), ElementsAre("headers wrong-type"));
  EXPECT_THAT(
      WrongIn(R"({"value": null, "headers": [7, {}, {"key": "", "value": null, "more": 1}]})"),
      ElementsAre("headers[0] wrong-type", "headers[1].key required", "headers[1].value required",
                  "headers[2].key invalid-value", "headers[2].more not-allowed", "headers[2].value wrong-type"));
  EXPECT_THAT(WrongIn(R"({"value": null, "partition": -1})"), ElementsAre("partition out-of-range"));
  EXPECT_THAT(WrongIn(R"({"value": null, "partition": 3000000000})"), ElementsAre("partition out-of-range"));
  EXPECT_THAT(WrongIn(R"({"value": null, "partition": 1.5})"), ElementsAre("partition out-of-range"));
  EXPECT_THAT(WrongIn(R"({"value": null, "partition": "1"})"), ElementsAre("partition wrong-type"));
  EXPECT_THAT(WrongIn(R"({"value": null, "timestamp": 18446744073709551615})"), ElementsAre("timestamp out-of-range"));
  EXPECT_THAT(WrongIn(R"({"value": null, "sync_point": "key"})"), ElementsAre("sync_point not-allowed"));
  EXPECT_THAT(WrongIn(R"({"value": null, "sync_point": 1})"), ElementsAre("sync_point wrong-type"));
  EXPECT_THAT(WrongIn(R"({"offset": 1})"), ElementsAre("offset not-allowed", "value required"));
  EXPECT_THAT(Post("[]"), IsError(400, "wanted: a record"));
  EXPECT_THAT(Post("{"), IsError(400, "Malformed JSON"));
  EXPECT_TRUE(fake_.records().given().empty());
}

TEST_F(RecordsApi, WritesToNoTopicThatThereIsNot) {
  EXPECT_THAT(Ask("POST", "/topics/nothing/records", R"({"value": "v"})"), IsError(404, "nothing"));
}

}  // namespace
}  // namespace framespool::rest
