#pragma once

#include <string>
#include <string_view>

#include <worker/herder.h>

namespace framespool::rest {

/// Bodies as clients send them. What is not as it should be is a 400 that says what was wanted and found; bodies that
/// are made to eat memory (deep, or millions of values) are refused while they are read.

struct NewConnector {
  std::string name;
  RawConfig config;
  worker::InitialState initial_state = worker::InitialState::kRunning;
};

/// POST /connectors: {"name", "config", "initial_state"}. The config comes back with its name in it.
worker::Outcome<NewConnector> ParseNewConnector(std::string_view body);
/// An object of names and scalars; numbers and booleans become text, null counts as not given.
worker::Outcome<RawConfig> ParseConfig(std::string_view body);
/// Puts `name` into `config`, or refuses a config that has another.
worker::Outcome<RawConfig> WithName(RawConfig config, const std::string& name);

}  // namespace framespool::rest
