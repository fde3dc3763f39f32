#pragma once

#include <filesystem>
#include <string>

namespace framespool::config_providers {

/// The whole of a plain file of at most 1 MB. Throws std::runtime_error that names it and says what is wrong: a pipe, a
/// device and a folder are no plain files, and are not waited for. Waits for the file system.
std::string ReadTextFile(const std::filesystem::path& file);

}  // namespace framespool::config_providers
