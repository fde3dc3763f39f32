#include <base/log.h>

#include <gmock/gmock.h>

namespace framespool::log {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::string WrittenText(const std::function<void()>& write) {
  testing::internal::CaptureStderr();
  write();
  return testing::internal::GetCapturedStderr();
}

TEST(Log, WritesALineWithItsLoggerToStderr) {
  EXPECT_THAT(WrittenText([] { Info("herder", "hello"); }), HasSubstr("[herder] hello\n"));
}

TEST(Log, ALevelHoldsForALoggerAndThoseBelowIt) {
  Debug("camera|task-0", "makes itself known");
  EXPECT_THAT(SetLevel("camera", "debug"), testing::ElementsAre("camera", "camera|task-0"));
  EXPECT_THAT(WrittenText([] { Debug("camera|task-0", "seen"); }), HasSubstr("seen"));
  EXPECT_THAT(WrittenText([] { Debug("camera|task-1", "seen too"); }), HasSubstr("seen too"));
  EXPECT_THAT(WrittenText([] { Debug("cameras|task-0", "not seen"); }), IsEmpty());
  EXPECT_EQ(Levels().at("camera").level, "DEBUG");
  EXPECT_TRUE(Levels().at("camera").last_modified.has_value());
}

TEST(Log, TheRootsLevelHoldsForAll) {
  EXPECT_THAT(SetLevel("root", "OFF"), Contains("root"));
  EXPECT_THAT(WrittenText([] { Error("herder", "nothing"); }), IsEmpty());
  EXPECT_THAT(WrittenText([] { Error("never seen before", "nothing"); }), IsEmpty());
  SetLevel("root", "INFO");
  EXPECT_THAT(WrittenText([] { Error("herder", "something"); }), Not(IsEmpty()));
}

TEST(Log, KnowsItsLevels) {
  for (const char* level : {"TRACE", "debug", "Info", "WARN", "ERROR", "FATAL", "OFF"})
    EXPECT_TRUE(IsLevel(level)) << level;
  for (const char* level : {"", "loud", "INFO "}) EXPECT_FALSE(IsLevel(level)) << level;
}

TEST(Log, KeepsTheLastLinesAndNumbersThemWithoutGaps) {
  testing::internal::CaptureStderr();
  const auto before = NewestLine();
  for (int i = 0; i < 5000; ++i) Info(i % 2 ? "left|task-0" : "right|task-0", std::to_string(i));
  testing::internal::GetCapturedStderr();
  EXPECT_EQ(NewestLine(), before + 5000);
  const auto kept = Tail(0, LogLevel::kInfo, "", 10000);
  ASSERT_THAT(kept, SizeIs(4000));
  EXPECT_EQ(kept.back().message, "4999");
  EXPECT_EQ(kept.front().sequence + 3999, kept.back().sequence);
  EXPECT_THAT(Tail(NewestLine() - 10, LogLevel::kInfo, "left", 100), SizeIs(5));
  EXPECT_THAT(Tail(NewestLine() - 10, LogLevel::kWarn, "", 100), IsEmpty());
  EXPECT_THAT(Tail(NewestLine(), LogLevel::kTrace, "", 100), IsEmpty());
  EXPECT_THAT(Tail(0, LogLevel::kTrace, "", 7), SizeIs(7));
}

}  // namespace
}  // namespace framespool::log
