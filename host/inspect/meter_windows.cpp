#include "inspect/meter_windows.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace framespool::inspect {

namespace {

double Ratio(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

double Milliseconds(base::Histogram::Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

}  // namespace

MeterWindows::Sampled MeterWindows::Read(Clock::time_point now, runtime::TaskMeters& meters) {
  return {.time = now,
          .records_in = meters.records_in.value(),
          .records_out = meters.records_out.value(),
          .batches = meters.batches.value(),
          .largest_batch = meters.largest_batch.Take(),
          .active = meters.active.value(),
          .poll = {meters.poll.Read(), meters.poll.TakeLongest()},
          .put = {meters.put.Read(), meters.put.TakeLongest()},
          .commit = {meters.commit.Read(), meters.commit.TakeLongest()}};
}

void MeterWindows::Sample(Clock::time_point now, const std::vector<runtime::ConnectorView>& connectors) {
  const std::lock_guard lock(mutex_);
  auto before = std::exchange(tasks_, {});
  for (const auto& [info, status] : connectors) {
    for (const runtime::TaskStatus& shown : status->tasks) {
      if (!shown.meters) continue;
      const auto key = std::pair(info->name, shown.id);
      Task& task = tasks_[key];
      // A task that was restarted has other meters.
      if (const auto found = before.find(key); found != before.end() && found->second.meters == shown.meters)
        task = std::move(found->second);
      task.meters = shown.meters;
      ++task.ticks;
      task.running += shown.state == runtime::State::kRunning ? 1 : 0;
      task.paused += shown.state == runtime::State::kPaused ? 1 : 0;
      task.samples.push_back(Read(now, *task.meters));
      while (task.samples.size() > 2 && now - task.samples[1].time >= kLength) task.samples.pop_front();
    }
  }
}

MeterWindow::Times MeterWindows::TimesOf(const std::deque<Sampled>& samples, Call Sampled::*call) {
  MeterWindow::Times times;
  const auto& first = (samples.front().*call).all;
  const auto& last = (samples.back().*call).all;
  if (last.count == first.count) return times;
  times.average_ms = Milliseconds(last.sum - first.sum) / static_cast<double>(last.count - first.count);
  base::Histogram::Duration longest{};
  for (auto sample = std::next(samples.begin()); sample != samples.end(); ++sample)
    longest = std::max(longest, ((*sample).*call).longest);
  times.longest_ms = Milliseconds(longest);
  return times;
}

std::optional<MeterWindow> MeterWindows::Of(const std::string& connector, int number) const {
  const std::lock_guard lock(mutex_);
  const auto found = tasks_.find({connector, number});
  if (found == tasks_.end()) return std::nullopt;
  const Task& task = found->second;
  MeterWindow window{.running_ratio = Ratio(task.running, task.ticks), .paused_ratio = Ratio(task.paused, task.ticks)};
  if (task.samples.size() < 2) return window;
  const Sampled& first = task.samples.front();
  const Sampled& last = task.samples.back();
  const double seconds = std::chrono::duration<double>(last.time - first.time).count();
  const auto rate = [&](std::int64_t from, std::int64_t to) {
    return seconds > 0 ? static_cast<double>(to - from) / seconds : 0;
  };
  window.records_in = rate(first.records_in, last.records_in);
  window.records_out = rate(first.records_out, last.records_out);
  window.commits = rate(first.commit.all.count, last.commit.all.count);
  window.poll = TimesOf(task.samples, &Sampled::poll);
  window.put = TimesOf(task.samples, &Sampled::put);
  window.commit = TimesOf(task.samples, &Sampled::commit);
  std::int64_t largest_batch = 0, active = 0, largest_active = 0;
  for (auto sample = std::next(task.samples.begin()); sample != task.samples.end(); ++sample) {
    largest_batch = std::max(largest_batch, sample->largest_batch);
    active += sample->active;
    largest_active = std::max(largest_active, sample->active);
  }
  if (last.batches != first.batches) {
    window.average_batch = Ratio(last.records_in - first.records_in, last.batches - first.batches);
    window.largest_batch = static_cast<double>(largest_batch);
  }
  window.average_active = Ratio(active, static_cast<std::int64_t>(task.samples.size()) - 1);
  window.largest_active = static_cast<double>(largest_active);
  return window;
}

}  // namespace framespool::inspect
