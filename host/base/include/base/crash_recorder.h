#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <framespool/record.h>

/// How a process that a plugin takes with it tells the next one what happened. Room for that is made beforehand, in a
/// file that is mapped and that the kernel keeps: who crashes only writes to memory. The format is this release's own
/// and read by nothing else; a file of another is passed over.
namespace framespool::base {

/// What the last process has left.
struct CrashReport {
  int signal = 0;
  int code = 0;               // siginfo's si_code: what kind of it
  std::uint64_t address = 0;  // of SIGSEGV and SIGBUS: what was accessed
  Timestamp time{};
  std::string thread;                    // its name
  std::string connector;                 // for which the thread worked (log::OnBehalf); empty: for none
  int task = -1;                         // -1: for none in particular
  std::string message;                   // what is known beside the signal: an exception that nobody caught
  std::vector<std::string> backtrace{};  // innermost first, as `library(function+offset)` where that is known
};

/// "SIGSEGV", or "signal 35".
std::string SignalName(int signal);
/// The report in lines for people: signal, thread, exception, backtrace.
std::string ToText(const CrashReport& report);

/// While one lives, the fatal signals of this process (SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS) and
/// std::terminate() are recorded in a file, and then do what they would have done; exit() and quick_exit() become a
/// SIGABRT of the thread that calls them. One at a time; threads that are to be recorded when their stack is full have
/// a signal stack (CrashStack).
class CrashRecorder {
 public:
  /// Takes out of `file` what the process before has left, and makes room for its own. Where the file cannot be made it
  /// says why in problem() and records nothing; without one (empty) it just records nothing.
  explicit CrashRecorder(const std::filesystem::path& file);
  CrashRecorder(const CrashRecorder&) = delete;
  CrashRecorder& operator=(const CrashRecorder&) = delete;
  /// Ended in good order.
  ~CrashRecorder();

  const std::optional<CrashReport>& last() const noexcept { return last_; }
  const std::string& problem() const noexcept { return problem_; }

 private:
  std::optional<CrashReport> last_;
  std::string problem_;
};

/// The calling thread is about to end the process `by` a function that runs no handler: SIGABRT, as of exit(), while
/// there is a CrashRecorder of this process. Else it returns.
void NoteProcessExit(const char* by) noexcept;

/// The signal stack of the calling thread as long as it lives, on its own stack, at whose other end a full one ends. On
/// the stack, at the beginning of a thread.
class CrashStack {
 public:
  CrashStack();
  CrashStack(const CrashStack&) = delete;
  CrashStack& operator=(const CrashStack&) = delete;
  ~CrashStack();

 private:
  static constexpr std::size_t kBytes = 32 << 10;  // what unwinding takes, with the registers of every x86
  alignas(16) char bytes_[kBytes];                 // never touched unless the thread crashes
};

}  // namespace framespool::base
