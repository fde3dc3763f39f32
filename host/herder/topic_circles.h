#pragma once

#include <optional>
#include <string>
#include <vector>

#include <config/common_config.h>
#include <config/config_report.h>
#include <framespool/config_def.h>
#include <plugins/manifest.h>

namespace framespool::herder {

/// From which topics to which one a connector takes records: a source from those that it reads, if it does, to its
/// `topic`; a sink that leaves records out from those that it reads to its dead letter topic.
struct TopicFlow {
  std::string connector;
  bool of_dead_letters = false;
  config::NamedTopics from;
  std::string to;
};

/// Nothing where `config`, whose variables are resolved, takes none from topic to topic.
std::optional<TopicFlow> FlowOf(const std::string& connector, const plugins::PluginClass& plugin,
                                const RawConfig& config);

/// That records which `flow` takes to its topic come back to it through `others`, for ever: sources by sources, dead
/// letters by dead letters. A dead letter that a source sends back is meant to come again. No I/O.
std::optional<config::ConfigWarning> CircleOf(const TopicFlow& flow, const std::vector<TopicFlow>& others);

}  // namespace framespool::herder
