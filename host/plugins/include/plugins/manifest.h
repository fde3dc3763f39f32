#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <framespool/plugin.h>

/// What a connector library says of itself, as text beside it, so that listing, describing and checking need not open
/// it (libopencv_videoio alone costs 125-300 ms and 35 MB).
namespace framespool::plugins {

struct PluginClass {
  std::string class_name;  // as in connector.class
  PluginKind kind = PluginKind::kSource;
  std::string version;
  std::string summary;
  std::vector<FieldSpec> fields;
  std::vector<MetricSpec> metrics{};      // of a connector
  std::vector<std::string> smaller_by{};  // the keys that make a source's records smaller
  bool stateless = false;                 // a transform or a predicate that decides by the record alone
  bool splits = false;                    // a connector that says how its work is split into tasks

  /// A source, a sink or a view: what a connector can be made of.
  bool IsConnector() const noexcept;
};

struct Manifest {
  std::string abi_stamp;
  std::vector<PluginClass> classes;
};

/// The manifest's text: JSON, two spaces, one trailing newline.
std::string ToText(const Manifest& manifest);
/// Throws PluginError saying what is wrong. One of another stamp has no classes: they may be told in another way.
Manifest ParseManifest(std::string_view text);

/// JSON Schema (2020-12) of one connector's own config, as committed under schemas/connectors/.
std::string JsonSchema(const PluginClass& plugin);
/// The config table of the connector's README: key, type, default, meaning.
std::string MarkdownTable(const PluginClass& plugin);
/// The metrics table of the connector's README: name, kind, meaning. Empty where it declares none.
std::string MetricsTable(const PluginClass& plugin);

}  // namespace framespool::plugins
