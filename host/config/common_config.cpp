#include "config/common_config.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace framespool::config {

namespace {

constexpr const char* kTasksMax = "tasks.max";

void DeclareCommon(ConfigDef<CommonConfig>& def) {
  def.Field("name", &CommonConfig::name, "The connector's name, unique in this worker.")
      .Required()
      .Group("Common")
      .DisplayName("Connector name")
      .Field("connector.class", &CommonConfig::connector_class,
             "The class of the connector, as GET /connector-plugins lists it.")
      .Required()
      .Group("Common")
      .DisplayName("Connector class")
      .Width(Width::kLong)
      .Field(kTasksMax, &CommonConfig::tasks_max,
             "The most tasks the connector may have. One whose class does not split its work has one.")
      .AtLeast(1)
      .Group("Common")
      .DisplayName("Tasks max")
      .Width(Width::kShort)
      .Importance(Importance::kHigh)
      .Field("connector.plugin.version", &CommonConfig::plugin_version,
             "Of workers that share their connectors: the version of the class that a worker must have to run a task, "
             "as GET /connector-plugins lists it. Empty: any.")
      .Group("Placement")
      .DisplayName("Connector version")
      .Importance(Importance::kLow)
      .Width(Width::kShort)
      .Field("placement", &CommonConfig::placement,
             "Of workers that share their connectors: which of them may run a task, by worker.labels and worker.id: "
             "site=berlin && gpu, worker=cam-*, !(site=lab || spare). Empty: any that has the class.")
      .Group("Placement")
      .DisplayName("Placement")
      .Importance(Importance::kLow)
      .Width(Width::kLong)
      .Field("replicas", &CommonConfig::replicas,
             "Of workers that share their connectors: one, each task on one worker; or each, the connector's first "
             "task on every worker that placement allows, for a sink that viewers find at any of them.",
             {{"one", Replicas::kOne}, {"each", Replicas::kEach}})
      .Group("Placement")
      .DisplayName("Replicas")
      .Importance(Importance::kLow)
      .Width(Width::kShort)
      .Field("task.weight", &CommonConfig::task_weight,
             "Of workers that share their connectors: what a task costs beside others. Workers are given the same "
             "weight in all, as far as they may run the tasks.")
      .Range(0.01, 1000)
      .Group("Placement")
      .DisplayName("Weight of a task")
      .Importance(Importance::kLow)
      .Width(Width::kShort)
      .Field("key.converter", &CommonConfig::key_converter,
             "The converter of structured keys. Keys that are bytes pass every converter as they are.")
      .Group("Common")
      .DisplayName("Key converter class")
      .Importance(Importance::kLow)
      .Width(Width::kShort)
      .Field("value.converter", &CommonConfig::value_converter,
             "The converter of structured values. Bytes and pictures pass every converter as they are.")
      .Group("Common")
      .DisplayName("Value converter class")
      .Importance(Importance::kLow)
      .Width(Width::kShort)
      .Field("header.converter", &CommonConfig::header_converter,
             "The converter of headers: SimpleHeaderConverter, StringConverter or ByteArrayConverter, which leave them "
             "text.")
      .Group("Common")
      .DisplayName("Header converter class")
      .Importance(Importance::kLow)
      .Width(Width::kShort)
      .Field("transforms", &CommonConfig::transforms,
             "Names of transforms, in the order in which records pass them: transforms.<name>.type and its keys. On a "
             "source before the topic, on a sink behind it.")
      .Group("Transforms")
      .DisplayName("Transforms")
      .Importance(Importance::kLow)
      .Width(Width::kLong)
      .Field("predicates", &CommonConfig::predicates,
             "Names of predicates, each for one or more transforms: predicates.<name>.type and its keys.")
      .Group("Predicates")
      .DisplayName("Predicates")
      .Importance(Importance::kLow)
      .Width(Width::kLong)
      .Field("config.action.reload", &CommonConfig::config_action_reload,
             "What to do when what a config provider says has changed: restart the tasks, or nothing (none).",
             {{"none", ReloadAction::kNone}, {"restart", ReloadAction::kRestart}})
      .Group("Common")
      .DisplayName("Reload action")
      .Importance(Importance::kLow)
      .Field("restart.policy", &CommonConfig::restart_policy,
             "Whether a task that has FAILED is restarted by the worker (failed) or waits for somebody to do it "
             "(never, as "
             "in Kafka Connect). What no restart mends, a wrong config or a record that cannot be taken, is not tried "
             "again.",
             {{"never", RestartPolicy::kNever}, {"failed", RestartPolicy::kFailed}})
      .Group("Restart")
      .DisplayName("Restart policy")
      .Width(Width::kShort)
      .Field(
          "restart.attempts.max", &CommonConfig::restart_attempts_max,
          "How often a task is restarted before it stays FAILED; -1: any number of times. A task that has run for ten "
          "minutes begins anew to count.")
      .AtLeast(-1)
      .Group("Restart")
      .DisplayName("Maximum restarts")
      .Importance(Importance::kLow)
      .Field("restart.delay.ms", &CommonConfig::restart_delay,
             "How long the first restart waits. Each later one waits twice as long, give or take a fifth, so that many "
             "tasks do not begin at once.")
      .AtLeast(1)
      .Group("Restart")
      .DisplayName("Restart delay")
      .Importance(Importance::kLow)
      .Field("restart.delay.max.ms", &CommonConfig::restart_delay_max, "The longest that a restart waits.")
      .AtLeast(1)
      .Group("Restart")
      .DisplayName("Maximum restart delay")
      .Importance(Importance::kLow)
      .Field("task.stall.timeout.ms", &CommonConfig::stall_timeout,
             "How long a call of the connector's code may neither return nor report anything before the task is said "
             "to be stalled: UNASSIGNED until it returns; 0: for ever, -1: as the worker's properties say. For a "
             "connector whose calls take long, as none should.")
      .AtLeast(-1)
      .Group("Restart")
      .DisplayName("Stall timeout")
      .Importance(Importance::kLow)
      .Field("errors.retry.timeout", &CommonConfig::retry_timeout,
             "How long a record that the sink does not take is tried again before errors.tolerance decides; 0: not at "
             "all, -1: for ever. What a connector itself reports as retriable is always tried again.")
      .AtLeast(-1)
      .Group("Error Handling")
      .DisplayName("Retry Timeout for Errors")
      .Field("errors.retry.delay.max.ms", &CommonConfig::retry_delay_max, "The longest pause between two tries.")
      .AtLeast(1)
      .Group("Error Handling")
      .DisplayName("Maximum Delay Between Retries for Errors")
      .Field("errors.tolerance", &CommonConfig::tolerance,
             "Whether a record that the topic or the sink does not take fails the task (none) or is left out (all).",
             {{"none", Tolerance::kNone}, {"all", Tolerance::kAll}})
      .Group("Error Handling")
      .DisplayName("Error Tolerance")
      .Width(Width::kShort)
      .Field("errors.log.enable", &CommonConfig::log_enable,
             "Whether each record that is left out is logged, and not only the first.")
      .Group("Error Handling")
      .DisplayName("Log Errors")
      .Width(Width::kShort)
      .Field("errors.log.include.messages", &CommonConfig::log_include_messages,
             "Whether the log of a record that is left out tells its topic and offset.")
      .Group("Error Handling")
      .DisplayName("Log Error Details")
      .Width(Width::kShort);
}

void DeclareSource(ConfigDef<CommonConfig>& def) {
  def.Field("topic.creation.groups", &CommonConfig::creation_groups,
            "Names of groups of topics with settings of their own: topic.creation.<group>.include, .exclude, "
            ".partitions, .replication.factor and topic settings. topic.creation.default.* is for the rest.")
      .Group("Topic Creation")
      .DisplayName("Topic Creation Groups")
      .Importance(Importance::kLow)
      .Field("exactly.once.support", &CommonConfig::exactly_once,
             "Whether exactly-once delivery is demanded (required) or wished for (requested).",
             {{"requested", ExactlyOnceSupport::kRequested}, {"required", ExactlyOnceSupport::kRequired}})
      .Group("Exactly Once Support")
      .DisplayName("Exactly once support")
      .Field("transaction.boundary", &CommonConfig::transaction_boundary,
             "What records and offsets are written together.",
             {{"poll", TransactionBoundary::kPoll},
              {"interval", TransactionBoundary::kInterval},
              {"connector", TransactionBoundary::kConnector}})
      .Group("Exactly Once Support")
      .DisplayName("Transaction Boundary")
      .Field("transaction.boundary.interval.ms", &CommonConfig::transaction_interval,
             "How long a transaction is kept open with transaction.boundary = interval.")
      .AtLeast(0)
      .Group("Exactly Once Support")
      .DisplayName("Transaction boundary interval")
      .Importance(Importance::kLow);
}

void DeclareSink(ConfigDef<CommonConfig>& def) {
  def.Field("topics", &CommonConfig::topics, "The topics to read, comma-separated.")
      .Required()
      .Role(Role::kTopic)
      .Group("Common")
      .DisplayName("Topics")
      .Width(Width::kLong)
      .Field("topics.regex", &CommonConfig::topics_regex,
             "A pattern (RE2) of the topics to read, in the place of `topics`: those whose whole name it matches, also "
             "when they come later. Not for views, which show one topic.")
      .Group("Common")
      .DisplayName("Topics regex")
      .Width(Width::kLong)
      .Importance(Importance::kLow)
      .Field("errors.deadletterqueue.topic.name", &CommonConfig::dead_letter_topic,
             "The topic that gets the records that errors.tolerance = all leaves out; made where it is missing. Empty: "
             "none.")
      .Role(Role::kTopic)
      .Group("Error Handling")
      .DisplayName("Dead Letter Queue Topic Name")
      .Importance(Importance::kLow)
      .Field("errors.deadletterqueue.context.headers.enable", &CommonConfig::dead_letter_headers,
             "Whether those records get headers that say where they come from and what was wrong: __connect.errors.*.")
      .Group("Error Handling")
      .DisplayName("Enable Error Context Headers")
      .Importance(Importance::kLow)
      .Field("errors.deadletterqueue.topic.replication.factor", &CommonConfig::dead_letter_replicas,
             "How often that topic is kept when it is made; -1: as the broker does with others.")
      .Range(-1, 32767)
      .Group("Error Handling")
      .DisplayName("Dead Letter Queue Topic Replication Factor")
      .Importance(Importance::kLow)
      .Field("errors.deadletterqueue.topic.partitions", &CommonConfig::dead_letter_partitions,
             "How many partitions that topic gets when it is made; -1: as the broker does with others.")
      .Range(-1, 32767)
      .Group("Error Handling")
      .DisplayName("Dead Letter Queue Topic Partitions")
      .Importance(Importance::kLow)
      .Field("errors.deadletterqueue.threshold", &CommonConfig::dead_letter_threshold,
             "The most records that may go there of the last errors.deadletterqueue.window; more of them fail the "
             "task. -1: any.")
      .AtLeast(-1)
      .Unit("records")
      .Group("Error Handling")
      .DisplayName("Dead Letter Queue Threshold")
      .Importance(Importance::kLow)
      .Field("errors.deadletterqueue.window", &CommonConfig::dead_letter_window,
             "Of how many records errors.deadletterqueue.threshold speaks.")
      .Range(1, 1000000)
      .Unit("records")
      .Group("Error Handling")
      .DisplayName("Dead Letter Queue Window")
      .Importance(Importance::kLow);
}

ConfigDef<CommonConfig> Definition(bool source, bool sink) {
  ConfigDef<CommonConfig> def;
  DeclareCommon(def);
  if (source) DeclareSource(def);
  if (sink) DeclareSink(def);
  return def;
}

}  // namespace

RawConfig WithoutTasksMax(RawConfig config) {
  config.erase(kTasksMax);
  return config;
}

CommonConfig CommonConfigOf(const RawConfig& config) {
  static const auto all = [] {
    auto def = Definition(true, true);
    def.Field("topic", &CommonConfig::topic, "A source's own.");
    return def;
  }();
  return all.ReadGood(config);
}

std::span<const FieldSpec> CommonFields(ConnectorType type) {
  static const auto source = Definition(true, false);
  static const auto sink = Definition(false, true);
  return type == ConnectorType::kSource ? source.fields() : sink.fields();
}

bool NamedTopics::Hold(const std::string& topic) const {
  if (std::find(names.begin(), names.end(), topic) != names.end()) return true;
  return pattern.Matches(topic);
}

NamedTopics TopicsOf(ConnectorType type, const CommonConfig& config) {
  if (type == ConnectorType::kSink) return {.names = config.topics, .pattern = TopicPattern(config.topics_regex)};
  if (config.topic.empty()) return {};
  return {.names = {config.topic}, .pattern = {}};
}

NamedTopics ReadBySource(std::span<const FieldSpec> fields, const RawConfig& config) {
  NamedTopics topics;
  for (const FieldSpec& field : fields) {
    const auto value = config.find(field.name);
    if (value == config.end() || field.name == "topic") continue;
    if (field.role == Role::kTopicPattern && topics.pattern.empty())
      topics.pattern = TopicPattern(std::string(Trim(value->second)));
    if (field.role != Role::kTopic) continue;
    std::vector<std::string> named;
    ParseValue(value->second, named);
    std::move(named.begin(), named.end(), std::back_inserter(topics.names));
  }
  return topics;
}

}  // namespace framespool::config
