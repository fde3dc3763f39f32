#include <base/escape.h>
#include <base/log.h>

#include <gmock/gmock.h>

namespace framespool::log {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Escape, LeavesTextAsItIs) {
  const std::string text = "frame 12 of /v/Tür €.mp4 \"x\" \\ 日本 \xf0\x9f\x8e\xa5";
  EXPECT_EQ(Escaped(text), text);
}

TEST(Escape, ShowsWhatWouldEndALineOrMoveACursor) {
  EXPECT_EQ(Escaped("a\nb\rc\td"), "a\\nb\\rc\\td");
  EXPECT_EQ(Escaped(std::string_view("\0\x1b[2K\x7f", 6)), "\\x00\\x1b[2K\\x7f");
  EXPECT_EQ(Escaped("\xc2\x85\xc2\x9b"), "\\x85\\x9b") << "C1: next line, and a terminal's introducer";
  EXPECT_EQ(Escaped("\xe2\x80\xa8"), "\\u2028") << "a line separator";
  EXPECT_EQ(Escaped("\xe2\x80\xae"
                    "gpj.exe"),
            "\\u202egpj.exe")
      << "reads from right to left";
}

TEST(Escape, ShowsBytesThatAreNoUtf8) {
  EXPECT_EQ(Escaped("\xff"), "\\xff");
  EXPECT_EQ(Escaped("a\x9b"), "a\\x9b");
  EXPECT_EQ(Escaped("\xc3"), "\\xc3");
  EXPECT_EQ(Escaped("\xc0\x8a"), "\\xc0\\x8a") << "an overlong newline";
  EXPECT_EQ(Escaped("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "half of a surrogate pair";
}

TEST(Log, KeepsOneEventOnOneLineWhateverItHolds) {
  testing::internal::CaptureStderr();
  const std::uint64_t before = NewestLine();
  Warn("cam\nera", "topic x\n2026-01-01 00:00:00.000 E [herder] forged");
  const std::string written = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(written.begin(), written.end(), '\n'), 1);
  EXPECT_THAT(written, HasSubstr("[cam\\nera] topic x\\n2026-01-01"));
  const auto lines = Tail(before, LogLevel::kTrace, "", 10);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0].message, Not(HasSubstr("\n")));
}

}  // namespace
}  // namespace framespool::log
