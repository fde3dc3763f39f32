#include <base/crash_recorder.h>
#include <base/log.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "fakes/temporary_directory.h"

namespace framespool::base {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class CrashRecorderTest : public testing::Test {
 protected:
  /// A process that records its crash, and dies in `how`; by which signal it did.
  int SignalOf(const std::function<void()>& how) const {
    const pid_t child = fork();
    if (child == 0) {
      const CrashRecorder recorder(file_);
      how();
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  }
  std::optional<CrashReport> Left() const { return CrashRecorder(file_).last(); }

  const TemporaryDirectory folder_;
  const std::filesystem::path file_ = folder_.path() / "crash";
};

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

TEST_F(CrashRecorderTest, TellsTheNextProcessSignalThreadConnectorAndPlace) {
  EXPECT_EQ(SignalOf([] {
              log::NameThread("cam7");
              const log::OnBehalf owner("cam7 / \"yard\"", 3);
              raise(SIGSEGV);
            }),
            SIGSEGV);
  const auto report = Left();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->signal, SIGSEGV);
  EXPECT_EQ(report->connector, "cam7 / \"yard\"");
  EXPECT_EQ(report->task, 3);
  EXPECT_EQ(report->thread, "cam7");
  EXPECT_THAT(report->backtrace, Not(IsEmpty()));
  EXPECT_LT(std::chrono::abs(Now() - report->time), std::chrono::hours(1));
  EXPECT_THAT(ToText(*report), HasSubstr("SIGSEGV, on the thread \"cam7\"\n\tat "));
  EXPECT_FALSE(Left()) << "it is told once";
}

TEST_F(CrashRecorderTest, TellsWhatAnExceptionSaidThatNobodyCaught) {
  EXPECT_EQ(SignalOf([] { std::thread([] { throw std::runtime_error("no such lens"); }).join(); }), SIGABRT);
  const auto report = Left();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->message, "an exception that nobody caught: no such lens");
  EXPECT_EQ(report->connector, "");
  EXPECT_EQ(report->task, -1);
}

TEST_F(CrashRecorderTest, MakesACrashOfAnExitThatIsNotTheWorkersOwn) {
  const std::pair<const char*, void (*)()> ends[] = {{"exit()", [] { std::exit(0); }},
                                                     {"quick_exit()", [] { std::quick_exit(0); }},
                                                     {"_exit()", [] { NoteProcessExit("_exit()"); }}};
  for (const auto& [name, end] : ends) {
    EXPECT_EQ(SignalOf([end = end] {
                const log::OnBehalf owner("cam", 1);
                end();
              }),
              SIGABRT)
        << name;
    const auto report = Left();
    ASSERT_TRUE(report) << name;
    EXPECT_EQ(report->connector, "cam");
    EXPECT_THAT(report->message, HasSubstr(std::string("was ended by ") + name));
  }
}

TEST_F(CrashRecorderTest, HasNothingToTellOfAChildThatThisProcessHasMade) {
  EXPECT_EQ(SignalOf([] {
              for (void (*const end)() : {+[] { std::abort(); }, +[] { NoteProcessExit("_exit()"); }}) {
                const pid_t child = fork();
                if (child == 0) {
                  end();
                  _exit(0);
                }
                waitpid(child, nullptr, 0);
              }
            }),
            0);
  EXPECT_FALSE(Left());
}

TEST_F(CrashRecorderTest, RecordsAFullStack) {
  static volatile bool goes_on = true;
  struct Deep {
    static int Call(int depth) {
      volatile char here[4096];
      here[0] = static_cast<char>(depth);
      return goes_on ? Call(depth + 1) + here[0] : 0;
    }
  };
  EXPECT_EQ(SignalOf([] {
              const CrashStack stack;
              Deep::Call(0);
            }),
            SIGSEGV);
  const auto report = Left();
  ASSERT_TRUE(report);
  EXPECT_NE(report->address, 0u);
}

#endif

TEST_F(CrashRecorderTest, HasNothingToTellOfAProcessThatEndedOtherwise) {
  EXPECT_FALSE(Left());
  EXPECT_EQ(SignalOf([] {}), 0);
  EXPECT_FALSE(Left());
  EXPECT_EQ(SignalOf([] { raise(SIGKILL); }), SIGKILL);
  EXPECT_FALSE(Left());
}

TEST_F(CrashRecorderTest, PassesOverAFileThatIsNoneOfItsOwn) {
  for (const std::string& text : {std::string("x"), std::string(200'000, 'x'), std::string(64 << 10, '\xff')}) {
    std::ofstream(file_, std::ios::binary | std::ios::trunc) << text;
    EXPECT_FALSE(Left());
  }
}

TEST_F(CrashRecorderTest, DoesWithoutAFileThatCannotBeMade) {
  std::filesystem::create_directory(file_);
  const CrashRecorder recorder(file_);
  EXPECT_THAT(recorder.problem(), HasSubstr(file_.string()));
  EXPECT_FALSE(recorder.last());
}

TEST_F(CrashRecorderTest, LetsNobodyElseReadItsFile) {
  const CrashRecorder recorder(file_);
  EXPECT_EQ(std::filesystem::status(file_).permissions(), std::filesystem::perms(0600));
}

}  // namespace
}  // namespace framespool::base
