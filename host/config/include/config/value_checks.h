#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <framespool/config_def.h>

namespace framespool::config {

/// `text` as it may stand in a sentence: in quotes, its start when it is long, control characters escaped.
std::string Quoted(std::string_view text);

/// What is wrong with `text` as the value of any key, or nothing: it is going to be a C string somewhere.
std::optional<std::string> TextProblem(std::string_view text);

/// What is wrong with `name` as the name of a topic, by Kafka's rules, or nothing.
std::optional<std::string> TopicNameProblem(std::string_view name);

/// What is wrong with `value` for what `spec` says that it stands for, or nothing. An empty value stands for nothing.
/// No I/O: where a path leads to is FileAccess's.
std::optional<std::string> RoleProblem(const FieldSpec& spec, std::string_view value);

}  // namespace framespool::config
