#include "topic_settings.h"

#include <gmock/gmock.h>

namespace framespool::broker {
namespace {

using testing::HasSubstr;

std::string Problem(const char* setting, const char* value) {
  return KafkaTopicSettingProblem(setting, value).value_or("");
}

TEST(KafkaTopicSettings, RefuseWhatEveryKafkaRefuses) {
  EXPECT_THAT(Problem("retention.ms", "abc"), HasSubstr("at least -1, but is \"abc\""));
  EXPECT_THAT(Problem("retention.ms", "-2"), HasSubstr("at least -1"));
  EXPECT_THAT(Problem("retention.bytes", "1.5"), HasSubstr("whole number, but is \"1.5\""));
  EXPECT_THAT(Problem("segment.bytes", "1"), HasSubstr("at least 14, at most 2147483647"));
  EXPECT_THAT(Problem("max.message.bytes", "3000000000"), HasSubstr("at most 2147483647"));
  EXPECT_THAT(Problem("cleanup.policy", "compact,shrink"), HasSubstr("a list of delete, compact"));
  EXPECT_THAT(Problem("compression.type", "zip"), HasSubstr("zstd, lz4"));
  EXPECT_THAT(Problem("preallocate", "yes"), HasSubstr("true, false"));
  EXPECT_THAT(Problem("min.cleanable.dirty.ratio", "1.1"), HasSubstr("between 0 and 1"));
}

TEST(KafkaTopicSettings, TakeWhatSomeKafkaTakes) {
  EXPECT_EQ(Problem("retention.ms", "0"), "");
  EXPECT_EQ(Problem("retention.ms", " +1000 "), "");
  EXPECT_EQ(Problem("retention.bytes", "-5"), "") << "any negative number is no limit there";
  EXPECT_EQ(Problem("cleanup.policy", "compact, delete"), "");
  EXPECT_EQ(Problem("preallocate", "TRUE"), "");
  EXPECT_EQ(Problem("min.cleanable.dirty.ratio", "0.5"), "");
  EXPECT_EQ(Problem("segment.bytes", "1048576"), "");
  EXPECT_EQ(Problem("confluent.placement.constraints", "x"), "") << "another vendor's: the cluster says";
}

}  // namespace
}  // namespace framespool::broker
