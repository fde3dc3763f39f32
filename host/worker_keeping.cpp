#include "worker_keeping.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "keeper.h"

namespace framespool {

namespace {

/// Of this process, to become another with them.
std::vector<std::string> ArgumentsOfThisProcess() {
  std::vector<std::string> arguments;
  std::string text;
  if (FILE* const file = std::fopen("/proc/self/cmdline", "re")) {
    for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) {
      if (c != 0) {
        text.push_back(static_cast<char>(c));
        continue;
      }
      arguments.push_back(std::move(text));
      text.clear();
    }
    std::fclose(file);
  }
  return arguments;
}

/// Children of this process do not have it, the keeper's do.
void KeepToOneself(int file) {
  if (file >= 0) fcntl(file, F_SETFD, FD_CLOEXEC);
}

int SlipOfKeeper() {
  const char* const number = std::getenv(keeper::kSlipName);
  if (number == nullptr) return -1;
  const int slip = std::atoi(number);
  unsetenv(keeper::kSlipName);
  // Whatever somebody has put into the environment: it is one of ours only if it is a file in memory of that size.
  const bool is_ours = slip > STDERR_FILENO && fcntl(slip, F_GET_SEALS) == keeper::kSlipSeals;
  if (!is_ours) return -1;
  KeepToOneself(slip);
  return slip;
}

/// -1: there is none.
int MakeSlip() {
  const int slip = memfd_create("framespool-slip", MFD_ALLOW_SEALING);
  if (slip < 0) return -1;
  if (ftruncate(slip, keeper::kSlipBytes) != 0 || fcntl(slip, F_ADD_SEALS, keeper::kSlipSeals) != 0) {
    close(slip);
    return -1;
  }
  setenv(keeper::kSlipName, std::to_string(slip).c_str(), 1);
  return slip;
}

[[noreturn]] void Become(const std::filesystem::path& keeper, pid_t worker, const std::filesystem::path& program) {
  std::vector<std::string> arguments = ArgumentsOfThisProcess();
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  setenv(keeper::kName, (std::to_string(worker) + " " + program.string()).c_str(), 1);
  execv(keeper.c_str(), pointers.data());
  const int error = errno;
  kill(worker, SIGKILL);
  std::cerr << "framespool: cannot start " << keeper.string() << ": " << std::generic_category().message(error) << "\n";
  _exit(1);
}

}  // namespace

Kept BeKept(const std::filesystem::path& program) {
  if (const char* const before = std::getenv(keeper::kAgainName)) {
    const Kept kept{.keeper = getppid(),
                    .ended_by = std::atoi(before),
                    .out_of_memory = std::string_view(before).ends_with(keeper::kOutOfMemory),
                    .slip = SlipOfKeeper()};
    unsetenv(keeper::kAgainName);
    return kept;
  }
  const auto keeper = program.parent_path().parent_path() / "libexec" / "framespool-keeper";
  if (::access(keeper.c_str(), X_OK) != 0) return {};
  // Those that come before the keeper is there wait for it.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  // Before there is a child: this would forget one that has ended already.
  signal(SIGCHLD, SIG_DFL);
  const pid_t parent = getpid();
  const int slip = MakeSlip();
  const pid_t child = fork();
  if (child > 0) Become(keeper, child, program);
  sigprocmask(SIG_SETMASK, &before, nullptr);
  unsetenv(keeper::kSlipName);
  KeepToOneself(slip);
  if (child < 0) return {};
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  return {.keeper = parent, .slip = slip};
}

void LeaveForNext(const Kept& kept, const std::string& text) {
  if (kept.slip < 0) return;
  std::array<char, keeper::kSlipBytes> bytes{};
  text.copy(bytes.data(), bytes.size() - 1);
  if (pwrite(kept.slip, bytes.data(), bytes.size(), 0) < 0) return;  // then the next one knows of none
}

std::string LeftByLast(const Kept& kept) {
  if (kept.slip < 0 || kept.ended_by == 0) return "";
  std::array<char, keeper::kSlipBytes> bytes{};
  if (pread(kept.slip, bytes.data(), bytes.size() - 1, 0) < 0) return "";
  return bytes.data();
}

void TellKeeperOfGuilty(const Kept& kept) {
  if (kept.keeper != 0) kill(kept.keeper, SIGUSR1);
}

}  // namespace framespool
