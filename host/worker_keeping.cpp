#include "worker_keeping.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
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
                    .out_of_memory = std::string_view(before).ends_with(keeper::kOutOfMemory)};
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
  const pid_t child = fork();
  if (child > 0) Become(keeper, child, program);
  sigprocmask(SIG_SETMASK, &before, nullptr);
  if (child < 0) return {};
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  return {.keeper = parent};
}

void TellKeeperOfGuilty(const Kept& kept) {
  if (kept.keeper != 0) kill(kept.keeper, SIGUSR1);
}

}  // namespace framespool
