#include "base/crash_recorder.h"

#include <cxxabi.h>
#include <execinfo.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <exception>
#include <sstream>
#include <string_view>

#include <base/log.h>
#include <base/trace.h>

namespace framespool::base {

namespace {

constexpr std::array kFatal{SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS};
constexpr std::size_t kFileBytes = 64 << 10;
constexpr std::size_t kMostFrames = 64;
constexpr std::string_view kFormat = "framespool crash 1\n";

/// The beginning of the file. Behind it are the lines of the backtrace, up to the first NUL.
struct Page {
  char format[24];
  std::atomic<std::int32_t> signal;  // 0: the process has not crashed. Set when all of the following is
  std::int32_t code;
  std::uint64_t address;
  std::int64_t time_ms;
  std::int32_t task;
  char thread[16];
  char connector[1024];
  char message[2048];
};
static_assert(std::atomic<std::int32_t>::is_always_lock_free && sizeof(Page) < kFileBytes / 2);

// What a signal handler may look at.
Page* page = nullptr;
pid_t owner = 0;  // a child that a plugin forks is not this process, though it has its memory
int file_of_page = -1;
std::atomic_flag has_crashed = ATOMIC_FLAG_INIT;
std::terminate_handler terminate_before = nullptr;
std::array<struct sigaction, kFatal.size()> actions_before{};

template <std::size_t N>
void Copy(char (&to)[N], const char* from) {
  std::size_t i = 0;
  for (; i + 1 < N && from[i] != 0; ++i) to[i] = from[i];
  to[i] = 0;
}

template <std::size_t N>
std::string Text(const char (&from)[N]) {
  return {from, strnlen(from, N)};
}

/// If what follows hangs, in a lock that somebody held for instance, the process ends all the same.
void EndSoon() {
  signal(SIGALRM, SIG_DFL);
  sigset_t alarm;
  sigemptyset(&alarm);
  sigaddset(&alarm, SIGALRM);
  pthread_sigmask(SIG_UNBLOCK, &alarm, nullptr);
  itimerval soon{};
  soon.it_value.tv_usec = 200'000;
  setitimer(ITIMER_REAL, &soon, nullptr);
}

/// A dump of the memory takes its time, and is made only where somebody wants it.
void LeaveNoCoreUnlessWanted() {
  rlimit limit{};
  if (getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 0) prctl(PR_SET_DUMPABLE, 0);
}

// Only what is safe in a signal handler, but for backtrace(): its first call is made beforehand.
void Record(int number, siginfo_t* info, void*) {
  if (has_crashed.test_and_set()) {
    while (true) pause();  // another thread is at it, and takes this one with it
  }
  EndSoon();
  const int error = errno;
  if (page != nullptr && page->signal == 0 && getpid() == owner) {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    page->code = info->si_code;
    const bool is_fault = (number == SIGSEGV || number == SIGBUS) && info->si_code > 0;  // else somebody sent it
    page->address = is_fault ? reinterpret_cast<std::uint64_t>(info->si_addr) : 0;
    page->time_ms = std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
    const log::Served served = log::ServedByThisThread();
    page->task = served.task;
    Copy(page->connector, served.connector == nullptr ? "" : served.connector);
    if (prctl(PR_GET_NAME, page->thread) != 0) page->thread[0] = 0;
    page->signal.store(number, std::memory_order_release);
    std::array<void*, kMostFrames> frames{};
    const int count = backtrace(frames.data(), static_cast<int>(frames.size()));
    // Not this function, and not what the kernel calls it by.
    constexpr int kOwn = 2;
    if (count > kOwn && lseek(file_of_page, sizeof(Page), SEEK_SET) >= 0)
      backtrace_symbols_fd(frames.data() + kOwn, count - kOwn, file_of_page);
  }
  errno = error;
  LeaveNoCoreUnlessWanted();
  signal(number, SIG_DFL);
  sigset_t own;
  sigemptyset(&own);
  sigaddset(&own, number);
  pthread_sigmask(SIG_UNBLOCK, &own, nullptr);
  raise(number);
}

/// An exception that nobody has caught: its words, before abort() is recorded.
[[noreturn]] void Terminate() {
  if (page != nullptr && std::current_exception() != nullptr) {
    try {
      throw;
    } catch (...) {
      Copy(page->message, ("an exception that nobody caught: " + DescribeCurrentException()).c_str());
    }
  }
  if (terminate_before != nullptr) terminate_before();
  std::abort();
}

void EndedByExit() { NoteProcessExit("exit()"); }
void EndedByQuickExit() { NoteProcessExit("quick_exit()"); }

/// "lib.so(_ZN3fooEv+0x12)[0x7f]" with its name as people write it.
std::string Readable(const std::string& line) {
  const auto begin = line.find('(');
  const auto plus = line.find('+', begin == std::string::npos ? 0 : begin);
  if (begin == std::string::npos || plus == std::string::npos || plus <= begin + 1) return line;
  const std::string mangled = line.substr(begin + 1, plus - begin - 1);
  int status = 0;
  char* const name = abi::__cxa_demangle(mangled.c_str(), nullptr, nullptr, &status);
  if (status != 0 || name == nullptr) return line;
  std::string readable = line.substr(0, begin + 1) + name + line.substr(plus);
  std::free(name);
  return readable;
}

std::optional<CrashReport> ReportIn(const Page& left) {
  if (Text(left.format) != kFormat || left.signal == 0) return std::nullopt;
  CrashReport report{.signal = left.signal,
                     .code = left.code,
                     .address = left.address,
                     .time = Timestamp(std::chrono::milliseconds(left.time_ms)),
                     .thread = Text(left.thread),
                     .connector = Text(left.connector),
                     .task = left.task,
                     .message = Text(left.message),
                     .backtrace = {}};
  const char* const text = reinterpret_cast<const char*>(&left) + sizeof(Page);
  std::istringstream lines(std::string(text, strnlen(text, kFileBytes - sizeof(Page))));
  for (std::string line; std::getline(lines, line);) {
    report.backtrace.push_back(Readable(line));
  }
  return report;
}

}  // namespace

std::string SignalName(int signal) {
  const char* const name = sigabbrev_np(signal);
  return name == nullptr ? "signal " + std::to_string(signal) : std::string("SIG") + name;
}

std::string ToText(const CrashReport& report) {
  std::string text = SignalName(report.signal);
  if (report.address != 0) {
    std::ostringstream address;
    address << std::hex << report.address;
    text += " at address 0x" + address.str();
  }
  text += ", on the thread \"" + report.thread + "\"";
  if (!report.message.empty()) text += ": " + report.message;
  for (const std::string& frame : report.backtrace) text += "\n\tat " + frame;
  return text;
}

void NoteProcessExit(const char* by) noexcept {
  if (page == nullptr || page->signal != 0 || getpid() != owner) return;
  char* to = page->message;
  for (const char* part : {"the process was ended by ", by, ", which nobody but the worker may call"}) {
    while (*part != 0) *to++ = *part++;
  }
  *to = 0;
  std::abort();
}

CrashRecorder::CrashRecorder(const std::filesystem::path& file) {
  if (file.empty()) return;
  const int fd = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  // Its blocks as well: a full disk must not turn a crash into another one.
  const int full = fd < 0 ? errno : posix_fallocate(fd, 0, kFileBytes);
  void* const mapped = full != 0 ? MAP_FAILED : mmap(nullptr, kFileBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (mapped == MAP_FAILED) {
    problem_ = "cannot map " + file.string() + ": " + std::strerror(full != 0 ? full : errno) +
               "; which connector it was would not be known if the worker crashed";
    if (fd >= 0) close(fd);
    return;
  }
  auto* const fresh = static_cast<Page*>(mapped);
  last_ = ReportIn(*fresh);
  std::memset(mapped, 0, kFileBytes);
  Copy(fresh->format, kFormat.data());
  file_of_page = fd;
  owner = getpid();
  page = fresh;
  [[maybe_unused]] static const bool hears_of_exits =
      std::atexit(EndedByExit) == 0 && at_quick_exit(EndedByQuickExit) == 0;
  std::array<void*, 1> frames{};
  backtrace(frames.data(), 1);  // loads what it needs
  terminate_before = std::set_terminate(Terminate);
  struct sigaction action {};
  action.sa_sigaction = Record;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < kFatal.size(); ++i) sigaction(kFatal[i], &action, &actions_before[i]);
}

CrashRecorder::~CrashRecorder() {
  if (page == nullptr) return;
  for (std::size_t i = 0; i < kFatal.size(); ++i) sigaction(kFatal[i], &actions_before[i], nullptr);
  std::set_terminate(terminate_before);
  munmap(std::exchange(page, nullptr), kFileBytes);
  close(std::exchange(file_of_page, -1));
}

CrashStack::CrashStack() {
  stack_t own{.ss_sp = bytes_, .ss_flags = 0, .ss_size = sizeof bytes_};
  sigaltstack(&own, nullptr);
}

CrashStack::~CrashStack() {
  stack_t none{.ss_sp = nullptr, .ss_flags = SS_DISABLE, .ss_size = 0};
  sigaltstack(&none, nullptr);
}

}  // namespace framespool::base
