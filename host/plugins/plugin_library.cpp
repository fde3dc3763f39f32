#include "plugins/plugin_library.h"

#include <dlfcn.h>

#include <cstring>

#include "file_check.h"
#include "plugins/loaded_pages.h"

namespace framespool::plugins {

namespace {

/// A library's own code runs here for the first time, and may throw anything.
void DescribeInto(PluginClass& plugin, const PluginEntry& entry) {
  std::string why = "an exception that is no std::exception";
  try {
    const auto fields = entry.describe().fields();
    plugin.fields.assign(fields.begin(), fields.end());
    if (entry.metrics != nullptr) plugin.metrics = entry.metrics();
    return;
  } catch (const std::exception& error) {
    why = error.what();
  } catch (...) {
  }
  throw PluginError(std::string("its class ") + entry.name + " cannot be described: " + why);
}

}  // namespace

void RequireSameStamp(const std::filesystem::path& path, const char* stamp) {
  if (std::strcmp(stamp, FRAMESPOOL_ABI_STAMP) == 0) return;
  throw PluginError(path.string() + ": refused: built for [" + stamp + "], this worker is [" + FRAMESPOOL_ABI_STAMP +
                    "]; rebuild the connector with this worker's SDK and compiler");
}

const PluginDescriptor& OpenLibrary(const std::filesystem::path& path) {
  // An absolute path, or dlopen would search LD_LIBRARY_PATH for a name without a slash.
  const std::string file = std::filesystem::absolute(path);
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_NOLOAD);
  const bool is_new = library == nullptr;
  if (is_new) {
    RequireWholeLibrary(path);
    library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  }
  if (library == nullptr) RequireDescriptors(path);
  if (library == nullptr) throw PluginError(path.string() + ": refused: " + dlerror());
  const auto* descriptor = static_cast<const PluginDescriptor*>(dlsym(library, "framespool_plugin"));
  if (descriptor == nullptr) {
    throw PluginError(path.string() + ": refused: not a connector library: " + dlerror() +
                      "; end its source with FRAMESPOOL_PLUGIN(…). This worker is [" + FRAMESPOOL_ABI_STAMP + "]");
  }
  RequireSameStamp(path, descriptor->abi_stamp);
  if (is_new) ReleaseLoadedPages();
  return *descriptor;
}

Manifest Describe(const PluginDescriptor& library) {
  Manifest manifest{.abi_stamp = library.abi_stamp, .classes = {}};
  for (const PluginEntry& entry : std::span(library.entries, library.entry_count)) {
    PluginClass plugin{.class_name = entry.name,
                       .kind = entry.kind,
                       .version = library.version,
                       .summary = entry.summary,
                       .fields = {},
                       .metrics = {},
                       .smaller_by = {entry.smaller_by.begin(), entry.smaller_by.end()},
                       .stateless = entry.stateless,
                       .splits = entry.task_configs != nullptr};
    DescribeInto(plugin, entry);
    manifest.classes.push_back(std::move(plugin));
  }
  return manifest;
}

}  // namespace framespool::plugins
