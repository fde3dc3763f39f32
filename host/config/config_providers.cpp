#include "config/config_providers.h"

#include <algorithm>
#include <iterator>
#include <mutex>
#include <variant>

#include <base/log.h>
#include <base/trace.h>
#include <config/connector_config.h>
#include <config/properties.h>
#include <config/value_checks.h>

namespace framespool::config {

namespace {

using namespace std::chrono_literals;

constexpr const char* kList = "config.providers";
constexpr const char* kClass = "connector.class";
constexpr const char* kNaming[] = {"transforms", "predicates", "topic.creation.groups"};
constexpr ProblemKind kNoProvider = "no-such-config-provider";
constexpr ProblemKind kMissing = "config-value-missing";
constexpr ProblemKind kUnreadable = "config-value-unreadable";
constexpr auto kPatienceAtStart = 10s;
/// As large as a chain of certificates; a value is compared with each line of the log.
constexpr std::size_t kLongestValue = 64 << 10;
constexpr std::size_t kMostBytes = 256 << 10;  // of all values of a config
constexpr std::size_t kMostPaths = 100;        // of a config: each is asked for on a thread
/// Of questions that nobody answers: anybody may send a config that names a dead mount, again and again.
constexpr std::size_t kMostForOnePath = 4;
constexpr std::size_t kMostAnywhere = 64;
constexpr auto kSoon = 2s;  // an answer that has not come since then is late

std::string Listed(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "none" : text;
}

/// `variable` is not to be had, since …; the key stands before it.
VariableValue Without(const Variable& variable, ProblemKind kind, std::string message, bool is_retriable = false) {
  return {.value = {},
          .problem = Problem{.message = std::move(message),
                             .kind = kind,
                             .facts = {{"variable", ToText(variable)}, {"provider", variable.provider}}},
          .is_retriable = is_retriable};
}

struct Provider {
  std::string class_name;
  plugins::Plugin plugin;
  RawConfig params;

  std::unique_ptr<ConfigProvider> Make() const { return plugin.MakeConfigProvider(params); }
};

/// The params below `prefix`, of which those that the class does not have are told.
RawConfig ParamsOf(const RawConfig& keys, const std::string& prefix, const plugins::PluginClass& plugin) {
  RawConfig params;
  std::vector<std::string> known;
  for (const FieldSpec& field : plugin.fields) known.push_back(field.name);
  for (auto at = keys.lower_bound(prefix); at != keys.end() && at->first.starts_with(prefix); ++at) {
    const std::string name = at->first.substr(prefix.size());
    params.emplace(name, at->second);
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string nearest = Nearest(name, known);
    log::Warn("config", at->first + " is no param of " + plugin.class_name + " and has no effect" +
                            (nearest.empty() ? "" : "; did you mean " + prefix + nearest + "?"));
  }
  return params;
}

}  // namespace

struct ConfigProviders::Known {
  std::map<std::string, Provider> providers;

  /// Counts a question about that path until it is answered; nothing when too many have not been for a while.
  base::DetachedCalls::Call Begin(const std::string& provider, const std::string& path) const {
    const auto now = std::chrono::steady_clock::now();
    const std::lock_guard lock(mutex);
    std::size_t here = 0;
    std::size_t anywhere = 0;
    for (auto& [place, open] : questions) {
      std::erase_if(open, [](const Open& each) { return each.call.expired(); });
      const auto late = static_cast<std::size_t>(
          std::count_if(open.begin(), open.end(), [&](const Open& each) { return now - each.since > kSoon; }));
      anywhere += late;
      if (place.first == provider && place.second == path) here = late;
    }
    std::erase_if(questions, [](const auto& each) { return each.second.empty(); });
    if (here >= kMostForOnePath || anywhere >= kMostAnywhere) return nullptr;
    auto call = std::make_shared<const std::string>(path);
    questions[{provider, path}].push_back({now, call});
    return call;
  }

  std::set<std::string> Names() const {
    std::set<std::string> names;
    for (const auto& [name, provider] : providers) names.insert(name);
    return names;
  }

  struct Open {
    std::chrono::steady_clock::time_point since;
    std::weak_ptr<const void> call;
  };
  mutable std::mutex mutex;
  mutable std::map<std::pair<std::string, std::string>, std::vector<Open>> questions;
};

ConfigProviders::ConfigProviders(const RawConfig& keys, plugins::PluginRegistry& plugins) {
  auto known = std::make_shared<Known>();
  std::vector<std::string> names;
  if (const auto list = keys.find(kList); list != keys.end()) ParseValue(list->second, names);
  for (const std::string& name : names) {
    if (name == kOfRecords) {
      throw ConfigError(Problem{.field = kList,
                                .message = "must not name a provider " + Quoted(name) + ": ${" + name +
                                           ":…} is a header of a record; give it another name"});
    }
    const std::string prefix = std::string(kList) + "." + name + ".";
    const std::string class_key = prefix + "class";
    const auto given = keys.find(class_key);
    const std::string type(given == keys.end() ? "" : Trim(given->second));
    const auto* plugin = type.empty() ? nullptr : plugins.FindAny(type);
    if (plugin == nullptr || plugin->kind != PluginKind::kConfigProvider) {
      std::set<std::string> classes;
      for (const auto* each : plugins.Classes()) {
        if (each->kind == PluginKind::kConfigProvider) classes.insert(each->class_name);
      }
      throw ConfigError(Problem{.field = class_key,
                                .message = "must be the class of a config provider, but is " + Quoted(type) +
                                           "; there are: " + Listed(classes)});
    }
    const std::string param_prefix = prefix + "param.";
    Provider provider{plugin->class_name, plugins.Open(*plugin), ParamsOf(keys, param_prefix, *plugin)};
    base::DetachedCall<bool> made("config-value", [provider] { return provider.Make() != nullptr; });
    if (!made.AwaitFor(kPatienceAtStart))
      throw ConfigError(Problem{.field = class_key, .message = plugin->class_name + " could not be made in time"});
    try {
      made.Take();
    } catch (const ConfigError& error) {
      std::vector<Problem> problems = error.problems();
      for (Problem& problem : problems) problem.field.insert(0, param_prefix);
      throw ConfigError(std::move(problems));
    }
    known->providers.insert_or_assign(name, std::move(provider));
  }
  for (const auto& [key, value] : keys) {
    const bool is_named =
        key == kList || std::any_of(names.begin(), names.end(), [&key = key](const std::string& name) {
          return key.starts_with(std::string(kList) + "." + name + ".");
        });
    if (!is_named) log::Warn("config", key + " has no effect: config.providers does not name this provider");
  }
  known_ = std::move(known);
}

ConfigProviders ConfigProviders::WithSecrets(base::Secrets secrets) const {
  ConfigProviders with = *this;
  with.secrets_ = std::move(secrets);
  return with;
}

ConfigProviders::Lookup::Lookup(const ConfigProviders& providers, const std::set<Variable>& variables) {
  std::map<std::pair<std::string, std::string>, std::set<std::string>> asked;
  for (const Variable& variable : variables) {
    if (!providers.known_ || !providers.known_->providers.contains(variable.provider)) {
      known_[variable] = Without(variable, kNoProvider,
                                 "names the config provider " + Quoted(variable.provider) +
                                     ", which config.providers of the worker's "
                                     "properties does not have (" +
                                     Listed(providers.known_ ? providers.known_->Names() : std::set<std::string>()) +
                                     "); name it there, or correct this");
    } else if (asked.size() >= kMostPaths && !asked.contains({variable.provider, variable.path})) {
      known_[variable] = Without(variable, kUnreadable,
                                 "cannot be " + Quoted(ToText(variable)) + ": one config may name " +
                                     std::to_string(kMostPaths) + " files at most; gather the values in fewer");
    } else {
      asked[{variable.provider, variable.path}].insert(variable.key);
    }
  }
  for (auto& [place, keys] : asked) {
    const Provider& provider = providers.known_->providers.at(place.first);
    Question question{.provider = place.first,
                      .path = place.second,
                      .keys = std::move(keys),
                      .params = provider.params.empty()
                                    ? ""
                                    : ", or config.providers." + place.first + ".param.* do not allow it to be read",
                      .call = nullptr};
    // One of its own for each question, so that no two calls meet in it and none waits for another.
    if (auto counted = providers.known_->Begin(place.first, place.second)) {
      question.call = std::make_unique<base::DetachedCall<Answer>>(
          "config-value",
          [provider, path = question.path, wanted = question.keys] { return provider.Make()->Get(path, wanted); },
          std::move(counted));
    }
    questions_.push_back(std::move(question));
  }
}

bool ConfigProviders::Lookup::AwaitUntil(std::chrono::steady_clock::time_point deadline, const std::stop_token& stop) {
  return std::all_of(questions_.begin(), questions_.end(),
                     [&](Question& each) { return !each.call || each.call->AwaitUntil(deadline, stop); });
}

void ConfigProviders::Lookup::AnswerOf(Question& question, VariableValues& values) {
  const auto all = [&](ProblemKind kind, const auto& message, bool is_retriable) {
    for (const std::string& key : question.keys) {
      const Variable variable{.provider = question.provider, .path = question.path, .key = key};
      values[variable] =
          Without(variable, kind, "cannot be " + Quoted(ToText(variable)) + ": " + message, is_retriable);
    }
  };
  if (!question.call || !question.call->AwaitFor(0ms)) {
    return all(kUnreadable, std::string("the config provider does not answer; is it on a mount that does not?"), true);
  }
  try {
    const Answer answer = question.call->Take();
    for (const std::string& key : question.keys) {
      const Variable variable{.provider = question.provider, .path = question.path, .key = key};
      const auto found = answer.find(key);
      if (found == answer.end()) {
        values[variable] = Without(variable, kMissing,
                                   "cannot be " + Quoted(ToText(variable)) + ": there is no " + Quoted(key) +
                                       (question.path.empty() ? "" : " in " + Quoted(question.path)) + question.params +
                                       "; put it there, or correct its name");
      } else if (found->second.size() > kLongestValue) {
        values[variable] = Without(variable, kUnreadable,
                                   "cannot be " + Quoted(ToText(variable)) + ": what is there has more than " +
                                       std::to_string(kLongestValue) + " bytes");
      } else {
        values[variable] = {.value = found->second};
      }
    }
  } catch (const RetriableError& error) {
    all(kUnreadable, std::string(error.what()), true);
  } catch (const std::exception& error) {
    all(kUnreadable, std::string(error.what()), false);
  } catch (...) {
    all(kUnreadable, base::DescribeCurrentException(), false);
  }
}

VariableValues ConfigProviders::Lookup::Take() {
  VariableValues values = std::move(known_);
  for (Question& question : questions_) AnswerOf(question, values);
  questions_.clear();
  return values;
}

std::set<Variable> ConfigProviders::VariablesOf(const RawConfig& config) {
  std::set<Variable> variables;
  for (const auto& [key, value] : config) {
    if (key == "name" || key == kClass) continue;
    for (Variable& variable : VariablesIn(value)) variables.insert(std::move(variable));
  }
  return variables;
}

Resolution ConfigProviders::With(const RawConfig& config, VariableValues values) const {
  Resolution resolution{.config = config, .values = std::move(values), .secrets = secrets_};
  std::set<std::string> secrets;
  bool has_lasting_problem = false;
  std::size_t all_bytes = 0;
  for (auto& [key, value] : resolution.config) {
    if (key == "name") continue;
    const std::vector<Variable> variables = VariablesIn(value);
    if (variables.empty()) continue;
    resolution.keys.insert(key);
    std::optional<Problem> problem;
    if (key == kClass) {
      problem = Problem{.message = "must be the class itself: a config provider cannot say what a connector is"};
      has_lasting_problem = true;
    }
    for (const Variable& variable : variables) {
      const auto found = resolution.values.find(variable);
      if (found == resolution.values.end() || !found->second.problem) continue;
      if (!problem) problem = found->second.problem;
      has_lasting_problem |= !found->second.is_retriable;
    }
    if (problem) {
      problem->field = key;
      resolution.problems.emplace(key, std::move(*problem));
      continue;
    }
    std::size_t bytes = 0;
    for (const Variable& variable : variables) bytes += resolution.values.at(variable).value->size();
    if (all_bytes += bytes; all_bytes > kMostBytes) {
      resolution.problems.emplace(
          key, Problem{.field = key,
                       .message = "cannot be resolved: what config providers say in this config has more than " +
                                  std::to_string(kMostBytes) + " bytes",
                       .kind = kUnreadable});
      has_lasting_problem = true;
      continue;
    }
    bool has_short = false;
    value = Replaced(value, [&](const Variable& variable) {
      const std::string& text = *resolution.values.at(variable).value;
      secrets.insert(text);
      has_short |= Trim(text).size() < 4;
      return text;
    });
    // What is short is hidden only where it stands by itself, and here it may not.
    if (has_short) secrets.insert(value);
  }
  resolution.is_retriable = !resolution.problems.empty() && !has_lasting_problem;
  resolution.secrets = base::Secrets(secrets).With(secrets_);
  return resolution;
}

Resolution ConfigProviders::Resolve(const RawConfig& config, std::chrono::milliseconds patience) const {
  const std::set<Variable> variables = VariablesOf(config);
  if (variables.empty()) return With(config, {});
  Lookup lookup(*this, variables);
  lookup.AwaitUntil(std::chrono::steady_clock::now() + patience);
  return With(config, lookup.Take());
}

void ShowUnresolved(ConfigReport& report, const RawConfig& config, const Resolution& resolution) {
  const base::Secrets& secrets = resolution.secrets;
  if (secrets.empty() && resolution.keys.empty()) return;
  for (const auto& [key, problem] : resolution.problems) {
    const auto found = std::find_if(report.keys.begin(), report.keys.end(),
                                    [&key = key](const ConfigReport::Key& each) { return each.spec.name == key; });
    if (found == report.keys.end())
      AddError(report, problem);
    else
      found->result.errors = {problem};
  }
  // The aliases of parts and groups make names of keys.
  const bool names_are_known = std::none_of(std::begin(kNaming), std::end(kNaming),
                                            [&](const char* key) { return resolution.keys.contains(key); });
  const auto hide_name = [&](std::string& text) {
    if (!names_are_known) text = secrets.Hidden(text);
  };
  report.error_count = 0;
  for (ConfigReport::Key& key : report.keys) {
    const std::string name = key.spec.name;
    if (resolution.keys.contains(name)) key.result.value = std::string(Trim(config.at(name)));
    if (!resolution.problems.contains(name)) key.result.errors = secrets.Hidden(std::move(key.result.errors));
    if (!key.result.errors.empty()) ++report.error_count;
    for (Problem& error : key.result.errors) hide_name(error.field);
    for (std::string* text : {&key.spec.name, &key.result.name, &key.spec.doc, &key.spec.display_name, &key.spec.group})
      hide_name(*text);
  }
  for (std::string& group : report.groups) hide_name(group);
  for (ConfigWarning& warning : report.warnings) {
    hide_name(warning.field);
    warning.message = secrets.Hidden(warning.message);
    if (warning.suggestion) hide_name(*warning.suggestion);
  }
}

Fields WithVariables(Fields partition, const RawConfig& config, const Resolution& resolution) {
  for (auto& [name, value] : partition) {
    auto* text = std::get_if<std::string>(&value);
    if (text == nullptr) continue;
    const auto key = std::find_if(resolution.keys.begin(), resolution.keys.end(), [&](const std::string& each) {
      return !resolution.problems.contains(each) && Trim(resolution.config.at(each)) == *text;
    });
    if (key != resolution.keys.end())
      *text = std::string(Trim(config.at(*key)));
    else
      *text = resolution.problems.empty() ? resolution.secrets.Hidden(*text) : std::string(base::Secrets::kHidden);
  }
  return partition;
}

Fields WithValues(Fields partition, const RawConfig& config, const Resolution& resolution) {
  for (auto& [name, value] : partition) {
    auto* text = std::get_if<std::string>(&value);
    if (text == nullptr) continue;
    const auto key = std::find_if(resolution.keys.begin(), resolution.keys.end(),
                                  [&](const std::string& each) { return Trim(config.at(each)) == Trim(*text); });
    if (key != resolution.keys.end()) *text = std::string(Trim(resolution.config.at(*key)));
  }
  return partition;
}

}  // namespace framespool::config
