#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace framespool::plugins {

/// The whole text of a plain file of at most `most` bytes. Throws PluginError naming the path and what it is instead;
/// RetriableError when no file can be opened now. Never waits for the other end of a FIFO.
std::string ReadPlainFile(const std::filesystem::path& path, std::size_t most);

/// Throws PluginError unless `library` is a plain file and all that its ELF headers speak of is in it: dlopen() maps
/// what they say, and whatever is beyond the end of the file ends the process with SIGBUS. RetriableError when no file
/// can be opened now.
void RequireWholeLibrary(const std::filesystem::path& library);

/// Throws RetriableError when this process can open no more files just now.
void RequireDescriptors(const std::filesystem::path& wanted);

}  // namespace framespool::plugins
