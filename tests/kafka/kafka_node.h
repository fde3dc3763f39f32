#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace framespool {

/// A real Kafka of one node, as start-kafka.sh starts it; stopped with its owner. Its data, ports and log are in
/// `directory`, which is emptied first.
class KafkaNode {
 public:
  explicit KafkaNode(std::filesystem::path directory);
  ~KafkaNode();
  KafkaNode(const KafkaNode&) = delete;
  KafkaNode& operator=(const KafkaNode&) = delete;

  /// Throws std::runtime_error with the script's words when it does not come up.
  void Start();
  void Stop();
  /// As a power cut would.
  void Kill();

  const std::string& plain() const noexcept { return plain_; }  // host:port, all rights
  const std::string& sasl() const noexcept { return sasl_; }    // host:port, user guest, no rights
  const std::string& tls() const noexcept { return tls_; }      // host:port, all rights
  std::string certificate() const { return directory_ / "tls.crt"; }

  /// Runs one of Kafka's own tools (org.apache.kafka.tools.…) and returns what it says.
  std::string Tool(const std::string& main_class, const std::vector<std::string>& arguments) const;

 private:
  const std::filesystem::path directory_;
  std::string plain_;
  std::string sasl_;
  std::string tls_;
};

/// The one node of this test program, started before its first test.
KafkaNode& Kafka();

}  // namespace framespool
