#include "config/broker_problems.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>

#include <config/client_settings.h>
#include <config/common_config.h>

namespace framespool::config {

namespace {

/// What the policy Principal lets connectors say.
constexpr std::array<std::string_view, 6> kPrincipal = {"security.protocol", "sasl.jaas.config", "sasl.mechanism",
                                                        "sasl.username",     "sasl.password",    "sasl.mechanisms"};

bool Allows(const std::string& policy, std::string_view setting) {
  if (policy == "None") return false;
  return policy != "Principal" || std::find(kPrincipal.begin(), kPrincipal.end(), setting) != kPrincipal.end();
}

void AddClientProblems(broker::ClientKind client, const std::map<std::string, std::string>& asked,
                       const broker::Broker& broker, const std::string& policy, std::vector<Problem>& errors) {
  const std::string prefix(client == broker::ClientKind::kProducer ? kProducerOverride : kConsumerOverride);
  std::map<std::string, std::string> overrides;
  for (const auto& [setting, value] : asked) {
    if (Allows(policy, setting)) {
      overrides[setting] = value;
    } else {
      errors.push_back({.field = prefix + setting,
                        .message = "is not allowed: the worker's connector.client.config.override.policy is " + policy +
                                   "; remove it",
                        .kind = kind::kNotAllowed});
    }
  }
  for (Problem& problem : broker.ClientSettingProblems(client, overrides)) {
    problem.field = prefix + (problem.field.empty() ? "*" : problem.field);
    errors.push_back(std::move(problem));
  }
}

}  // namespace

std::vector<Problem> BrokerProblems(const RawConfig& config, const broker::Broker& broker,
                                    const std::string& override_policy) {
  std::vector<Problem> errors;
  const broker::Capabilities can = broker.capabilities();
  if (can.clients) {
    AddClientProblems(broker::ClientKind::kProducer, ProducerSettingsOf({}, config).overrides, broker, override_policy,
                      errors);
    AddClientProblems(broker::ClientKind::kConsumer, ReaderSettingsOf({}, config).overrides, broker, override_policy,
                      errors);
  }
  const CommonConfig common = CommonConfigOf(config);
  if (!can.exactly_once && common.exactly_once == ExactlyOnceSupport::kRequired) {
    errors.push_back({.field = "exactly.once.support",
                      .message = "is required, but the worker's exactly.once.source.support is disabled; enable that",
                      .kind = kind::kNotAllowed});
  }
  if (can.transactions && common.transaction_boundary == TransactionBoundary::kConnector) {
    errors.push_back({.field = "transaction.boundary",
                      .message = "= connector: no connector here defines transactions; use poll or interval",
                      .kind = kind::kNotAllowed});
  }
  return errors;
}

}  // namespace framespool::config
