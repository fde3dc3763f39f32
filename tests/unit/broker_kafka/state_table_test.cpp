#include "state_table.h"

#include <gmock/gmock.h>

namespace framespool::broker {
namespace {

StateRecord Foreign(const std::string& key, std::optional<std::string> value) {
  return {.key = key, .value = std::move(value)};
}

StateRecord Own(const std::string& key, std::optional<std::string> value, std::uint64_t sequence) {
  return {.key = key, .value = std::move(value), .own = true, .written_sequence = sequence};
}

class StateTableTest : public testing::Test {
 protected:
  Sequence sequence_;
  StateTable table_{sequence_, false};
};

TEST_F(StateTableTest, TheLaterPlaceCountsInWhateverOrderRecordsCome) {
  table_.Take(Own("k", "new", sequence_.Next()), {0, 7}, false);
  table_.Take(Foreign("k", "old"), {0, 3}, true);
  EXPECT_EQ(table_.Find("k")->value, "new");
  table_.Take(Foreign("k", "newest"), {0, 9}, true);
  EXPECT_EQ(table_.Find("k")->value, "newest");
}

TEST_F(StateTableTest, SequencesRiseWithPlacesWhateverRecordsSayOfThemselves) {
  StateRecord skewed = Foreign("k", "a");
  skewed.written_sequence = ~std::uint64_t{0};
  table_.Take(skewed, {0, 1}, true);
  const std::uint64_t first = table_.Find("k")->sequence;
  EXPECT_LT(first, ~std::uint64_t{0});
  const std::uint64_t mine = sequence_.Next();
  table_.Take(Own("k", "b", mine), {0, 2}, true);
  EXPECT_EQ(table_.Find("k")->sequence, mine) << "a number of this process stays";
  table_.Take(Foreign("k", "c"), {0, 3}, true);
  EXPECT_GT(table_.Find("k")->sequence, mine);
  table_.Take(Own("k", "d", mine), {0, 4}, true);
  EXPECT_GT(table_.Find("k")->sequence, mine + 1) << "a later place has a higher one, even so";
}

TEST_F(StateTableTest, WhatWasTakenBackIsGoneAndAnOlderRecordDoesNotBringItBack) {
  table_.Take(Foreign("k", "a"), {0, 1}, true);
  table_.Take(Own("k", std::nullopt, sequence_.Next()), {0, 5}, false);
  EXPECT_FALSE(table_.Find("k"));
  table_.Take(Foreign("k", "b"), {0, 3}, true);
  EXPECT_FALSE(table_.Find("k"));
  EXPECT_TRUE(table_.All("").empty());
  table_.Take(Own("k", std::nullopt, 0), {0, 5}, true);
  table_.Take(Foreign("k", "c"), {0, 6}, true);
  EXPECT_EQ(table_.Find("k")->value, "c");
}

TEST_F(StateTableTest, TellsOfWhatWasTakenBackWhereThatIsAsked) {
  StateTable keeping(sequence_, true);
  keeping.Take(Foreign("k", "a"), {0, 1}, true);
  keeping.Take(Foreign("k", std::nullopt), {0, 2}, true);
  ASSERT_TRUE(keeping.Find("k"));
  EXPECT_EQ(keeping.Find("k")->value, std::nullopt);
  EXPECT_EQ(keeping.All("").size(), 1U);
}

TEST_F(StateTableTest, ListsKeysThatBeginSoInTheirOrder) {
  for (const char* key : {"b", "ab", "a", "ac", "c"}) table_.Take(Foreign(key, "x"), {0, 1}, true);
  std::vector<std::string> keys;
  for (const StateRecord& record : table_.All("a")) keys.push_back(record.key);
  EXPECT_THAT(keys, testing::ElementsAre("a", "ab", "ac"));
}

}  // namespace
}  // namespace framespool::broker
