#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <framespool/config_def.h>

/// What a connector library says of itself, as text beside it, so that listing, describing and checking need not open
/// it (libopencv_videoio alone costs 125-300 ms and 35 MB).
namespace framespool::plugins {

enum class PluginType { kSource, kSink };

struct PluginClass {
  std::string class_name;  // as in connector.class
  PluginType type = PluginType::kSource;
  std::string version;
  std::string summary;
  std::vector<FieldSpec> fields;
};

struct Manifest {
  std::string abi_stamp;
  std::vector<PluginClass> classes;
};

/// The manifest's text: JSON, two spaces, one trailing newline.
std::string ToText(const Manifest& manifest);
/// Throws PluginError saying what is wrong.
Manifest ParseManifest(std::string_view text);

/// JSON Schema (2020-12) of one connector's own config, as committed under schemas/connectors/.
std::string JsonSchema(const PluginClass& plugin);
/// The config table of the connector's README: key, type, default, meaning.
std::string MarkdownTable(const PluginClass& plugin);

}  // namespace framespool::plugins
