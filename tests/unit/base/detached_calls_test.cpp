#include <base/detached_calls.h>

#include <gtest/gtest.h>

#include <future>
#include <stdexcept>
#include <string>

namespace framespool::base {
namespace {

using namespace std::chrono_literals;

TEST(DetachedCall, HandsOverWhatTheCallReturned) {
  DetachedCall<std::string> call("test", [] { return std::string("done"); });
  ASSERT_TRUE(call.AwaitFor(60s));
  EXPECT_EQ(call.Take(), "done");
}

TEST(DetachedCall, ThrowsWhatTheCallThrew) {
  DetachedCall<int> call("test", []() -> int { throw std::runtime_error("as asked"); });
  ASSERT_TRUE(call.AwaitFor(60s));
  EXPECT_THROW(call.Take(), std::runtime_error);
}

TEST(DetachedCall, LeavesACallBehindThatDoesNotReturnAndCountsItUntilItDoes) {
  std::promise<void> returns;
  const DetachedCalls calls;
  DetachedCall<int> call(
      "test",
      [until = returns.get_future().share()] {
        until.wait();
        return 1;
      },
      calls.Begin());
  EXPECT_FALSE(call.AwaitFor(1ms));
  EXPECT_EQ(calls.running(), 1);
  returns.set_value();
  ASSERT_TRUE(call.AwaitFor(60s));
  EXPECT_EQ(calls.running(), 0);
  EXPECT_EQ(call.Take(), 1);
}

TEST(DetachedCall, IsWaitedForNoLongerThanUntilAStop) {
  std::promise<void> returns;
  DetachedCall<int> call("test", [until = returns.get_future().share()] {
    until.wait();
    return 1;
  });
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(call.AwaitUntil(std::chrono::steady_clock::now() + 1h, stop.get_token()));
  returns.set_value();
  EXPECT_TRUE(call.AwaitFor(60s));
}

}  // namespace
}  // namespace framespool::base
