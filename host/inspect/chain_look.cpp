#include "chain_look.h"

#include <algorithm>
#include <string>
#include <utility>

#include <base/trace.h>
#include <runtime/chain_trial.h>
#include <runtime/record_bytes.h>

namespace framespool::inspect {

namespace {

using runtime::ChainTrial;
using Tried = ChainTrial::Tried;

constexpr std::size_t kFirstShown = 6;

ProbedRecord Probed(const plugins::Plugin& plugin, const SourceRecord& record) {
  const auto facts = plugin.DescribeRecord(record).value_or(RecordFacts{});
  const auto declared = FindHeader(record.headers, "content-type");
  ProbedRecord probed{.topic = record.topic,
                      .key = record.key,
                      .value = std::nullopt,
                      .content_type = std::string(declared.value_or("application/octet-stream")),
                      .shows = facts.shows,
                      .facts = facts.facts,
                      .headers = record.headers,
                      .timestamp = record.timestamp};
  if (!facts.content_type.empty()) probed.content_type = facts.content_type;
  if (!record.value.is_null()) probed.value = record.value.payload();
  return probed;
}

ChainReport::End EndOf(Tried::End end) {
  switch (end) {
    case Tried::End::kGoesOn: return ChainReport::End::kGoesOn;
    case Tried::End::kLeftOut: return ChainReport::End::kLeftOut;
    case Tried::End::kHeldBack: return ChainReport::End::kHeldBack;
    case Tried::End::kFailed: return ChainReport::End::kFailed;
  }
  return ChainReport::End::kFailed;
}

ChainReport::Step StepOf(const plugins::Plugin& plugin, const Tried& tried) {
  SourceRecord before = tried.before;
  runtime::MakeBytes(before);
  ChainReport::Step step{.before = Probed(plugin, before),
                         .after = std::nullopt,
                         .end = EndOf(tried.end),
                         .place = tried.place,
                         .problems = tried.problems};
  if (tried.end == Tried::End::kGoesOn) step.after = Probed(plugin, tried.after);
  return step;
}

/// The first ones in their order, and what else is worth seeing: one that goes on, one that fails.
std::vector<ChainReport::Step> StepsOf(const plugins::Plugin& plugin, const std::vector<Tried>& tried) {
  std::vector<ChainReport::Step> steps;
  bool goes_on = false;
  bool fails = false;
  for (const Tried& each : tried) {
    const bool is_first = (each.end == Tried::End::kGoesOn && !goes_on) || (each.end == Tried::End::kFailed && !fails);
    if (steps.size() >= kFirstShown && !is_first) continue;
    goes_on = goes_on || each.end == Tried::End::kGoesOn;
    fails = fails || each.end == Tried::End::kFailed;
    steps.push_back(StepOf(plugin, each));
  }
  return steps;
}

void Hide(ProbedRecord& record, const base::Secrets& secrets) {
  record.topic = secrets.Hidden(record.topic);
  if (record.key) record.key = secrets.Hidden(*record.key);
  record.content_type = secrets.Hidden(record.content_type);
  record.facts = secrets.Hidden(std::move(record.facts));
  for (Header& header : record.headers) {
    header.key = secrets.Hidden(header.key);
    header.value = secrets.Hidden(header.value);
  }
  // No value of a provider is a picture.
  if (!record.value || record.content_type.starts_with("image/")) return;
  if (const std::string hidden = secrets.Hidden(record.value->text()); hidden != record.value->text())
    record.value = TextPayload(hidden);
}

}  // namespace

std::optional<ChainReport> LookAtChain(const plugins::Plugin& plugin, const RawConfig& config,
                                       plugins::PluginRegistry& plugins, std::vector<SourceRecord> records,
                                       std::chrono::steady_clock::time_point deadline, const std::stop_token& stop) {
  ChainReport report;
  try {
    ChainTrial trial(config, plugins, plugin.entry().reads_topics);
    if (!trial.concerns()) return std::nullopt;
    for (SourceRecord& record : records) {
      const bool is_late = stop.stop_requested() || std::chrono::steady_clock::now() >= deadline;
      if (is_late && !trial.tried().empty()) break;
      trial.Pass(std::move(record), deadline, stop);
    }
    for (const Tried& tried : trial.tried()) {
      ++report.records;
      switch (tried.end) {
        case Tried::End::kGoesOn:
          ++report.go_on;
          report.frame_bytes += static_cast<double>(tried.after.value.size());
          break;
        case Tried::End::kLeftOut: ++report.left_out[tried.place]; break;
        case Tried::End::kHeldBack: ++report.held_back; break;
        case Tried::End::kFailed: ++report.failed; break;
      }
    }
    if (report.go_on > 0) report.frame_bytes /= static_cast<double>(report.go_on);
    report.steps = StepsOf(plugin, trial.tried());
  } catch (...) {
    report.problems = base::ProblemsOfCurrentException();
  }
  return report;
}

void Hide(ChainReport& report, const base::Secrets& secrets) {
  for (ChainReport::Step& step : report.steps) {
    Hide(step.before, secrets);
    if (step.after) Hide(*step.after, secrets);
    step.problems = secrets.Hidden(std::move(step.problems));
  }
  report.problems = secrets.Hidden(std::move(report.problems));
}

}  // namespace framespool::inspect
