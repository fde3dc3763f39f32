#include <base/turn_queue.h>

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace framespool::base {
namespace {

TEST(TurnQueue, CarriesOutWorkInItsOrder) {
  std::vector<int> done;
  {
    TurnQueue queue("test");
    for (int i = 0; i < 100; ++i) queue.Post([&done, i] { done.push_back(i); });
  }
  ASSERT_EQ(done.size(), 100U) << "also what is queued at the end";
  for (int i = 0; i < 100; ++i) EXPECT_EQ(done[static_cast<std::size_t>(i)], i);
}

TEST(TurnQueue, OthersGoOnWhileOneIsAway) {
  TurnQueue queue("test");
  std::promise<void> answer;
  std::promise<std::string> seen;
  std::string herd = "as it was";  // guarded by the turn
  queue.Post([&] {
    queue.Away([&] { answer.get_future().wait(); });
    seen.set_value(herd);
  });
  queue.Post([&] { herd = "changed meanwhile"; });
  queue.Post([&] { answer.set_value(); });
  EXPECT_EQ(seen.get_future().get(), "changed meanwhile");
}

TEST(TurnQueue, OneAtATimeHasTheTurn) {
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  const auto work = [&] {
    most = std::max(most.load(), ++inside);
    --inside;
  };
  {
    TurnQueue queue("test", 8);
    for (int i = 0; i < 200; ++i) {
      queue.Post([&] {
        work();
        queue.Away([] { std::this_thread::yield(); });
        work();
      });
    }
  }
  EXPECT_EQ(most, 1);
}

TEST(TurnQueue, TheTurnIsBackAfterAnException) {
  TurnQueue queue("test");
  std::promise<std::string> caught;
  queue.Post([&] {
    try {
      queue.Away([] { throw std::runtime_error("nobody answers"); });
    } catch (const std::exception& error) {
      caught.set_value(error.what());
    }
  });
  EXPECT_EQ(caught.get_future().get(), "nobody answers");
  std::promise<void> next;
  queue.Post([&] { next.set_value(); });
  next.get_future().wait();
}

TEST(TurnQueue, NoMoreThreadsThanItMayHaveAreAway) {
  TurnQueue queue("test", 2);
  std::promise<void> answer;
  std::shared_future<void> answered = answer.get_future().share();
  std::atomic<int> away = 0;
  std::atomic<int> most = 0;
  std::promise<void> two;
  std::once_flag once;
  for (int i = 0; i < 5; ++i) {
    queue.Post([&] {
      queue.Away([&] {
        most = std::max(most.load(), ++away);
        if (away == 2) std::call_once(once, [&] { two.set_value(); });
        answered.wait();
        --away;
      });
    });
  }
  two.get_future().wait();
  answer.set_value();
  queue.AwaitAllBack();
  EXPECT_LE(most, 2);
}

TEST(TurnQueue, AllAreBackWhenWhatWasPostedHasEndedToo) {
  TurnQueue queue("test", 1);
  for (int i = 0; i < 200; ++i) {
    std::atomic<int> ended = 0;
    for (int piece = 0; piece < 5; ++piece) {
      queue.Post([&] {
        queue.Away([] { std::this_thread::yield(); });
        ++ended;
      });
    }
    queue.AwaitAllBack();
    ASSERT_EQ(ended, 5) << "also what had not begun";
  }
}

// A sanitizer tells: a thread that waits for what is due next is woken while another takes that out.
TEST(TurnQueue, ManyWaitForWhatIsDueNext) {
  std::atomic<int> done = 0;
  {
    TurnQueue queue("test", 8);
    for (int i = 0; i < 300; ++i) {
      queue.PostAt(std::chrono::steady_clock::now() + std::chrono::microseconds(50 * (i % 20)), [&] { ++done; });
      queue.Post([&] {
        queue.Away(
            [] { std::this_thread::sleep_for(std::chrono::microseconds(100)); });  // decides nothing: for how long
        ++done;
      });
    }
    queue.AwaitAllBack();
    EXPECT_GE(done, 300);
  }
  EXPECT_LE(done, 600);
}

TEST(TurnQueue, WaitsForWhatIsDueLater) {
  TurnQueue queue("test");
  std::promise<void> due;
  const auto when = std::chrono::steady_clock::now() + std::chrono::milliseconds(30);
  queue.PostAt(when, [&] { due.set_value(); });
  due.get_future().wait();
  EXPECT_GE(std::chrono::steady_clock::now(), when);
}

}  // namespace
}  // namespace framespool::base
