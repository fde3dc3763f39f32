#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <framespool/config_def.h>

/// What a check of a connector's config finds.
namespace framespool::config {

enum class ConnectorType { kSource, kSink };
std::string_view ToText(ConnectorType type);  // "source", "sink"

/// What is odd about a config and no error: a key that nobody reads.
struct ConfigWarning {
  std::string field;
  std::string message;                    // a sentence
  std::optional<std::string> suggestion;  // the key that may have been meant
};

struct ConfigReport {
  struct Key {
    FieldSpec spec;
    FieldResult result;
    int order = 0;  // within its group, from 1
  };
  std::string name;  // the class
  int error_count = 0;
  std::vector<std::string> groups;
  // The common keys first, then the connector's own, then those that nobody declares and that have errors.
  std::vector<Key> keys;
  std::vector<ConfigWarning> warnings = {};

  /// What is wrong with all of the keys, in their order.
  std::vector<Problem> problems() const {
    std::vector<Problem> all;
    for (const Key& key : keys) all.insert(all.end(), key.result.errors.begin(), key.result.errors.end());
    return all;
  }
};

}  // namespace framespool::config
