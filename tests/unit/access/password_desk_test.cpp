#include "password_desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <mutex>
#include <vector>

#include "fakes/eventually.h"

namespace framespool::access {
namespace {

using Kind = AccessAnswer::Kind;
using Asked = std::variant<AccessAnswer, std::unique_ptr<AccessQuestion>>;

/// A desk that admits who shows "good", and can be held up in a check.
class PasswordDeskTest : public testing::Test {
 protected:
  AccessAnswer Check(const AccessRequest& request) {
    {
      const std::lock_guard lock(mutex_);
      order_.push_back(request.client);
    }
    if (request.authorization == "hold") held_.get_future().wait();
    return {.kind = request.authorization == "bad" ? Kind::kRefused : Kind::kAdmitted};
  }
  /// Waits for the answer where it does not come at once.
  AccessAnswer Ask(const std::string& client, const std::string& shown) {
    std::promise<AccessAnswer> answer;
    Asked asked = desk_.Ask({.authorization = shown, .cookie = {}, .client = client},
                            [&](AccessAnswer late) { answer.set_value(std::move(late)); });
    if (auto* now = std::get_if<AccessAnswer>(&asked)) return *now;
    return answer.get_future().get();
  }
  Asked Post(
      const std::string& client, const std::string& shown, AccessGate::Then then = [](const AccessAnswer&) {}) {
    return desk_.Ask({.authorization = shown, .cookie = {}, .client = client}, std::move(then));
  }
  /// Nothing is checked until Release().
  void Hold() {
    holder_ = Post("holder", "hold");
    ASSERT_TRUE(fakes::Eventually([&] { return Order().size() == 1; }));
  }
  void Release() { held_.set_value(); }
  std::vector<std::string> Order() {
    const std::lock_guard lock(mutex_);
    return order_;
  }

  std::mutex mutex_;
  std::vector<std::string> order_;
  std::promise<void> held_;
  std::atomic<int> looks_ = 0;
  Asked holder_;
  PasswordDesk desk_{[this](const AccessRequest& request) { return Check(request); }, [this] { ++looks_; }};
};

TEST_F(PasswordDeskTest, AnswersOnAThreadOfItsOwn) {
  EXPECT_EQ(Ask("10.0.0.1", "good").kind, Kind::kAdmitted);
  EXPECT_EQ(Ask("10.0.0.1", "bad").kind, Kind::kRefused);
}

TEST_F(PasswordDeskTest, ListensLaterToWhoWasWrongTooOftenAndToOthersAtOnce) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Ask("10.0.0.1", "bad").kind, Kind::kRefused);
  const AccessAnswer answer = Ask("10.0.0.1", "good");
  EXPECT_EQ(answer.kind, Kind::kLater);
  EXPECT_GE(answer.retry_after, std::chrono::seconds(1));
  EXPECT_THAT(answer.message, testing::HasSubstr("10.0.0.1"));
  EXPECT_EQ(Ask("10.0.0.2", "good").kind, Kind::kAdmitted);
}

TEST_F(PasswordDeskTest, LooksAtNoMoreThanThatWhenAllCameAtOnce) {
  Hold();
  std::vector<Asked> asked;
  std::atomic<int> refused = 0;
  std::atomic<int> later = 0;
  for (int i = 0; i < 8; ++i) {
    asked.push_back(Post("10.0.0.1", "bad",
                         [&](const AccessAnswer& answer) { ++(answer.kind == Kind::kRefused ? refused : later); }));
  }
  Release();
  ASSERT_TRUE(fakes::Eventually([&] { return refused + later == 8; }));
  EXPECT_EQ(refused, 5);
}

TEST_F(PasswordDeskTest, LetsAddressesTakeTurns) {
  Hold();
  std::vector<Asked> asked;
  for (int i = 0; i < 5; ++i) asked.push_back(Post("10.0.0.1", "good"));
  asked.push_back(Post("10.0.0.2", "good"));
  Release();
  ASSERT_TRUE(fakes::Eventually([&] { return Order().size() == 7; }));
  EXPECT_EQ(Order()[2], "10.0.0.2") << "behind one of those that came before it";
}

TEST_F(PasswordDeskTest, LetsFewOfAnAddressWait) {
  Hold();
  std::vector<Asked> asked;
  int at_once = 0;
  for (int i = 0; i < 1000; ++i) {
    asked.push_back(Post("10.0.0.1", "good"));
    at_once += std::holds_alternative<AccessAnswer>(asked.back()) ? 1 : 0;
  }
  EXPECT_EQ(at_once, 992);
  EXPECT_TRUE(std::holds_alternative<std::unique_ptr<AccessQuestion>>(Post("10.0.0.2", "good")));
  Release();
}

TEST_F(PasswordDeskTest, DoesNotCheckForWhoHasLeft) {
  Hold();
  bool called = false;
  {
    const Asked left = Post("10.0.0.1", "good", [&](const AccessAnswer&) { called = true; });
  }
  Release();
  EXPECT_EQ(Ask("10.0.0.2", "good").kind, Kind::kAdmitted);
  EXPECT_FALSE(called);
  EXPECT_THAT(Order(), testing::ElementsAre("holder", "10.0.0.2"));
}

TEST_F(PasswordDeskTest, WaitsForACallUnderWayWhenItsQuestionIsLetGo) {
  std::promise<void> begun;
  std::atomic<bool> ended = false;
  auto asked = Post("10.0.0.1", "good", [&](const AccessAnswer&) {
    begun.set_value();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // decides nothing: only how likely a fault shows
    ended = true;
  });
  begun.get_future().wait();
  asked = AccessAnswer();
  EXPECT_TRUE(ended);
}

TEST_F(PasswordDeskTest, LetsACallLetGoOfItsOwnQuestion) {
  std::promise<void> done;
  std::mutex mutex;
  Asked asked;
  {
    const std::lock_guard lock(mutex);
    asked = Post("10.0.0.1", "good", [&](const AccessAnswer&) {
      const std::lock_guard inner(mutex);
      asked = AccessAnswer();
      done.set_value();
    });
  }
  done.get_future().wait();
  const std::lock_guard lock(mutex);  // the call is over, and what it uses may go
}

TEST_F(PasswordDeskTest, LooksAboutOnceASecond) {
  EXPECT_TRUE(fakes::Eventually([&] { return looks_ >= 2; }));
}

}  // namespace
}  // namespace framespool::access
