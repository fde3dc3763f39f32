#include <base/numbers.h>
#include <base/trace.h>
#include <base/waiting.h>
#include <gmock/gmock.h>

#include <cstdint>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>

namespace framespool::base {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;

TEST(ToInteger, TakesAWholeTextOnly) {
  EXPECT_EQ(ToInteger<int>("-12"), -12);
  EXPECT_EQ(ToInteger<unsigned>("00e9", 16), 0xe9U);
  for (const char* text : {"", " 1", "1 ", "+1", "1.0", "12a", "99999999999"})
    EXPECT_EQ(ToInteger<int>(text), std::nullopt) << text;
  EXPECT_EQ(ToInteger<std::uint16_t>("65536"), std::nullopt);
  EXPECT_EQ(ToInteger<unsigned>("-1"), std::nullopt);
}

TEST(WaitForStop, EndsWithTheStopOrWithItsTime) {
  std::stop_source stop;
  EXPECT_FALSE(WaitForStop(stop.get_token(), 1ms));
  const std::jthread stops([&] { stop.request_stop(); });
  EXPECT_TRUE(WaitForStop(stop.get_token(), 1h));
  EXPECT_TRUE(WaitForStop(stop.get_token(), 1h)) << "a stop of before";
}

class BrokenError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

template <class Thrown>
std::string Described(const Thrown& thrown) {
  try {
    throw thrown;
  } catch (...) {
    return DescribeCurrentException();
  }
}

TEST(DescribeCurrentException, NamesAClassThatTellsTheReaderSomethingAndTheMessage) {
  EXPECT_EQ(Described(BrokenError("it broke")), "BrokenError: it broke");
  EXPECT_EQ(Described(std::out_of_range("it broke")), "it broke");
  EXPECT_EQ(Described(std::bad_alloc()), "there is not enough memory");
}

TEST(DescribeCurrentException, SaysOfWhatIsNoExceptionThatItHasNoMessage) {
  EXPECT_THAT(Described(42), AllOf(HasSubstr("type int"), HasSubstr("no std::exception")));
}

}  // namespace
}  // namespace framespool::base
