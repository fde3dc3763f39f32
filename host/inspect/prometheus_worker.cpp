#include <dirent.h>
#include <sys/resource.h>

#include <map>
#include <memory>

#include <inspect/metrics_history.h>

#include "prometheus_metrics.h"

namespace framespool::inspect {

namespace {

double OpenFiles() {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir("/proc/self/fd"), &closedir);
  if (!folder) return 0;
  double count = -3;  // ".", ".." and the folder itself
  while (readdir(folder.get()) != nullptr) ++count;
  return count;
}

double MostOpenFiles() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<double>(limit.rlim_cur);
}

/// By the names that Prometheus's client libraries have for any process.
void AddProcess(Timestamp started, PrometheusFamilies& families) {
  families.Counter("process_cpu_seconds_total", "CPU time of this process, in seconds.", {}, CpuSeconds());
  families.Gauge("process_resident_memory_bytes", "Resident memory of this process.", {},
                 static_cast<double>(ResidentBytes()));
  families.Gauge("process_start_time_seconds", "When this process started, in seconds since 1970.", {},
                 static_cast<double>(started.time_since_epoch().count()) / 1000);
  families.Gauge("process_open_fds", "Open file descriptors.", {}, OpenFiles());
  families.Gauge("process_max_fds", "How many there may be.", {}, MostOpenFiles());
}

void AddProblems(const std::vector<base::StandingProblem>& problems, PrometheusFamilies& families) {
  std::map<std::pair<std::string, std::string>, int> counts;
  double blocking = 0;
  for (const base::StandingProblem& problem : problems) {
    ++counts[{std::string(problem.kind.text()), problem.subject}];
    blocking += problem.blocks_storing ? 1 : 0;
  }
  for (const auto& [problem, count] : counts) {
    families.Gauge("framespool_problem", "What an operator should see to, as GET /health lists it.",
                   {{"kind", problem.first}, {"subject", problem.second}}, count);
  }
  families.Gauge("framespool_storing_blocked", "How many of these keep records from being stored.", {}, blocking);
}

}  // namespace

void AddWorkerMetrics(const WorkerFacts& worker, Timestamp started, const DiskSpace& disk, const broker::Broker& broker,
                      PrometheusFamilies& families) {
  families.Gauge("framespool_build_info", "What runs; always 1.",
                 {{"version", worker.version}, {"commit", worker.commit}}, 1);
  AddProcess(started, families);
  AddProblems(worker.problems, families);
  if (const std::int64_t size = disk.size.value(); size > 0) {
    families.Gauge("framespool_disk_size_bytes", "Size of the file system that data.dir is on.", {},
                   static_cast<double>(size));
    families.Gauge("framespool_disk_available_bytes", "What is free there to this process.", {},
                   static_cast<double>(disk.available.value()));
  }
  if (const base::Histogram* times = broker.SyncTimes(); times != nullptr)
    families.Seconds("framespool_fsync_seconds", "How long fdatasync of the log took.", {}, *times);
}

}  // namespace framespool::inspect
