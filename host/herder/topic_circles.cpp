#include "topic_circles.h"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include <config/connector_config.h>

namespace framespool::herder {

namespace {

/// Nobody takes by a pattern what he writes himself.
bool Takes(const TopicFlow& flow, const std::string& topic) { return topic != flow.to && flow.from.Hold(topic); }

}  // namespace

std::optional<TopicFlow> FlowOf(const std::string& connector, const plugins::PluginClass& plugin,
                                const RawConfig& config) {
  const config::CommonConfig common = config::CommonConfigOf(config);
  TopicFlow flow{.connector = connector, .from = {}, .to = {}};
  if (config::TypeOf(plugin) == config::ConnectorType::kSource) {
    flow.from = config::ReadBySource(plugin.fields, config);
    flow.to = common.topic;
  } else if (common.tolerance == config::Tolerance::kAll) {
    flow.of_dead_letters = true;
    flow.from = config::TopicsOf(config::ConnectorType::kSink, common);
    flow.to = common.dead_letter_topic;
  }
  const bool reads = !flow.from.names.empty() || !flow.from.pattern.empty();
  return !reads || flow.to.empty() ? std::nullopt : std::optional(std::move(flow));
}

std::optional<config::ConfigWarning> CircleOf(const TopicFlow& flow, const std::vector<TopicFlow>& others) {
  // Breadth first, so that the shortest way is told: topic, and how it is reached.
  std::map<std::string, std::string> ways{{flow.to, flow.to}};
  for (std::deque<std::string> reached{flow.to}; !reached.empty(); reached.pop_front()) {
    const std::string topic = reached.front();
    for (const TopicFlow& other : others) {
      if (other.of_dead_letters != flow.of_dead_letters || other.connector == flow.connector) continue;
      if (!Takes(other, topic) || ways.contains(other.to)) continue;
      ways[other.to] = ways[topic] + ", which " + other.connector + " takes to " + other.to;
      reached.push_back(other.to);
    }
  }
  const auto back = std::find_if(ways.begin(), ways.end(), [&](const auto& way) { return Takes(flow, way.first); });
  if (back == ways.end()) return std::nullopt;
  config::ConfigWarning warning{.field = "topic", .message = {}, .suggestion = std::nullopt};
  warning.message =
      "leads back to this connector, which reads " + back->first + ": what it writes goes to " + back->second;
  if (flow.of_dead_letters) {
    warning.field = "errors.deadletterqueue.topic.name";
    warning.message +=
        "; a record that none of them can take goes round for ever. Name a topic that no sink among them "
        "reads.";
  } else {
    warning.message += "; records go round for ever, unless a transform leaves them out.";
  }
  return warning;
}

}  // namespace framespool::herder
