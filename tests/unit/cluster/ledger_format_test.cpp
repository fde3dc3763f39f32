#include <cluster/ledger_format.h>

#include <gmock/gmock.h>

#include <stdexcept>

namespace framespool::cluster {
namespace {

using State = LedgerTask::State;

Ledger Example() {
  const auto share = [](const char* file) { return std::make_shared<const RawConfig>(RawConfig{{"files", file}}); };
  Ledger ledger{
      .revision = 3, .generation = 2, .last_epoch = 17, .numbers = 4, .split = {share("a"), share("b")}, .tasks = {}};
  ledger.tasks.push_back({.state = State::kRun,
                          .share = ledger.split[1],
                          .revision = 3,
                          .worker = "w1",
                          .session = "w1-5f",
                          .epoch = 17,
                          .after = 12,
                          .crashes = 1,
                          .blamed = 12,
                          .only = "w1",
                          .to = "w2",
                          .refused = {{"w3", "there is no b"}},
                          .reason = "why"});
  ledger.tasks.push_back({.state = State::kWaiting, .share = share("old"), .revision = 2, .worker = {}, .session = {}});
  return ledger;
}

TEST(LedgerFormatTest, IsReadAsItWasWritten) {
  const std::string text = ToJson(Example());
  const Ledger read = LedgerFromJson(text);
  EXPECT_EQ(ToJson(read), text);
  EXPECT_EQ(read.tasks[0].share, read.split[1]) << "one object, as it was";
  EXPECT_EQ(read.tasks[0].refused.at("w3"), "there is no b");
  EXPECT_EQ(read.tasks[1].share->at("files"), "old");
  EXPECT_EQ(read.last_epoch, 17u);
}

TEST(LedgerFormatTest, KnowsWhatAConnectorIsBlamedFor) {
  Ledger ledger = Example();
  ledger.crashes = 3;
  ledger.blamed = {{"w1", 1000}, {"w2", 2000}};
  ledger.confined = true;
  const Ledger read = LedgerFromJson(ToJson(ledger));
  EXPECT_EQ(read.crashes, 3);
  EXPECT_EQ(read.blamed, ledger.blamed);
  EXPECT_TRUE(read.confined);
  EXPECT_FALSE(LedgerFromJson(ToJson(Example())).confined);
}

TEST(LedgerFormatTest, StaysWhatATopicMayHave) {
  EXPECT_EQ(
      ToJson(Example()),
      R"({"epoch":17,"generation":2,"numbers":4,"revision":3,"split":[{"files":"a"},{"files":"b"}],"tasks":[)"
      R"({"after":12,"blamed":12,"crashes":1,"epoch":17,"only":"w1","reason":"why","refused":{"w3":"there is no b"},)"
      R"("revision":3,"session":"w1-5f","share":1,"state":"run","to":"w2","worker":"w1"},)"
      R"({"epoch":0,"revision":2,"share":{"files":"old"},"state":"waiting"}]})");
}

TEST(LedgerFormatTest, KeysThatAreNotKnownArePassedBy) {
  std::string text = ToJson(Example());
  text.insert(1, R"("new":{"of":"a newer worker"},)");
  EXPECT_EQ(LedgerFromJson(text).revision, 3u);
}

TEST(LedgerFormatTest, WhatIsNoLedgerIsRefused) {
  for (
      const char* text :
      {"", "{", "[]", "null", "{}", R"({"revision":-1})",
       R"({"epoch":1,"generation":1,"numbers":1,"revision":1,"split":[],"tasks":[{"state":"run","share":0,"revision":1,"epoch":1,"session":"s"}]})",
       R"({"epoch":1,"generation":1,"numbers":1,"revision":1,"split":[{}],"tasks":[{"state":"walk","share":0,"revision":1,"epoch":1}]})",
       R"({"epoch":1,"generation":1,"numbers":1,"revision":1,"split":[{}],"tasks":[{"state":"run","share":0,"revision":1,"epoch":1}]})",
       R"({"epoch":1,"generation":1,"numbers":1,"revision":1,"split":[{"a":1}],"tasks":[]})"})
    EXPECT_THROW(LedgerFromJson(text), std::invalid_argument) << text;
}

TEST(LedgerFormatTest, BytesThatAreNoTextDoNotFail) {
  Ledger ledger = Example();
  ledger.split[0] = std::make_shared<const RawConfig>(RawConfig{{"files", "\xff"}});
  EXPECT_NO_THROW(LedgerFromJson(ToJson(ledger)));
}

}  // namespace
}  // namespace framespool::cluster
