#include "config/parts.h"

#include <algorithm>
#include <array>
#include <set>

#include <config/connector_config.h>
#include <config/properties.h>
#include <config/value_checks.h>
#include <config/variables.h>

namespace framespool::config {

namespace {

/// Each is looked for, described and checked by itself, and anybody may send a config.
constexpr std::size_t kMostAliases = 100;
/// What headers are here without a converter: text.
constexpr std::array<std::string_view, 3> kHeaderConverters = {"SimpleHeaderConverter", "StringConverter",
                                                               "ByteArrayConverter"};
constexpr std::string_view kBytesAsTheyAre = "ByteArrayConverter";

struct List {
  const char* key;    // "transforms"
  const char* group;  // "Transforms"
  const char* kind;   // as in a sentence: "transform"
  const char* java;   // Kafka Connect's interface
  PluginKind plugin_kind;
};
constexpr List kTransforms{"transforms", "Transforms", "transform", "Transformation", PluginKind::kTransform};
constexpr List kPredicates{"predicates", "Predicates", "predicate", "Predicate", PluginKind::kPredicate};

std::string ValueOf(const RawConfig& config, const std::string& key) {
  const auto found = config.find(key);
  return found == config.end() ? "" : std::string(Trim(found->second));
}

std::vector<std::string> AliasesOf(const RawConfig& config, const char* key) {
  std::vector<std::string> aliases;
  ParseValue(ValueOf(config, key), aliases);
  return aliases;
}

std::string_view LastName(std::string_view name) {
  const auto dot = name.rfind('.');
  return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

bool HasPart(const plugins::PluginClass& plugin) {
  return std::any_of(plugin.fields.begin(), plugin.fields.end(),
                     [](const FieldSpec& field) { return field.name == "part"; });
}

/// "key" or "value" of a name that ends in $Key or $Value.
std::string PartIn(std::string_view name) {
  return name.ends_with("$Key") ? "key" : name.ends_with("$Value") ? "value" : "";
}

const plugins::PluginClass* Find(const plugins::PluginRegistry& plugins, PluginKind kind, const std::string& name) {
  const auto* plugin = name.empty() ? nullptr : plugins.FindAny(name);
  if (plugin == nullptr || plugin->kind != kind) return nullptr;
  return PartIn(name).empty() || HasPart(*plugin) ? plugin : nullptr;
}

std::string Known(const plugins::PluginRegistry& plugins, PluginKind kind) {
  std::string known;
  for (const auto* plugin : plugins.Classes()) {
    if (plugin->kind == kind) known += (known.empty() ? "" : ", ") + plugin->class_name;
  }
  return known.empty() ? "none; check plugin.path" : known;
}

/// `reserved` are keys below the prefix that are not the plugin's.
Part MakePart(const RawConfig& config, const std::string& alias, const std::string& prefix,
              const plugins::PluginClass& plugin, const std::string& type, const std::set<std::string>& reserved) {
  Part part{.alias = alias, .prefix = prefix, .plugin = &plugin};
  for (auto at = config.lower_bound(prefix); at != config.end() && at->first.starts_with(prefix); ++at) {
    std::string name = at->first.substr(prefix.size());
    if (!reserved.contains(name)) part.config.emplace(std::move(name), at->second);
  }
  if (const std::string of = PartIn(type); !of.empty()) part.config["part"] = of;
  part.of_key = ValueOf(part.config, "part") == "key";
  return part;
}

const std::set<std::string> kReservedOfTransform = {"type", "plugin.version", "predicate", "negate"};
const std::set<std::string> kReservedOfPredicate = {"type", "plugin.version"};

std::optional<Part> PartOfList(const RawConfig& config, const plugins::PluginRegistry& plugins, const List& list,
                               const std::string& alias) {
  const std::string prefix = std::string(list.key) + "." + alias + ".";
  const std::string type = ValueOf(config, prefix + "type");
  const auto* plugin = Find(plugins, list.plugin_kind, type);
  if (plugin == nullptr) return std::nullopt;
  const bool is_transform = list.plugin_kind == PluginKind::kTransform;
  return MakePart(config, alias, prefix, *plugin, type, is_transform ? kReservedOfTransform : kReservedOfPredicate);
}

std::optional<Part> ConverterOf(const RawConfig& config, const plugins::PluginRegistry& plugins, const char* key) {
  const std::string type = ValueOf(config, key);
  const auto* plugin = Find(plugins, PluginKind::kConverter, type);
  if (plugin == nullptr) return std::nullopt;
  return MakePart(config, key, std::string(key) + ".", *plugin, type, {"plugin.version"});
}

std::string NoSuchType(const plugins::PluginRegistry& plugins, const List& list, const std::string& type) {
  std::string problem = std::string("must be the class of a ") + list.kind;
  if (type.empty()) return problem + ", but is empty; there are: " + Known(plugins, list.plugin_kind);
  const auto* plugin = plugins.FindAny(type);
  problem += ", but " + Quoted(type);
  if (plugin == nullptr) return problem + " is none of this worker's; there are: " + Known(plugins, list.plugin_kind);
  if (plugin->kind == list.plugin_kind) {
    return problem + " does not work on a part of a record: write it without " + type.substr(type.rfind('$'));
  }
  return problem + " is another kind of plugin; there are: " + Known(plugins, list.plugin_kind);
}

/// Adds keys to a report, and errors to keys.
class Reporter {
 public:
  Reporter(ConfigReport& report, const RawConfig& config) : report_(report), config_(config) {}

  /// A key as `spec` says it, checked with what it holds.
  void Add(FieldSpec spec, const std::string& group) {
    // A stage of the chain is a group of its own, whatever its class calls its keys.
    if (spec.group.empty() || group.find(": ") != std::string::npos) spec.group = group;
    const std::string shown = spec.group;
    if (std::find(report_.groups.begin(), report_.groups.end(), shown) == report_.groups.end()) {
      report_.groups.push_back(shown);
    }
    known_.insert(spec.name);
    FieldResult result = ValidateFields(std::span(&spec, 1), config_).front();
    if (result.errors.empty() && result.value) {
      if (auto problem = RoleProblem(spec, *result.value))
        result.errors.push_back({.field = spec.name, .message = std::move(*problem)});
    }
    auto key = std::find_if(report_.keys.begin(), report_.keys.end(),
                            [&](const ConfigReport::Key& each) { return each.spec.name == spec.name; });
    if (key == report_.keys.end()) {
      if (!result.errors.empty()) ++report_.error_count;
      report_.keys.push_back({.spec = std::move(spec), .result = std::move(result), .order = ++places_[shown]});
      return;
    }
    // It is there because its text was bad.
    const bool had_errors = !key->result.errors.empty();
    for (Problem& error : key->result.errors) result.errors.push_back(std::move(error));
    if (!had_errors && !result.errors.empty()) ++report_.error_count;
    *key = {.spec = std::move(spec), .result = std::move(result), .order = ++places_[shown]};
  }
  void Error(const std::string& key, std::string message) {
    AddError(report_, {.field = key, .message = std::move(message)});
  }
  bool Good(const std::string& name) const {
    return std::none_of(report_.keys.begin(), report_.keys.end(), [&](const ConfigReport::Key& each) {
      return each.spec.name == name && !each.result.errors.empty();
    });
  }
  void WarnOf(const std::string& key, std::string message) {
    report_.warnings.push_back({.field = key, .message = std::move(message), .suggestion = std::nullopt});
  }
  void AddFieldsOf(const Part& part, const std::string& group) {
    for (FieldSpec field : part.plugin->fields) {
      const std::string name = field.name;
      field.name = part.prefix + name;
      // What $Key and $Value set stands in the class's name.
      if (name == "part" && !config_.contains(field.name)) {
        if (const auto set = part.config.find(name); set != part.config.end()) field.default_value = set->second;
      }
      if (field.display_name.empty()) field.display_name = name;
      Add(std::move(field), group);
    }
  }
  /// The keys below `prefix` that no part declares.
  void WarnOfOthers(const std::string& prefix) {
    constexpr std::size_t kMost = 100;
    const std::vector<std::string> known(known_.begin(), known_.end());
    for (auto at = config_.lower_bound(prefix); at != config_.end() && at->first.starts_with(prefix); ++at) {
      if (known_.contains(at->first) || at->first.ends_with(".plugin.version")) continue;
      if (report_.warnings.size() >= kMost) return;
      ConfigWarning warning{.field = at->first, .message = {}, .suggestion = {}};
      const std::string nearest = at->first.size() > kMost ? "" : Nearest(at->first, known);
      warning.message = "is no key of what this config names and has no effect" +
                        (nearest.empty() ? "." : "; did you mean " + nearest + "?");
      if (!nearest.empty()) warning.suggestion = nearest;
      report_.warnings.push_back(std::move(warning));
    }
  }

 private:
  ConfigReport& report_;
  const RawConfig& config_;
  std::map<std::string, int> places_;
  std::set<std::string> known_;
};

/// Each alias once, in order; what is wrong with the list itself is said.
std::vector<std::string> CheckedAliases(Reporter& reporter, const RawConfig& config, const List& list) {
  std::vector<std::string> aliases;
  for (const std::string& alias : AliasesOf(config, list.key)) {
    if (std::find(aliases.begin(), aliases.end(), alias) != aliases.end()) {
      reporter.Error(list.key, std::string("must name each ") + list.kind + " once, but names " + Quoted(alias) +
                                   " again: two of the same class need an alias each");
    } else if (aliases.size() == kMostAliases) {
      reporter.Error(list.key, "must name at most " + std::to_string(kMostAliases) + ", but names more");
      break;
    } else {
      aliases.push_back(alias);
    }
  }
  return aliases;
}

FieldSpec TypeSpec(const List& list, const std::string& alias) {
  FieldSpec spec;
  spec.name = std::string(list.key) + "." + alias + ".type";
  spec.doc = "Class for the '" + alias + "' " + list.kind + ".";
  spec.default_value = "";  // what an empty one is told names the classes
  spec.importance = Importance::kHigh;
  spec.display_name = std::string(list.java) + " type for " + alias;
  spec.width = Width::kLong;
  return spec;
}

void CheckList(Reporter& reporter, const RawConfig& config, const plugins::PluginRegistry& plugins, const List& list,
               const std::vector<std::string>& aliases) {
  for (const std::string& alias : aliases) {
    const std::string prefix = std::string(list.key) + "." + alias + ".";
    const std::string group = std::string(list.group) + ": " + alias;
    reporter.Add(TypeSpec(list, alias), group);
    if (list.plugin_kind == PluginKind::kTransform) {
      FieldSpec predicate;
      predicate.name = prefix + "predicate";
      predicate.doc = "The alias of a predicate: this transform is only for records that it names. Empty: for all.";
      predicate.default_value = "";
      predicate.display_name = "predicate";
      reporter.Add(std::move(predicate), group);
      FieldSpec negate;
      negate.name = prefix + "negate";
      negate.type = FieldType::kBoolean;
      negate.doc = "Whether this transform is for the records that the predicate does not name.";
      negate.default_value = "false";
      negate.display_name = "negate";
      reporter.Add(std::move(negate), group);
    }
    if (const auto part = PartOfList(config, plugins, list, alias)) {
      reporter.AddFieldsOf(*part, group);
      const std::string type = ValueOf(config, prefix + "type");
      const std::string of_type = PartIn(type), given = ValueOf(config, prefix + "part");
      if (!of_type.empty() && !given.empty() && given != of_type) {
        reporter.WarnOf(prefix + "part", "is " + Quoted(given) + " and has no effect: " + Quoted(type) +
                                             " works on the record's " + of_type + "; remove one of the two.");
      }
    } else {
      reporter.Error(prefix + "type", NoSuchType(plugins, list, ValueOf(config, prefix + "type")));
    }
  }
}

void CheckPredicatesOf(Reporter& reporter, const RawConfig& config, const std::vector<std::string>& transforms,
                       const std::vector<std::string>& predicates) {
  for (const std::string& alias : transforms) {
    const std::string prefix = "transforms." + alias + ".";
    const std::string wanted = ValueOf(config, prefix + "predicate");
    if (wanted.empty()) {
      if (!ValueOf(config, prefix + "negate").empty()) {
        reporter.Error(prefix + "negate",
                       "has nothing to negate: " + prefix + "predicate names no predicate; set that, or remove this");
      }
    } else if (std::find(predicates.begin(), predicates.end(), wanted) == predicates.end()) {
      std::string known;
      for (const std::string& predicate : predicates) known += (known.empty() ? "" : ", ") + predicate;
      reporter.Error(prefix + "predicate", "must be one of those that predicates names (" +
                                               (known.empty() ? "none" : known) + "), but is " + Quoted(wanted));
    }
  }
}

void CheckConverters(Reporter& reporter, const RawConfig& config, const plugins::PluginRegistry& plugins) {
  for (const char* key : {"key.converter", "value.converter"}) {
    const std::string type = ValueOf(config, key);
    if (const auto part = ConverterOf(config, plugins, key)) {
      reporter.AddFieldsOf(*part, "Common");
    } else if (!type.empty() && LastName(type) != kBytesAsTheyAre) {
      reporter.Error(key, "must be the class of a converter that this worker has, but is " + Quoted(type) +
                              "; there are: " + Known(plugins, PluginKind::kConverter));
    }
  }
  const std::string type = ValueOf(config, "header.converter");
  if (!type.empty() &&
      std::find(kHeaderConverters.begin(), kHeaderConverters.end(), LastName(type)) == kHeaderConverters.end()) {
    std::string known;
    for (const std::string_view each : kHeaderConverters) known.append(known.empty() ? "" : ", ").append(each);
    reporter.Error("header.converter", "must be a converter that leaves headers text, as they are here, but is " +
                                           Quoted(type) + "; there are: " + known);
  }
}

}  // namespace

std::vector<const Part*> Parts::All() const {
  std::vector<const Part*> all;
  for (const Stage& stage : chain) {
    all.push_back(&stage.transform);
    const bool seen = stage.predicate && std::any_of(all.begin(), all.end(), [&](const Part* part) {
                        return part->prefix == stage.predicate->prefix;
                      });
    if (stage.predicate && !seen) all.push_back(&*stage.predicate);
  }
  for (const auto* converter : {&key_converter, &value_converter}) {
    if (*converter) all.push_back(&**converter);
  }
  return all;
}

RawConfig WithConverters(RawConfig config, const RawConfig& of_worker) {
  for (const std::string key : {"key.converter", "value.converter"}) {
    if (!ValueOf(config, key).empty()) continue;
    for (auto at = of_worker.lower_bound(key); at != of_worker.end() && at->first.starts_with(key); ++at) {
      if (at->first == key || at->first.starts_with(key + ".")) config.insert_or_assign(at->first, at->second);
    }
  }
  return config;
}

bool NamesParts(const RawConfig& config) {
  return std::any_of(config.begin(), config.end(), [](const auto& each) {
    const std::string_view key = each.first;
    const bool names = key == std::string_view(kTransforms.key) || key == std::string_view(kPredicates.key) ||
                       key.ends_with("converter") ||
                       ((key.starts_with("transforms.") || key.starts_with("predicates.")) && key.ends_with(".type"));
    return names && !VariablesIn(each.second).empty();
  });
}

Parts PartsOf(const RawConfig& config, const plugins::PluginRegistry& plugins) {
  Parts parts;
  std::set<std::string> seen;
  for (const std::string& alias : AliasesOf(config, kTransforms.key)) {
    if (!seen.insert(alias).second || seen.size() > kMostAliases) continue;
    auto transform = PartOfList(config, plugins, kTransforms, alias);
    if (!transform) continue;
    Stage stage{.transform = std::move(*transform)};
    const std::string prefix = stage.transform.prefix;
    if (const std::string predicate = ValueOf(config, prefix + "predicate"); !predicate.empty()) {
      stage.predicate = PartOfList(config, plugins, kPredicates, predicate);
      if (!stage.predicate) continue;
    }
    ParseValue(ValueOf(config, prefix + "negate"), stage.negate);
    parts.chain.push_back(std::move(stage));
  }
  parts.key_converter = ConverterOf(config, plugins, "key.converter");
  parts.value_converter = ConverterOf(config, plugins, "value.converter");
  return parts;
}

Parts RequireParts(const RawConfig& config, const plugins::PluginRegistry& plugins) {
  for (const std::string& alias : AliasesOf(config, kTransforms.key)) {
    const std::string prefix = "transforms." + alias + ".";
    const std::string type = ValueOf(config, prefix + "type");
    if (Find(plugins, kTransforms.plugin_kind, type) == nullptr)
      throw ConfigError(prefix + "type " + NoSuchType(plugins, kTransforms, type));
    const std::string predicate = ValueOf(config, prefix + "predicate");
    const std::string predicate_key = "predicates." + predicate + ".type";
    const std::string predicate_type = ValueOf(config, predicate_key);
    if (!predicate.empty() && Find(plugins, kPredicates.plugin_kind, predicate_type) == nullptr)
      throw ConfigError(predicate_key + " " + NoSuchType(plugins, kPredicates, predicate_type));
  }
  return PartsOf(config, plugins);
}

std::vector<std::pair<std::string, std::string>> OutOfPlaceBeforeView(const Parts& parts,
                                                                      const std::string& view_class) {
  std::vector<std::pair<std::string, std::string>> found;
  const auto look = [&](const Part& part) {
    if (part.plugin->stateless) return;
    found.emplace_back(part.prefix + "type",
                       "must be one that decides by the record alone: " + view_class +
                           " reads its topic at many places at once and jumps about in it, and " +
                           part.plugin->class_name +
                           " goes by the records before; put it into the source of the topic, or have a TopicSource "
                           "write what it leaves into a topic of its own");
  };
  for (const Stage& stage : parts.chain) {
    look(stage.transform);
    if (stage.predicate) look(*stage.predicate);
  }
  return found;
}

void CheckParts(ConfigReport& report, const plugins::PluginClass& connector, const RawConfig& config,
                const plugins::PluginRegistry& plugins) {
  Reporter reporter(report, config);
  const auto transforms = CheckedAliases(reporter, config, kTransforms);
  const auto predicates = CheckedAliases(reporter, config, kPredicates);
  CheckList(reporter, config, plugins, kTransforms, transforms);
  CheckList(reporter, config, plugins, kPredicates, predicates);
  CheckPredicatesOf(reporter, config, transforms, predicates);
  if (connector.kind == PluginKind::kView) {
    for (const auto& [key, problem] : OutOfPlaceBeforeView(PartsOf(config, plugins), connector.class_name))
      reporter.Error(key, problem);
  }
  CheckConverters(reporter, config, plugins);
  for (const char* prefix : {"transforms.", "predicates."}) reporter.WarnOfOthers(prefix);
}

std::vector<ConfigWarning> PartWarnings(const plugins::PluginClass& connector, const RawConfig& config,
                                        const plugins::PluginRegistry& plugins) {
  ConfigReport report;
  CheckParts(report, connector, config, plugins);
  return std::move(report.warnings);
}

}  // namespace framespool::config
