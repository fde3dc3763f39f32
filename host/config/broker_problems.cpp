#include "config/broker_problems.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>

namespace framespool::config {

namespace {

struct Client {
  std::string_view prefix;
  broker::ClientKind kind;
};
constexpr std::array<Client, 2> kClients = {
    {{"producer.override.", broker::ClientKind::kProducer}, {"consumer.override.", broker::ClientKind::kConsumer}}};
/// What the policy Principal lets connectors say.
constexpr std::array<std::string_view, 6> kPrincipal = {"security.protocol", "sasl.jaas.config", "sasl.mechanism",
                                                        "sasl.username",     "sasl.password",    "sasl.mechanisms"};

bool Allows(const std::string& policy, std::string_view setting) {
  if (policy == "None") return false;
  return policy != "Principal" || std::find(kPrincipal.begin(), kPrincipal.end(), setting) != kPrincipal.end();
}

void AddClientProblems(const RawConfig& config, const Client& client, const broker::Broker& broker,
                       const std::string& policy, std::vector<Problem>& errors) {
  const std::string prefix(client.prefix);
  std::map<std::string, std::string> overrides;
  for (auto at = config.lower_bound(prefix); at != config.end() && at->first.starts_with(prefix); ++at) {
    const std::string setting = at->first.substr(prefix.size());
    if (Allows(policy, setting)) {
      overrides[setting] = at->second;
    } else {
      errors.push_back({.field = at->first,
                        .message = "is not allowed: the worker's connector.client.config.override.policy is " + policy +
                                   "; remove it",
                        .kind = kind::kNotAllowed});
    }
  }
  for (Problem& problem : broker.ClientSettingProblems(client.kind, overrides)) {
    problem.field = prefix + (problem.field.empty() ? "*" : problem.field);
    errors.push_back(std::move(problem));
  }
}

bool Is(const RawConfig& config, const char* key, std::string_view value) {
  const auto found = config.find(key);
  return found != config.end() && found->second == value;
}

}  // namespace

std::vector<Problem> BrokerProblems(const RawConfig& config, const broker::Broker& broker,
                                    const std::string& override_policy) {
  std::vector<Problem> errors;
  const broker::Capabilities can = broker.capabilities();
  if (can.clients) {
    for (const Client& client : kClients) AddClientProblems(config, client, broker, override_policy, errors);
  }
  if (!can.exactly_once && Is(config, "exactly.once.support", "required")) {
    errors.push_back({.field = "exactly.once.support",
                      .message = "is required, but the worker's exactly.once.source.support is disabled; enable that"});
  }
  if (can.transactions && Is(config, "transaction.boundary", "connector")) {
    errors.push_back({.field = "transaction.boundary",
                      .message = "= connector: no connector here defines transactions; use poll or interval"});
  }
  return errors;
}

}  // namespace framespool::config
