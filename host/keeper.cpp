// framespool-keeper: the process that starts a worker again when something has killed it. It is what the process of
// `framespool worker` becomes once the worker runs as its child (worker_keeping.h), so that the process that was
// started stays, has the same number, and ends as the worker ends. It does nothing else, links nothing and allocates
// nothing: it must be there when memory is not.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "keeper.h"

namespace {

using framespool::keeper::kAgain;
using framespool::keeper::kAtOnce;
using framespool::keeper::kKeep;
using framespool::keeper::kMostInARow;
using framespool::keeper::kOutOfMemory;

// What people and service managers send; the worker decides what follows.
constexpr int kPassedOn[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR2};

volatile pid_t worker = 0;

/// Text on stderr, without stdio: it would want memory.
class Line {
 public:
  Line& operator<<(const char* text) {
    while (*text != 0 && size_ < sizeof bytes_ - 1) bytes_[size_++] = *text++;
    return *this;
  }
  Line& operator<<(long number) {
    char digits[24];
    char* at = digits + sizeof digits - 1;
    *at = 0;
    unsigned long rest = number < 0 ? 0UL - static_cast<unsigned long>(number) : static_cast<unsigned long>(number);
    do *--at = static_cast<char>('0' + rest % 10);
    while ((rest /= 10) != 0);
    if (number < 0) *--at = '-';
    return *this << at;
  }
  ~Line() {
    bytes_[size_++] = '\n';
    if (write(STDERR_FILENO, bytes_, size_) < 0) return;
  }

 private:
  char bytes_[1024];
  size_t size_ = 0;
};

sigset_t Heeded() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : kPassedOn) sigaddset(&set, number);
  sigaddset(&set, SIGCHLD);
  sigaddset(&set, SIGUSR1);
  return set;
}

/// Ends as the worker did.
[[noreturn]] void EndBy(int number) {
  const rlimit none{};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
  signal(number, SIG_DFL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, number);
  sigprocmask(SIG_UNBLOCK, &only, nullptr);
  raise(number);
  _exit(128 + number);
}

/// Nobody's crash: somebody wanted the worker to end.
bool IsAnEnd(int number) {
  if (number == SIGUSR1) return true;
  for (const int each : kPassedOn) {
    if (each == number) return true;
  }
  return false;
}

long Milliseconds() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/// How many processes the kernel has killed because memory was short, that of the machine or of a control group
/// (/proc/vmstat, since Linux 4.13); 0 where it does not say. Nothing says which processes they were.
long OutOfMemoryKills() {
  const int file = open("/proc/vmstat", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  constexpr char kWanted[] = "\noom_kill ";
  long number = 0;
  size_t found = 0;  // so much of kWanted; with all of it the number follows
  char bytes[2048];
  ssize_t size = 0;
  bool done = false;
  while (!done && (size = read(file, bytes, sizeof bytes)) > 0) {
    for (ssize_t i = 0; i < size && !done; ++i) {
      if (found < sizeof kWanted - 1)
        found = bytes[i] == kWanted[found] ? found + 1 : bytes[i] == kWanted[0] ? 1 : 0;
      else if (bytes[i] >= '0' && bytes[i] <= '9')
        number = number * 10 + (bytes[i] - '0');
      else
        done = true;
    }
  }
  close(file);
  return number;
}

/// A worker as the first was started, told what has ended the one before.
void Start(const char* program, char** arguments, char** variables, int ended_by, bool out_of_memory) {
  const pid_t keeper = getpid();
  const pid_t child = fork();
  if (child < 0) {
    Line() << "framespool: the worker cannot be started again: " << strerror(errno);
    EndBy(ended_by);
  }
  if (child > 0) {
    worker = child;
    return;
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != keeper) _exit(1);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  // In the place of what was said to the keeper.
  char told[sizeof kAgain + 2 + sizeof kOutOfMemory] = "";
  memcpy(told, kAgain, sizeof kAgain);
  char* digits = told + sizeof kAgain - 1;
  if (ended_by >= 10) *digits++ = static_cast<char>('0' + ended_by / 10);
  *digits++ = static_cast<char>('0' + ended_by % 10);
  *digits = 0;
  if (out_of_memory) memcpy(digits, kOutOfMemory, sizeof kOutOfMemory);
  for (char** variable = variables; *variable != nullptr; ++variable) {
    if (strncmp(*variable, kKeep, strlen(kKeep)) == 0) *variable = told;
  }
  execve(program, arguments, variables);
  Line() << "framespool: cannot start " << program << " again: " << strerror(errno);
  _exit(127);
}

/// What becomes of the worker.
class Watch {
 public:
  /// Waits until the worker has ended, and passes on to it what is sent to this process.
  int AwaitEnd() {
    int status = 0;
    while (!Reap(status)) {
      siginfo_t info{};
      const sigset_t heeded = Heeded();
      if (sigwaitinfo(&heeded, &info) < 0 || info.si_signo == SIGCHLD) continue;
      if (info.si_signo == SIGUSR1) {
        // The worker knows who was guilty and has shut it out: what comes next is another story.
        if (info.si_pid == worker) in_a_row_ = 0;
        continue;
      }
      is_told_to_end_ = is_told_to_end_ || info.si_signo != SIGUSR2;
      // A terminal sends to all of its foreground; what a process sends came here alone.
      if (info.si_code <= 0) kill(worker, info.si_signo);
    }
    return status;
  }

  /// How long the next start waits; less than 0: there is to be none.
  long DelayOfNext(long lived_ms) {
    if (lived_ms >= kAtOnce) in_a_row_ = 0;
    if (++in_a_row_ > kMostInARow) return -1;
    return in_a_row_ == 1 ? 0 : 50L << in_a_row_;
  }

  /// Ends this process when it is told to meanwhile.
  static void Pause(long milliseconds) {
    const long until = Milliseconds() + milliseconds;
    for (long left = milliseconds; left > 0; left = until - Milliseconds()) {
      const timespec time{.tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000};
      siginfo_t info{};
      const sigset_t heeded = Heeded();
      const int number = sigtimedwait(&heeded, &info, &time);
      if (number > 0 && number != SIGCHLD && number != SIGUSR1) EndBy(number);
    }
  }

  /// A worker that crashes while it stops is not wanted back.
  bool is_told_to_end() const { return is_told_to_end_; }

 private:
  /// Other children there are where this is the first process of a container.
  static bool Reap(int& status) {
    bool ended = false;
    int each = 0;
    for (pid_t child; (child = waitpid(-1, &each, WNOHANG)) > 0;) {
      if (child != worker) continue;
      status = each;
      ended = true;
    }
    return ended;
  }

  int in_a_row_ = 0;
  bool is_told_to_end_ = false;
};

}  // namespace

int main(int, char** arguments, char** variables) {
  const char* const told = getenv(framespool::keeper::kName);
  char* program = nullptr;
  worker = told == nullptr ? 0 : static_cast<pid_t>(strtol(told, &program, 10));
  if (worker <= 0 || *program != ' ') {
    Line() << "framespool-keeper is started by `framespool worker`, and by nobody else";
    return 2;
  }
  ++program;
  const sigset_t heeded = Heeded();
  sigprocmask(SIG_SETMASK, &heeded, nullptr);
  Watch watch;
  while (true) {
    const long started = Milliseconds();
    const long killed_before = OutOfMemoryKills();
    const int status = watch.AwaitEnd();
    if (!WIFSIGNALED(status)) return WEXITSTATUS(status);
    const int number = WTERMSIG(status);
    if (IsAnEnd(number) || watch.is_told_to_end()) EndBy(number);
    const bool out_of_memory = number == SIGKILL && OutOfMemoryKills() > killed_before;
    const long delay = watch.DelayOfNext(Milliseconds() - started);
    if (delay < 0) {
      Line() << "framespool: the worker was ended by signal " << number << " (" << strsignal(number) << ") "
             << kMostInARow + 1L << " times in a row, each within " << kAtOnce / 1000
             << " s of its start, and no connector is known to be guilty: giving up. Start it with --safe, which runs "
                "no connector, and see what its log says";
      EndBy(number);
    }
    Watch::Pause(delay);
    Start(program, arguments, variables, number, out_of_memory);
  }
}
