#include "client_config.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include <base/log.h>
#include <framespool/config_def.h>
#include <framespool/errors.h>

namespace framespool::broker {

namespace {

struct Translation {
  std::string_view java;
  std::string_view librdkafka;
};

constexpr std::array<Translation, 12> kTranslations = {{
    {"max.request.size", "message.max.bytes"},
    {"max.partition.fetch.bytes", "fetch.message.max.bytes"},
    {"fetch.max.wait.ms", "fetch.wait.max.ms"},
    {"receive.buffer.bytes", "socket.receive.buffer.bytes"},
    {"send.buffer.bytes", "socket.send.buffer.bytes"},
    {"delivery.timeout.ms", "message.timeout.ms"},
    {"max.in.flight.requests.per.connection", "max.in.flight"},
    {"ssl.truststore.certificates", "ssl.ca.pem"},
    {"ssl.keystore.certificate.chain", "ssl.certificate.pem"},
    {"ssl.keystore.key", "ssl.key.pem"},
    {"sasl.mechanisms", "sasl.mechanism"},
    {"retries", "message.send.max.retries"},
}};

/// Settings of the Java clients that have no counterpart here and whose loss changes no result.
constexpr std::array<std::string_view, 21> kJavaOnly = {"key.serializer",
                                                        "value.serializer",
                                                        "key.deserializer",
                                                        "value.deserializer",
                                                        "interceptor.classes",
                                                        "metric.reporters",
                                                        "metrics.",
                                                        "partitioner.class",
                                                        "auto.include.jmx.reporter",
                                                        "max.poll.records",
                                                        "max.block.ms",
                                                        "default.api.timeout.ms",
                                                        "enable.metrics.push",
                                                        "client.dns.lookup",
                                                        "ssl.protocol",
                                                        "ssl.provider",
                                                        "ssl.trustmanager.algorithm",
                                                        "ssl.keymanager.algorithm",
                                                        "ssl.truststore.password",
                                                        "metadata.max.idle.ms",
                                                        "partitioner.adaptive.partitioning.enable"};

bool IsJavaOnly(std::string_view name) {
  return std::any_of(kJavaOnly.begin(), kJavaOnly.end(), [&](std::string_view each) {
    return each.ends_with('.') ? name.starts_with(each) : name == each;
  });
}

bool LooksLikeJks(std::string_view file) {
  return file.ends_with(".jks") || file.ends_with(".p12") || file.ends_with(".pfx");
}

/// Of a text in quotes: \x is x.
std::string Unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    plain += text[i];
  }
  return plain;
}

}  // namespace

ClientConfig::ClientConfig(std::map<std::string, std::string> defaults, std::map<std::string, std::string> fixed)
    : values_(std::move(defaults)), fixed_(std::move(fixed)) {}

void ClientConfig::Add(const SettingsLayer& layer) {
  for (const auto& [name, value] : layer.settings) AddJava(layer.prefix + name, name, std::string(Trim(value)));
  // A store in PEM is certificate and key in one; Java says so beside the location.
  const auto type = layer.settings.find("ssl.keystore.type");
  if (type != layer.settings.end() && type->second == "PEM") {
    if (const auto file = layer.settings.find("ssl.keystore.location"); file != layer.settings.end()) {
      values_.erase("ssl.keystore.location");
      Set(layer.prefix + file->first, "ssl.certificate.location", file->second);
      Set(layer.prefix + file->first, "ssl.key.location", file->second);
    }
  }
}

void ClientConfig::AddJava(const std::string& key, const std::string& name, const std::string& value) {
  if (name == "sasl.jaas.config") return AddJaas(key, value);
  if (name == "ssl.truststore.location") {
    if (LooksLikeJks(value)) {
      throw ConfigError(Problem{.field = key,
                                .message = "= " + value +
                                           " is a Java key store, which this worker cannot read; write its "
                                           "certificates as PEM (keytool -exportcert -rfc) and name that file"});
    }
    return Set(key, "ssl.ca.location", value);
  }
  if (name == "ssl.truststore.type" || name == "ssl.keystore.type") {
    if (value == "JKS")
      throw ConfigError(
          Problem{.field = key, .message = "= JKS: Java key stores cannot be read by this worker; use PEM"});
    return;
  }
  if (name == "ssl.endpoint.identification.algorithm") return Set(key, name, value.empty() ? "none" : value);
  if (name == "buffer.memory") {
    std::int64_t bytes = 0;
    if (!ParseValue(value, bytes)) {
      throw ConfigError(Problem{
          .field = key, .message = "must be a whole number, but is \"" + value + "\"", .kind = kind::kWrongType});
    }
    return Set(key, "queue.buffering.max.kbytes", std::to_string(std::max<std::int64_t>(1, bytes / 1024)));
  }
  if (IsJavaOnly(name)) {
    log::Info("kafka", key + " is a setting of Java's clients that has no meaning here; it is left out");
    return;
  }
  for (const Translation& translation : kTranslations) {
    if (name == translation.java) return Set(key, std::string(translation.librdkafka), value);
  }
  Set(key, name, value);
}

void ClientConfig::AddJaas(const std::string& key, const std::string& value) {
  // Linear in what is matched, which comes from a connector's config.
  static const re2::RE2 kPair(R"re((\w+)\s*=\s*(?:("(?:[^"\\]|\\.)*")|'([^']*)'|([^\s;]+)))re");
  if (value.find("PlainLoginModule") == std::string::npos && value.find("ScramLoginModule") == std::string::npos) {
    throw ConfigError(
        Problem{.field = key,
                .message = "must be of PlainLoginModule or ScramLoginModule, which this worker reads; for others set "
                           "librdkafka's own sasl.* settings (sasl.kerberos.*, sasl.oauthbearer.*)"});
  }
  re2::StringPiece rest(value);
  std::string name;
  std::string quoted;
  std::string apostrophed;
  std::string bare;
  while (re2::RE2::FindAndConsume(&rest, kPair, &name, &quoted, &apostrophed, &bare)) {
    std::string text = apostrophed.empty() ? bare : apostrophed;
    if (!quoted.empty()) text = Unescaped(std::string_view(quoted).substr(1, quoted.size() - 2));
    if (name == "username") Set(key, "sasl.username", text);
    if (name == "password") Set(key, "sasl.password", text);
  }
}

void ClientConfig::Set(const std::string& key, const std::string& name, const std::string& value) {
  if (const auto fixed = fixed_.find(name); fixed != fixed_.end() && fixed->second != value) {
    throw ConfigError(
        Problem{.field = key,
                .message = "cannot be changed: the worker sets it to \"" + fixed->second + "\"; remove it",
                .kind = kind::kNotAllowed});
  }
  // Tried by itself first: the message then names the key as its owner wrote it, and never shows a secret.
  const ConfHandle trial(rd_kafka_conf_new(), &rd_kafka_conf_destroy);
  char reason[512] = "";
  switch (rd_kafka_conf_set(trial.get(), name.c_str(), value.c_str(), reason, sizeof reason)) {
    case RD_KAFKA_CONF_UNKNOWN:
      throw ConfigError(Problem{
          .field = key, .message = "is no setting of a Kafka client that this worker knows; correct or remove it"});
    case RD_KAFKA_CONF_INVALID:
      throw ConfigError(Problem{.field = key, .message = std::string("cannot be used: ") + reason});
    case RD_KAFKA_CONF_OK: break;
  }
  values_[name] = value;
  origins_[name] = key;
}

void ClientConfig::SetDefault(const std::string& name, const std::string& value) {
  if (!origins_.contains(name)) values_[name] = value;
}

std::string ClientConfig::Get(const std::string& name) const {
  if (const auto fixed = fixed_.find(name); fixed != fixed_.end()) return fixed->second;
  const auto found = values_.find(name);
  return found == values_.end() ? "" : found->second;
}

std::string ClientConfig::Origin(const std::string& name) const {
  const auto found = origins_.find(name);
  return found == origins_.end() ? "" : found->second;
}

ConfHandle ClientConfig::Build() const {
  ConfHandle conf(rd_kafka_conf_new(), &rd_kafka_conf_destroy);
  char reason[512] = "";
  const auto set = [&](const std::string& name, const std::string& value) {
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), reason, sizeof reason) != RD_KAFKA_CONF_OK) {
      throw ConfigError(Problem{.field = Origin(name).empty() ? name : Origin(name),
                                .message = std::string("cannot be used: ") + reason});
    }
  };
  for (const auto& [name, value] : values_) set(name, value);
  for (const auto& [name, value] : fixed_) set(name, value);
  return conf;
}

ClientConfig Unbounded(ClientConfig config) {
  config.Add({"", {{"queue.buffering.max.kbytes", "2147483647"}, {"queue.buffering.max.messages", "10000000"}}});
  return config;
}

}  // namespace framespool::broker
