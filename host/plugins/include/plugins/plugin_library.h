#pragma once

#include <filesystem>
#include <span>
#include <string>

#include <framespool/errors.h>
#include <framespool/plugin.h>
#include <plugins/manifest.h>

namespace framespool::plugins {

/// A library cannot be used. The message names its path and why, with the dlerror or both ABI stamps.
class PluginError : public Error {
 public:
  explicit PluginError(const std::string& message) : Error(Problem{.message = message, .kind = "plugin-refused"}) {}
};

/// Opens a connector library and checks its stamp before anything in it is called. Once open it stays for the life of
/// the process (RTLD_NODELETE). Throws PluginError, or RetriableError when no file can be opened now. Any thread; waits
/// for I/O.
const PluginDescriptor& OpenLibrary(const std::filesystem::path& path);

/// Throws PluginError unless `stamp` is this worker's own.
void RequireSameStamp(const std::filesystem::path& path, const char* stamp);

Manifest Describe(const PluginDescriptor& library);

}  // namespace framespool::plugins
