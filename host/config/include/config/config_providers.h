#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <base/detached_calls.h>
#include <base/secrets.h>
#include <config/config_report.h>
#include <config/variables.h>
#include <plugins/plugin_registry.h>

/// Kafka Connect's config providers: where values come from that are in no config.
namespace framespool::config {

/// What a provider says of a variable.
struct VariableValue {
  std::optional<std::string> value{};  // nothing: it has none, or could not say
  std::optional<Problem> problem{};    // why, without the key that the variable stands in
  bool is_retriable = false;           // it may be there later
};
using VariableValues = std::map<Variable, VariableValue>;

/// A config in which each variable is what its provider said.
struct Resolution {
  RawConfig config{};                         // a value of which a variable is not known is as it was written
  std::map<std::string, Problem> problems{};  // by key: why it is not
  bool is_retriable = false;                  // and all of that may pass
  std::set<std::string> keys{};               // whose values have variables
  VariableValues values{};
  base::Secrets secrets{};  // what the providers said, and the worker's own
};

/// The providers that worker.properties names. Cheap to copy; any thread.
class ConfigProviders {
 public:
  /// None: what looks like a variable is a problem.
  ConfigProviders() = default;
  /// `keys`: config.providers and what stands below it. Opens their libraries and makes one of each, to find what is
  /// wrong. Throws ConfigError that names the key. `plugins` outlives it.
  ConfigProviders(const RawConfig& keys, plugins::PluginRegistry& plugins);

  /// With values of the worker's own config that nobody may read either.
  ConfigProviders WithSecrets(base::Secrets secrets) const;
  const base::Secrets& secrets() const noexcept { return secrets_; }

  /// Asks for all variables of `config` and waits for `patience` at most; what has not come then is a problem. `name`
  /// is as it is, and a variable in connector.class is a problem: what they say must be known to whoever reads it.
  Resolution Resolve(const RawConfig& config, std::chrono::milliseconds patience = std::chrono::seconds(5)) const;

  /// Values under way. Each path is asked for on a thread of its own, which is left behind when it does not answer: a
  /// dead mount holds whoever looks at it.
  class Lookup {
   public:
    Lookup(const ConfigProviders& providers, const std::set<Variable>& variables);
    /// Whether all have come by `deadline`, or until `stop`.
    bool AwaitUntil(std::chrono::steady_clock::time_point deadline, const std::stop_token& stop = {});
    /// What has come; of the rest, that it has not.
    VariableValues Take();

   private:
    using Answer = std::map<std::string, std::string>;
    struct Question {
      std::string provider;
      std::string path;
      std::set<std::string> keys;
      std::string params;  // in a sentence
      std::unique_ptr<base::DetachedCall<Answer>> call;
    };
    void AnswerOf(Question& question, VariableValues& values);

    VariableValues known_;
    std::vector<Question> questions_;
  };

  /// `config` with `values`, which a lookup of its variables has found.
  Resolution With(const RawConfig& config, VariableValues values) const;
  /// What Resolve() asks for.
  static std::set<Variable> VariablesOf(const RawConfig& config);

 private:
  struct Known;
  std::shared_ptr<const Known> known_;
  base::Secrets secrets_;
};

/// `report`, which is of a resolution, as it may be shown: values as they are written, no value of a provider in any
/// text, and of a key that could not be resolved only that.
void ShowUnresolved(ConfigReport& report, const RawConfig& config, const Resolution& resolution);

/// A source may say where it stands by a value of its config ({"file": "/videos/door.mp4"}). Clients see and send such
/// a text as the config has it; one that holds what a provider said is hidden, and all are where that is not known.
Fields WithVariables(Fields partition, const RawConfig& config, const Resolution& resolution);
/// And as the source means it.
Fields WithValues(Fields partition, const RawConfig& config, const Resolution& resolution);

}  // namespace framespool::config
