#include "config/dead_letter_checks.h"

#include <algorithm>
#include <string>
#include <utility>

#include <config/common_config.h>
#include <config/value_checks.h>
#include <config/variables.h>

namespace framespool::config {

namespace {

constexpr const char* kTolerance = "errors.tolerance";
constexpr const char* kTopic = "errors.deadletterqueue.topic.name";
constexpr const char* kPartitions = "errors.deadletterqueue.topic.partitions";
constexpr const char* kReplicas = "errors.deadletterqueue.topic.replication.factor";
constexpr const char* kThreshold = "errors.deadletterqueue.threshold";
constexpr const char* kWindow = "errors.deadletterqueue.window";

bool IsKnown(const RawConfig& config, const char* key) {
  const auto found = config.find(key);
  return found == config.end() || VariablesIn(found->second).empty();
}

}  // namespace

std::vector<Problem> DeadLetterProblems(const RawConfig& config) {
  const CommonConfig common = CommonConfigOf(config);
  std::vector<Problem> problems;
  if (const auto name = config.find(kTopic);
      name != config.end() && !name->second.empty() && Trim(name->second).empty()) {
    problems.push_back(
        {.field = kTopic,
         .message = "must be the name of a topic, or empty where there is to be none, but is " + Quoted(name->second)});
  }
  for (const auto& [key, number] :
       {std::pair(kPartitions, common.dead_letter_partitions), std::pair(kReplicas, common.dead_letter_replicas)}) {
    if (number != 0) continue;
    problems.push_back({.field = key,
                        .message = "must be a whole number of at least 1, or -1 for what the broker does with other "
                                   "topics, but is \"0\"",
                        .kind = kind::kOutOfRange,
                        .facts = {{"value", std::string("0")}}});
  }
  if (!common.dead_letter_topic.empty() &&
      std::find(common.topics.begin(), common.topics.end(), common.dead_letter_topic) != common.topics.end()) {
    problems.push_back(
        {.field = "topics",
         .message = std::string("must not hold the topic of ") + kTopic + ", " + Quoted(common.dead_letter_topic)});
  }
  if (!common.dead_letter_topic.empty() && TopicPattern(common.topics_regex).Matches(common.dead_letter_topic)) {
    problems.push_back({.field = "topics.regex",
                        .message = std::string("must not match the topic of ") + kTopic + ", " +
                                   Quoted(common.dead_letter_topic) + ": name it so that the pattern leaves it out"});
  }
  return problems;
}

std::vector<ConfigWarning> DeadLetterWarnings(const RawConfig& config) {
  const CommonConfig common = CommonConfigOf(config);
  std::vector<ConfigWarning> warnings;
  if (!common.dead_letter_topic.empty() && common.tolerance == Tolerance::kNone && IsKnown(config, kTolerance)) {
    warnings.push_back({.field = kTopic,
                        .message = "gets no record: with errors.tolerance = none one that cannot be taken fails the "
                                   "task; set errors.tolerance = all, or remove this.",
                        .suggestion = std::nullopt});
  }
  if (common.dead_letter_threshold >= common.dead_letter_window && IsKnown(config, kThreshold) &&
      IsKnown(config, kWindow)) {
    warnings.push_back({.field = kThreshold,
                        .message = "is never passed: there are no more than " +
                                   std::to_string(common.dead_letter_window) + " records in " + kWindow + ", and " +
                                   std::to_string(common.dead_letter_threshold) +
                                   " of them may go there; lower this, or raise that.",
                        .suggestion = std::nullopt});
  }
  return warnings;
}

}  // namespace framespool::config
