#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <herder/herder.h>

namespace framespool::rest {

/// Bodies as clients send them. What is not as it should be is refused, with what was wanted and found; bodies that
/// are made to eat memory (deep, or millions of values) are refused while they are read.

struct NewConnector {
  std::string name;
  RawConfig config;
  herder::InitialState initial_state = herder::InitialState::kRunning;
  std::vector<herder::OffsetEntry> initial_offsets;
};

/// POST /connectors: {"name", "config", "initial_state", "initial_offsets"}. The config comes back with its name in it.
base::Outcome<NewConnector> ParseNewConnector(std::string_view body);
/// PUT /connectors: {"name": {config}, …}. Each config comes back with its name in it.
base::Outcome<std::map<std::string, RawConfig>> ParseConnectorSet(std::string_view body);
/// An object of names and scalars; numbers and booleans become text, null is refused.
base::Outcome<RawConfig> ParseConfig(std::string_view body);
/// As ParseConfig(), of what is no config: `wanted` says what it is.
base::Outcome<RawConfig> ParseValues(std::string_view body, const std::string& wanted);
/// PATCH …/config: as ParseConfig(), but null takes a key out.
base::Outcome<std::map<std::string, std::optional<std::string>>> ParseConfigPatch(std::string_view body);
/// PATCH …/offsets: {"offsets": [{"partition": {…}, "offset": {…} or null}]}.
base::Outcome<std::vector<herder::OffsetEntry>> ParseOffsets(std::string_view body);
/// PUT /admin/loggers/{logger}: {"level": "DEBUG"}; the level as sent.
base::Outcome<std::string> ParseLevel(std::string_view body);
/// Puts `name` into `config`, or refuses a config that has another.
base::Outcome<RawConfig> WithName(RawConfig config, const std::string& name);

}  // namespace framespool::rest
