#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include <framespool/config_def.h>

namespace framespool::picture_transforms {

/// The field that was declared last, as the form shows it.
template <class Config>
ConfigDef<Config>& Shown(ConfigDef<Config>& def, const char* display) {
  return def.DisplayName(display).Group("Transform");
}

/// A rule that says as a sentence what is wrong with `field`, or nothing.
template <class Config>
void Rule(ConfigDef<Config>& def, const char* field, std::function<std::optional<std::string>(const Config&)> rule) {
  def.Rule(field, [rule = std::move(rule)](const Config& config) -> std::optional<Problem> {
    std::optional<std::string> sentence = rule(config);
    if (!sentence) return std::nullopt;
    return Problem{.message = std::move(*sentence)};
  });
}

}  // namespace framespool::picture_transforms
