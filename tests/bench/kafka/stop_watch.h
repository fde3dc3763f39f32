#pragma once

#include <sys/resource.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

/// What this process takes, in time and in CPU, from the watch's making to its report.
class StopWatch {
 public:
  /// Writes "SECONDS CPU-SECONDS RSS-MB" to `file`; under another name first, since someone waits for it.
  void Report(const std::string& file) const {
    if (file.empty()) return;
    const double cpu = CpuSeconds() - cpu_;
    const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    std::ofstream(file + ".new") << seconds << " " << cpu << " " << PeakMegabytes() << "\n";
    std::filesystem::rename(file + ".new", file);
  }

 private:
  using Clock = std::chrono::steady_clock;
  static rusage Usage() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage;
  }
  static double CpuSeconds() {
    const auto time = [](const timeval& value) {
      return static_cast<double>(value.tv_sec) + static_cast<double>(value.tv_usec) / 1e6;
    };
    const rusage usage = Usage();
    return time(usage.ru_utime) + time(usage.ru_stime);
  }
  static double PeakMegabytes() { return static_cast<double>(Usage().ru_maxrss) / 1024; }

  const Clock::time_point start_ = Clock::now();
  const double cpu_ = CpuSeconds();
};
