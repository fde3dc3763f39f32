#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace framespool {

/// kCounter only grows while the task lives: the worker keeps and draws how much it grows in a second. kGauge goes up
/// and down: kept and drawn as it is. kInfo is told in the status and not kept: a text, a flag, a number that means
/// nothing over time. kHistogram is no part of what is reported: how long something took each time, in "s", recorded to
/// TaskContext::HistogramOf() and told to Prometheus alone.
enum class MetricKind { kCounter, kGauge, kInfo, kHistogram };

/// What a metric is to whoever looks at connectors of every kind: what they reckon with goes by it, never by a name.
/// Where several have one role, the first that a task has reported counts.
enum class MetricRole {
  kNone,
  kPosition,    // how far the task has come, in records: its growth is the connector's throughput
  kBytes,       // the same in bytes
  kLag,         // how much is still to come: a time where the unit is "s", records in any other unit
  kViewers,     // how many look on; while nobody does, nothing is behind
  kLagViewers,  // those of them that kLag counts for, where it does not for all: while there is none, nothing is behind
  kPreviews,    // how many look on beside these, and count for nothing
  kExpected,    // how many records there are going to be
  kEnded,       // a flag: all there is to send is sent, and the task is idle
  kWaiting,     // what the task waits for before anything goes on, in words; empty while it does not
  kLatency,     // how long a record takes to whom it is for, in ms; of several the largest counts
  kStream,      // the URL at which a browser shows what the task shows
  kStreams,     // the URL at which many such streams come in one answer, for a page that shows several
};

/// All there is to know of one metric that a task reports through TaskContext::ReportMetrics(). The metrics history,
/// the plots of the page and the README's table are made from this, so they cannot disagree.
struct MetricSpec {
  std::string name;  // snake_case, with the unit at its end where it has one: "lag_seconds", "frames_sent"
  MetricKind kind = MetricKind::kGauge;
  std::string unit;  // "frames", "ms", "bytes"; of a counter: what is counted. Empty: none
  std::string doc;   // one or two sentences
  /// The title of its plot; those of one title and unit are lines of one plot. Empty: not drawn.
  std::string plot{};
  std::string label{};  // what its line is called there; empty: the name
  MetricRole role = MetricRole::kNone;
  std::string setting{};  // the config key that says it in place of the task; empty: there is none
};

/// Optional: what a task of this class reports. What is not declared stands in the status, and nowhere else.
template <class T>
concept DeclaresMetrics = requires {
  { T::Metrics() } -> std::same_as<const std::vector<MetricSpec>&>;
};

}  // namespace framespool
