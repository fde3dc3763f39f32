#include "inspect/metrics_history.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>

namespace framespool::inspect {

namespace {

constexpr float kNone = std::numeric_limits<float>::quiet_NaN();
constexpr int kTicksAMinute = 60;
constexpr const char* kPerSecond = "_per_second";

double ToNumber(const Fields::mapped_type& field) {
  return std::visit(
      [](const auto& value) -> double {
        if constexpr (std::is_arithmetic_v<std::decay_t<decltype(value)>>) return static_cast<double>(value);
        return std::nan("");
      },
      field);
}

float MeanOfLast(const std::deque<float>& values, std::size_t count) {
  double sum = 0;
  int samples = 0;
  for (std::size_t i = values.size() - std::min(count, values.size()); i < values.size(); ++i) {
    if (std::isnan(values[i])) continue;
    sum += values[i];
    ++samples;
  }
  return samples == 0 ? kNone : static_cast<float>(sum / samples);
}

}  // namespace

std::string SeriesOf(const MetricSpec& metric) {
  return metric.kind == MetricKind::kCounter ? metric.name + kPerSecond : metric.name;
}

void MetricsHistory::Track::Push(Timestamp now, const Values& values) {
  times.push_back(now);
  if (times.size() > capacity) times.pop_front();
  for (const auto& [connector, metrics] : values) {
    for (const auto& [metric, value] : metrics) series[connector][metric];
  }
  for (auto connector = series.begin(); connector != series.end();) {
    const auto sampled = values.find(connector->first);
    if (sampled == values.end()) {
      connector = series.erase(connector);  // the connector is gone
      continue;
    }
    for (auto& [metric, samples] : connector->second) {
      const auto value = sampled->second.find(metric);
      samples.push_back(value == sampled->second.end() ? kNone : static_cast<float>(value->second));
      if (samples.size() > capacity) samples.pop_front();
    }
    ++connector;
  }
}

MetricsHistory::Values MetricsHistory::Rates(double seconds, const Values& counters) {
  Values rates;
  for (const auto& [connector, metrics] : counters) {
    auto& own = rates[connector];
    const auto before = counters_.find(connector);
    if (before == counters_.end() || seconds <= 0) continue;
    for (const auto& [metric, value] : metrics) {
      const auto old = before->second.find(metric);
      // A counter that went back belongs to a task that was restarted.
      if (old != before->second.end() && value >= old->second)
        own[metric + kPerSecond] = (value - old->second) / seconds;
    }
  }
  return rates;
}

void MetricsHistory::Sample(Timestamp now, const std::vector<runtime::ConnectorView>& connectors, double rss_bytes,
                            double cpu_seconds) {
  Values counters{{"worker", {{"cpu", cpu_seconds}}}};
  Values gauges{{"worker", {{"rss_bytes", rss_bytes}}}};
  for (const auto& [info, status] : connectors) {
    counters[info->name];
    for (const runtime::TaskStatus& task : status->tasks) {
      if (!info->metrics) continue;
      for (const MetricSpec& metric : *info->metrics) {
        const auto reported = task.metrics.find(metric.name);
        if (reported == task.metrics.end() || metric.kind == MetricKind::kInfo) continue;
        auto& kept = metric.kind == MetricKind::kCounter ? counters : gauges;
        kept[info->name][metric.name] += ToNumber(reported->second);
      }
    }
  }
  std::lock_guard lock(mutex_);
  Values values = Rates(std::chrono::duration<double>(now - last_).count(), counters);
  for (auto& [connector, metrics] : gauges) values[connector].merge(metrics);
  if (const auto cpu = values["worker"].extract("cpu_per_second")) values["worker"]["cpu_percent"] = 100 * cpu.mapped();
  seconds_.Push(now, values);
  last_ = now;
  counters_ = std::move(counters);
  if (++ticks_ % kTicksAMinute != 0) return;
  Values means;
  for (const auto& [connector, metrics] : seconds_.series) {
    auto& own = means[connector];
    for (const auto& [metric, samples] : metrics) own[metric] = MeanOfLast(samples, kTicksAMinute);
  }
  minutes_.Push(now, means);
}

MetricsReport MetricsHistory::Report(Resolution resolution, const std::string& connector) const {
  std::lock_guard lock(mutex_);
  const Track& track = resolution == Resolution::kSecond ? seconds_ : minutes_;
  MetricsReport report;
  report.resolution = resolution == Resolution::kSecond ? std::chrono::seconds(1) : std::chrono::seconds(60);
  report.times = {track.times.begin(), track.times.end()};
  for (const auto& [name, metrics] : track.series) {
    if (!connector.empty() && name != connector && name != "worker") continue;
    for (const auto& [metric, samples] : metrics) {
      std::vector<float> values(track.times.size() - samples.size(), kNone);
      values.insert(values.end(), samples.begin(), samples.end());
      report.series[name][metric] = std::move(values);
    }
  }
  return report;
}

std::uint64_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t size = 0, resident = 0;
  statm >> size >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace framespool::inspect
