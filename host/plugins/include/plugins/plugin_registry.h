#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <plugins/manifest.h>
#include <plugins/plugin.h>
#include <plugins/plugin_library.h>

namespace framespool::plugins {

/// All classes found in the folders of plugin.path, known from their manifests. A library is opened when one of its
/// classes is first needed, or at once when it has no manifest beside it. A library or manifest that cannot be used,
/// whatever it is, is logged and left out. The objects of the libraries (HasLibrary) are made with their first class
/// and live as long as the registry. Immutable after construction but for the opened libraries; any thread.
class PluginRegistry {
 public:
  explicit PluginRegistry(const std::vector<std::filesystem::path>& plugin_path);

  /// Those of every kind, by class name, sorted.
  std::vector<const PluginClass*> Classes() const;
  /// A connector: `name` is a class name, or as Connect's aliases: with a package before it ("a.b.Name") or "Connector"
  /// behind it.
  const PluginClass* Find(std::string_view name) const;
  /// A class of any kind: as above, and Connect's "$Key" and "$Value" behind the name count as part of no name.
  const PluginClass* FindAny(std::string_view name) const;
  /// Opens the class's library if that has not been done. Throws as OpenLibrary() does. Waits for I/O.
  Plugin Open(const PluginClass& plugin);
  /// The file that the class is in, as dlopen() is given it.
  std::filesystem::path LibraryOf(const PluginClass& plugin) const;
  /// One line for each library that was refused.
  const std::vector<std::string>& refusals() const noexcept { return refusals_; }

 private:
  struct Known {
    PluginClass plugin;
    std::filesystem::path library;
  };
  void Add(const std::filesystem::path& library);
  void Refuse(std::string message);
  std::shared_ptr<void> ObjectOf(const PluginEntry& entry);

  std::map<std::string, Known, std::less<>> classes_;
  std::vector<std::string> refusals_;
  std::mutex mutex_;
  std::vector<std::pair<std::shared_ptr<void> (*)(), std::shared_ptr<void>>> objects_;  // by what makes them
};

}  // namespace framespool::plugins
