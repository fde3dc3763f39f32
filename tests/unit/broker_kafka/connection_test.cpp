#include "connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace framespool::broker {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kSince = "since [0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}";

struct ConnectionTest : ::testing::Test {
  Connection connection{"kafka:9092"};
};

TEST_F(ConnectionTest, SaysSinceWhenThereIsTroubleBeforeTheWatchHasFoundTheClusterGone) {
  connection.NoteReachable("id");
  connection.NoteTrouble("Connection refused");
  EXPECT_TRUE(connection.reachable());
  EXPECT_THAT(connection.Describe(), AllOf(HasSubstr("bootstrap.servers=kafka:9092 does not answer since"),
                                           ContainsRegex(kSince), HasSubstr("(Connection refused)")));
  EXPECT_THAT(connection.Describe("of this client"), AllOf(ContainsRegex(kSince), HasSubstr("(of this client)")));
}

TEST_F(ConnectionTest, CountsAnOutageFromTheFirstTrouble) {
  connection.NoteReachable("id");
  connection.NoteTrouble("Connection refused");
  connection.NoteUnreachable("Timed out");
  EXPECT_FALSE(connection.reachable());
  EXPECT_THAT(connection.Describe("of this client"),
              AllOf(HasSubstr("cannot be reached since"), ContainsRegex(kSince), HasSubstr("(Connection refused)")));
}

TEST_F(ConnectionTest, ForgetsTroubleThatAnAnswerFollowed) {
  connection.NoteReachable("id");
  connection.NoteTrouble("Connection refused");
  connection.NoteReachable("id");
  EXPECT_THAT(connection.Describe(), AllOf(Not(ContainsRegex(kSince)), Not(HasSubstr("refused"))));
}

}  // namespace
}  // namespace framespool::broker
