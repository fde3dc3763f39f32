#include "plugins/plugin_registry.h"

#include <algorithm>
#include <span>
#include <utility>

#include <base/log.h>

#include "file_check.h"

namespace framespool::plugins {

namespace {

constexpr std::string_view kLogger = "plugins";

std::vector<std::filesystem::path> LibrariesIn(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> libraries;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().extension() == ".so") libraries.push_back(entry->path());
  }
  if (error) log::Warn(kLogger, "plugin.path: cannot read " + folder.string() + ": " + error.message());
  std::sort(libraries.begin(), libraries.end());
  return libraries;
}

constexpr std::size_t kLargestManifest = 4u << 20;  // those of the house have 20 KB

Manifest ManifestOf(const std::filesystem::path& library) {
  auto beside = library;
  beside.replace_extension(".manifest.json");
  // A link that leads nowhere is there too: it was meant to be a manifest.
  std::error_code none;
  if (std::filesystem::exists(std::filesystem::symlink_status(beside, none))) {
    const std::string text = ReadPlainFile(beside, kLargestManifest);
    try {
      return ParseManifest(text);
    } catch (const PluginError& error) {
      throw PluginError(beside.string() + ": refused: " + error.what());
    }
  }
  const PluginDescriptor& descriptor = OpenLibrary(library);
  Manifest manifest;
  try {
    manifest = Describe(descriptor);
  } catch (const PluginError& error) {
    throw PluginError(library.string() + ": refused: " + error.what());
  }
  log::Warn(kLogger, library.string() +
                         ": has no manifest beside it, so it had to be opened to be listed; make one with: " +
                         "framespool-manifest --output " + beside.string() + " " + library.string());
  return manifest;
}

}  // namespace

PluginRegistry::PluginRegistry(const std::vector<std::filesystem::path>& plugin_path) {
  for (const auto& folder : plugin_path) {
    for (const auto& library : LibrariesIn(folder)) Add(library);
  }
}

void PluginRegistry::Add(const std::filesystem::path& library) {
  try {
    RequireWholeLibrary(library);
    Manifest manifest = ManifestOf(library);
    RequireSameStamp(library, manifest.abi_stamp.c_str());
    for (PluginClass& plugin : manifest.classes) {
      const std::string name = plugin.class_name;
      const auto [known, added] = classes_.try_emplace(name, Known{std::move(plugin), library});
      if (!added) {
        log::Warn(kLogger, library.string() + ": its class " + name + " is already known from " +
                               known->second.library.string() + ", which is kept");
      }
    }
  } catch (const PluginError& error) {
    Refuse(error.what());
  } catch (const std::exception& error) {
    Refuse(library.string() + ": refused: " + error.what());
  }
}

void PluginRegistry::Refuse(std::string message) {
  log::Error(kLogger, message);
  refusals_.push_back(std::move(message));
}

std::vector<const PluginClass*> PluginRegistry::Classes() const {
  std::vector<const PluginClass*> classes;
  for (const auto& [name, known] : classes_) classes.push_back(&known.plugin);
  return classes;
}

const PluginClass* PluginRegistry::Find(std::string_view name) const {
  if (const auto dot = name.rfind('.'); dot != std::string_view::npos) name.remove_prefix(dot + 1);
  for (const std::string_view suffix : {"", "Connector"}) {
    if (!name.ends_with(suffix)) continue;
    const auto found = classes_.find(name.substr(0, name.size() - suffix.size()));
    if (found != classes_.end() && found->second.plugin.IsConnector()) return &found->second.plugin;
  }
  return nullptr;
}

const PluginClass* PluginRegistry::FindAny(std::string_view name) const {
  if (const PluginClass* connector = Find(name)) return connector;
  if (const auto dot = name.rfind('.'); dot != std::string_view::npos) name.remove_prefix(dot + 1);
  for (const std::string_view part : {"$Key", "$Value"}) {
    if (name.ends_with(part)) name.remove_suffix(part.size());
  }
  const auto found = classes_.find(name);
  return found == classes_.end() ? nullptr : &found->second.plugin;
}

std::filesystem::path PluginRegistry::LibraryOf(const PluginClass& plugin) const {
  const auto known = classes_.find(plugin.class_name);
  return known == classes_.end() ? std::filesystem::path() : known->second.library;
}

Plugin PluginRegistry::Open(const PluginClass& plugin) {
  const auto& library = classes_.find(plugin.class_name)->second.library;
  const PluginDescriptor& descriptor = OpenLibrary(library);
  for (const PluginEntry& entry : std::span(descriptor.entries, descriptor.entry_count)) {
    if (plugin.class_name == entry.name) return Plugin(entry, ObjectOf(entry));
  }
  throw PluginError(library.string() + ": refused: its manifest names a class " + plugin.class_name +
                    " that is not in it; print the manifest again with framespool-manifest");
}

std::shared_ptr<void> PluginRegistry::ObjectOf(const PluginEntry& entry) {
  if (entry.make_library == nullptr) return nullptr;
  // Two classes of one library name the same maker for the same type.
  const auto find = [&] {
    return std::find_if(objects_.begin(), objects_.end(),
                        [&](const auto& each) { return each.first == entry.make_library; });
  };
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = find(); known != objects_.end()) return known->second;
  }
  // Not under the lock: it is the plugin's own code. Of two made at once the first stays.
  // Its threads work for all connectors of the library, and not for the one that comes first.
  const log::OnBehalf nobody("");
  std::shared_ptr<void> made = entry.make_library();
  const std::lock_guard lock(mutex_);
  if (const auto known = find(); known != objects_.end()) return known->second;
  objects_.emplace_back(entry.make_library, made);
  return made;
}

}  // namespace framespool::plugins
