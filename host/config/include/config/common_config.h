#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <config/config_report.h>
#include <config/topic_pattern.h>
#include <framespool/config_def.h>

namespace framespool::config {

enum class ReloadAction { kNone, kRestart };
/// Where workers share their connectors: how many of them run each task.
enum class Replicas { kOne, kEach };
/// What the worker does by itself about a task that has FAILED.
enum class RestartPolicy { kNever, kFailed };
enum class Tolerance { kNone, kAll };
enum class ExactlyOnceSupport { kRequested, kRequired };
enum class TransactionBoundary { kPoll, kInterval, kConnector };

/// The keys that every connector has, by Kafka Connect's names: read once, here, for all who go by them.
struct CommonConfig {
  std::string name;
  std::string connector_class;
  std::int32_t tasks_max = 1;
  std::string key_converter;
  std::string value_converter;
  std::string header_converter;
  std::vector<std::string> transforms;
  std::vector<std::string> predicates;
  std::string placement;  // of labels, as host/cluster reads it; empty: any worker
  Replicas replicas = Replicas::kOne;
  double task_weight = 1;      // against other tasks
  std::string plugin_version;  // empty: any
  ReloadAction config_action_reload = ReloadAction::kRestart;
  RestartPolicy restart_policy = RestartPolicy::kNever;
  std::int32_t restart_attempts_max = -1;         // -1: any number
  std::chrono::milliseconds restart_delay{1000};  // before the first; each later one is twice as long
  std::chrono::milliseconds restart_delay_max{std::chrono::minutes(5)};
  std::chrono::milliseconds stall_timeout{-1};        // 0: none, -1: as the worker's properties say
  std::chrono::milliseconds retry_timeout{0};         // -1: for ever
  std::chrono::milliseconds retry_delay_max{60'000};  // at least 1
  Tolerance tolerance = Tolerance::kNone;
  bool log_enable = false;
  bool log_include_messages = false;
  // Sinks
  std::vector<std::string> topics;
  std::string topics_regex;
  std::string dead_letter_topic;
  bool dead_letter_headers = false;
  std::int32_t dead_letter_replicas = -1;
  std::int32_t dead_letter_partitions = -1;
  std::int64_t dead_letter_threshold = -1;
  std::int64_t dead_letter_window = 100;
  // Sources
  std::string topic;  // the plugin's own key, by convention: where its records go
  std::vector<std::string> creation_groups;
  ExactlyOnceSupport exactly_once = ExactlyOnceSupport::kRequested;
  TransactionBoundary transaction_boundary = TransactionBoundary::kPoll;
  std::chrono::milliseconds transaction_interval{1000};
};

/// A value that is missing or cannot be is the default: what is wrong is CheckKeys()'s to say. Never throws.
CommonConfig CommonConfigOf(const RawConfig& config);

/// `config` as far as it makes a task what it is: how many there may be is no part of one.
RawConfig WithoutTasksMax(RawConfig config);

/// The keys that every connector of `type` has, as they are shown.
std::span<const FieldSpec> CommonFields(ConnectorType type);

/// The topics that a connector's config names: a source's `topic`, a sink's `topics` or those of its `topics.regex`.
struct NamedTopics {
  std::vector<std::string> names;
  TopicPattern pattern;  // of more of them, whenever they come

  bool Hold(const std::string& topic) const;
};
NamedTopics TopicsOf(ConnectorType type, const CommonConfig& config);
/// Those that a source of these fields reads: what it declares as topics, and as a pattern of topics, beside `topic`.
NamedTopics ReadBySource(std::span<const FieldSpec> fields, const RawConfig& config);

}  // namespace framespool::config
