#include "cores.h"

#include <sched.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace framespool::video_file {
namespace {

std::string FirstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

/// The limit of one control group, of version 2 or 1.
int CoresOfGroup(const std::string& root, const std::string& group, bool second) {
  const std::string folder = root + group;
  if (second) return CoresOfQuota(FirstLine(folder + "/cpu.max").c_str());
  return CoresOfQuota(
      (FirstLine(folder + "/cpu.cfs_quota_us") + " " + FirstLine(folder + "/cpu.cfs_period_us")).c_str());
}

/// Whether "4:cpu,cpuacct" names the controller of the CPU.
bool HasCpu(std::string_view controllers) {
  return controllers.ends_with(":cpu") || controllers.ends_with(",cpu") ||
         controllers.find(":cpu,") != controllers.npos || controllers.find(",cpu,") != controllers.npos;
}

/// What the control groups of this process grant, and those above them; 0 without a limit.
int CoresOfControlGroups() {
  std::ifstream groups("/proc/self/cgroup");
  int least = 0;
  for (std::string line; std::getline(groups, line);) {
    // "0::/path" of version 2, "4:cpu,cpuacct:/path" of version 1
    const auto path = line.find(":/");
    if (path == std::string::npos) continue;
    const bool second = line.starts_with("0::");
    if (!second && !HasCpu(std::string_view(line).substr(0, path))) continue;
    const std::string root = second ? "/sys/fs/cgroup" : "/sys/fs/cgroup/cpu";
    for (std::filesystem::path group = line.substr(path + 1);; group = group.parent_path()) {
      const int cores = CoresOfGroup(root, group.string(), second);
      if (cores > 0) least = least == 0 ? cores : std::min(least, cores);
      if (group == group.parent_path()) break;
    }
  }
  return least;
}

}  // namespace

int CoresOfQuota(const char* cpu_max) {
  long long quota = 0;
  long long period = 0;
  if (std::sscanf(cpu_max, "%lld %lld", &quota, &period) != 2 || quota <= 0 || period <= 0) return 0;
  return static_cast<int>(std::min<long long>((quota + period - 1) / period, 1024));
}

int CoresGiven() {
  cpu_set_t set;
  CPU_ZERO(&set);
  const int allowed = sched_getaffinity(0, sizeof set, &set) == 0 ? std::max(1, CPU_COUNT(&set)) : 1;
  const int quota = CoresOfControlGroups();
  return quota > 0 ? std::min(allowed, quota) : allowed;
}

}  // namespace framespool::video_file
