#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <config/config_report.h>
#include <plugins/plugin_registry.h>

/// What in a connector's config is a plugin of its own: the chain of transforms, each with a predicate or none, and the
/// converters. By Kafka Connect's names.
namespace framespool::config {

struct Part {
  std::string alias;   // "a" of `transforms = a`
  std::string prefix;  // of its keys: "transforms.a."
  const plugins::PluginClass* plugin = nullptr;
  RawConfig config{};   // its own keys, without the prefix
  bool of_key = false;  // it works on the record's key, not on its value
};

/// A transform, and for which records it is.
struct Stage {
  Part transform;
  std::optional<Part> predicate{};
  bool negate = false;  // for those that the predicate does not name
};

struct Parts {
  std::vector<Stage> chain{};  // in order
  // Nothing: bytes pass as they are, and data is written as JSON.
  std::optional<Part> key_converter{};
  std::optional<Part> value_converter{};

  /// Each once, in the order of their keys.
  std::vector<const Part*> All() const;
};

/// Whether a config provider says which parts there are, so that only its task knows them.
bool NamesParts(const RawConfig& config);

/// `config` with the worker's own converters (key.converter and value.converter, each with its keys) where it names
/// none.
RawConfig WithConverters(RawConfig config, const RawConfig& of_worker);

/// Those of them that there are: what CheckParts() finds fault with is left out. `plugins` outlives them. No I/O.
Parts PartsOf(const RawConfig& config, const plugins::PluginRegistry& plugins);

/// The same for a task, which must not run without a stage of its chain: throws ConfigError that names the key.
Parts RequireParts(const RawConfig& config, const plugins::PluginRegistry& plugins);

/// Of a view's chain what does not decide by the record alone, and so cannot stand there, as the key that names it and
/// a sentence that goes on behind that.
std::vector<std::pair<std::string, std::string>> OutOfPlaceBeforeView(const Parts& parts,
                                                                      const std::string& view_class);

/// Adds to `report` the keys of the parts, each part in a group of its own ("Transforms: a"), and what is wrong with
/// them. No I/O.
void CheckParts(ConfigReport& report, const plugins::PluginClass& connector, const RawConfig& config,
                const plugins::PluginRegistry& plugins);

/// The warnings of that alone: keys below an alias that nobody reads.
std::vector<ConfigWarning> PartWarnings(const plugins::PluginClass& connector, const RawConfig& config,
                                        const plugins::PluginRegistry& plugins);

}  // namespace framespool::config
