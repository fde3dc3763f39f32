#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <plugins/manifest.h>
#include <plugins/plugin_library.h>

namespace framespool::plugins {

/// All connector classes found in the folders of plugin.path, known from their manifests. A library is opened when a
/// connector first needs it, or at once when it has no manifest beside it. A library or manifest that cannot be used,
/// whatever it is, is logged and left out. Immutable after construction but for the opened libraries; any thread.
class PluginRegistry {
 public:
  explicit PluginRegistry(const std::vector<std::filesystem::path>& plugin_path);

  /// By class name, sorted.
  std::vector<const PluginClass*> Classes() const;
  /// `name` is a class name, or as Connect's aliases: with a package before it ("a.b.Name") or "Connector" behind it.
  const PluginClass* Find(std::string_view name) const;
  /// Opens the class's library if that has not been done. Throws as OpenLibrary() does. Waits for I/O.
  const ConnectorEntry& Open(const PluginClass& plugin);
  /// One line for each library that was refused.
  const std::vector<std::string>& refusals() const noexcept { return refusals_; }

 private:
  struct Known {
    PluginClass plugin;
    std::filesystem::path library;
  };
  void Add(const std::filesystem::path& library);

  std::map<std::string, Known, std::less<>> classes_;
  std::vector<std::string> refusals_;
};

}  // namespace framespool::plugins
