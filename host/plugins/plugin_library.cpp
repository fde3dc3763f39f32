#include "plugins/plugin_library.h"

#include <dlfcn.h>

#include <cstring>

#include "file_check.h"
#include "plugins/loaded_pages.h"

namespace framespool::plugins {

namespace {

/// A library's own code runs here for the first time, and may throw anything.
std::span<const FieldSpec> FieldsOf(const ConnectorEntry& entry) {
  std::string why = "an exception that is no std::exception";
  try {
    return entry.describe().fields();
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
  for (const ConnectorEntry& entry : std::span(library.connectors, library.connector_count)) {
    const auto fields = FieldsOf(entry);
    manifest.classes.push_back({.class_name = entry.name,
                                .type = entry.make_source ? PluginType::kSource : PluginType::kSink,
                                .version = library.version,
                                .summary = entry.summary,
                                .fields = {fields.begin(), fields.end()}});
  }
  return manifest;
}

}  // namespace framespool::plugins
