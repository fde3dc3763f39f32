#include "topic_circles.h"

#include <gmock/gmock.h>

namespace framespool::herder {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TopicFlow Copy(const std::string& name, const std::string& from, const std::string& to) {
  return {.connector = name, .of_dead_letters = false, .from = {.names = {from}, .pattern = {}}, .to = to};
}
TopicFlow Dead(const std::string& name, const std::string& from, const std::string& to) {
  return {.connector = name, .of_dead_letters = true, .from = {.names = {from}, .pattern = {}}, .to = to};
}

TEST(TopicCircles, ASourceThatTakesBackWhatAnotherBringsClosesOne) {
  const auto warning = CircleOf(Copy("back", "b", "a"), {Copy("there", "a", "b"), Copy("aside", "a", "c")});
  ASSERT_TRUE(warning);
  EXPECT_EQ(warning->field, "topic");
  EXPECT_THAT(warning->message, HasSubstr("goes to a, which there takes to b; records go round for ever"));
}

TEST(TopicCircles, AreFoundOverSeveralConnectorsWhateverCirclesTheyHaveAmongThemselves) {
  EXPECT_TRUE(CircleOf(Copy("4", "d", "a"), {Copy("1", "a", "b"), Copy("2", "b", "c"), Copy("3", "c", "d")}));
  EXPECT_FALSE(CircleOf(Copy("4", "x", "a"), {Copy("1", "a", "b"), Copy("2", "b", "a")}));
  EXPECT_FALSE(CircleOf(Copy("line", "a", "b"), {Copy("on", "b", "c")}));
}

TEST(TopicCircles, AConnectorIsNoneWithWhatItWasBefore) {
  EXPECT_FALSE(CircleOf(Copy("one", "b", "a"), {Copy("one", "a", "b")}));
}

TEST(TopicCircles, TwoSinksThatAreEachOthersDeadLetterTopicAreOne) {
  const auto warning = CircleOf(Dead("two", "b", "a"), {Dead("one", "a", "b")});
  ASSERT_TRUE(warning);
  EXPECT_EQ(warning->field, "errors.deadletterqueue.topic.name");
  EXPECT_THAT(warning->message, HasSubstr("which one takes to b"));
}

TEST(TopicCircles, ASinkThatReadsByAPatternIsInThemToo) {
  TopicFlow sink = Dead("one", "", "b");
  sink.from = {.names = {}, .pattern = config::TopicPattern("a.*")};
  EXPECT_TRUE(CircleOf(Dead("two", "b", "a1"), {sink}));
  EXPECT_TRUE(CircleOf(sink, {Dead("two", "b", "a1")}));
  EXPECT_FALSE(CircleOf(sink, {Dead("two", "b", "ba")}));
}

TEST(TopicCircles, ASourceThatReadsByAPatternIsInThemToo) {
  TopicFlow source = Copy("one", "", "b");
  source.from = {.names = {}, .pattern = config::TopicPattern("a.*|b")};
  EXPECT_FALSE(CircleOf(source, {})) << "what it writes it does not read, though its pattern matches that";
  EXPECT_FALSE(CircleOf(source, {Copy("two", "b", "c")}));
  EXPECT_TRUE(CircleOf(source, {Copy("two", "b", "a1")}));
  EXPECT_TRUE(CircleOf(Copy("two", "b", "a1"), {source}));
}

TEST(TopicCircles, WhatSendsDeadLettersBackIsMeant) {
  EXPECT_FALSE(CircleOf(Copy("again", "dead", "a"), {Dead("sink", "a", "dead")}));
  EXPECT_FALSE(CircleOf(Dead("sink", "a", "dead"), {Copy("again", "dead", "a")}));
}

TEST(TopicCircles, AFlowIsWhatASourceReadsAndWhatASinkLeavesOut) {
  plugins::PluginClass copies{
      .class_name = "Copies", .kind = PluginKind::kSource, .version = {}, .summary = {}, .fields = {}};
  for (const char* name : {"from.topics", "topic"}) {
    FieldSpec field;
    field.name = name;
    field.role = Role::kTopic;
    copies.fields.push_back(field);
  }
  const auto flow = FlowOf("c", copies, {{"from.topics", "a, b"}, {"topic", "d"}});
  ASSERT_TRUE(flow);
  EXPECT_THAT(flow->from.names, ElementsAre("a", "b"));
  EXPECT_EQ(flow->to, "d");
  EXPECT_FALSE(FlowOf("c", copies, {{"topic", "d"}})) << "it reads none";
  FieldSpec pattern;
  pattern.name = "from.regex";
  pattern.role = Role::kTopicPattern;
  copies.fields.push_back(pattern);
  EXPECT_TRUE(FlowOf("c", copies, {{"from.regex", "a.*"}, {"topic", "d"}})->from.Hold("a1"));
  const plugins::PluginClass sink{
      .class_name = "S", .kind = PluginKind::kSink, .version = {}, .summary = {}, .fields = {}};
  RawConfig config{{"topics", "a"}, {"errors.deadletterqueue.topic.name", "dead"}};
  EXPECT_FALSE(FlowOf("s", sink, config)) << "it leaves nothing out";
  config["errors.tolerance"] = "all";
  EXPECT_TRUE(FlowOf("s", sink, config)->of_dead_letters);
}

}  // namespace
}  // namespace framespool::herder
