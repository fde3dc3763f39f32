#pragma once

#include <librdkafka/rdkafka.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace framespool::broker {

/// Settings from one place, and how that place names them in front of the client's own name: "", "producer.",
/// "consumer.override." … Later layers win.
struct SettingsLayer {
  std::string prefix;
  std::map<std::string, std::string> settings;
};

using ConfHandle = std::unique_ptr<rd_kafka_conf_t, decltype(&rd_kafka_conf_destroy)>;

/// The settings of one client, from the names that Kafka's Java clients use, and so Connect's documentation, to those
/// of librdkafka.
class ClientConfig {
 public:
  /// `defaults` are in librdkafka's names; a layer may change them, but none of `fixed`.
  ClientConfig(std::map<std::string, std::string> defaults, std::map<std::string, std::string> fixed);
  /// Throws ConfigError naming prefix and key for what cannot be.
  void Add(const SettingsLayer& layer);

  /// In librdkafka's words; "" when not set.
  std::string Get(const std::string& name) const;
  /// Sets what no layer has set.
  void SetDefault(const std::string& name, const std::string& value);
  /// Which key set `name`, with its prefix; "" for a default.
  std::string Origin(const std::string& name) const;
  /// Checked against librdkafka. Throws ConfigError naming the key.
  ConfHandle Build() const;

 private:
  void Set(const std::string& key, const std::string& name, const std::string& value);
  void AddJava(const std::string& key, const std::string& name, const std::string& value);
  void AddJaas(const std::string& key, const std::string& value);

  std::map<std::string, std::string> values_;
  std::map<std::string, std::string> fixed_;
  std::map<std::string, std::string> origins_;
};

/// A producer's, with no bound on what librdkafka itself may hold: the producer bounds that, and lets a record larger
/// than the bound pass alone.
ClientConfig Unbounded(ClientConfig config);

}  // namespace framespool::broker
