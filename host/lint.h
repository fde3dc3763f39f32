#pragma once

#include <filesystem>
#include <vector>

namespace framespool {

/// `framespool lint`: says on standard output of each file whether a worker would take it, in the worker's own words:
/// of its properties (at most one of the files) as at a start, of connectors as to POST /connectors, by themselves and
/// all together. It asks a herder that runs nothing, on a folder of its own: data.dir is not touched, and its worker
/// may be running. Without properties the defaults and the environment hold. Returns the exit code: 0, or 1 when one
/// would not be taken.
int Lint(const std::vector<std::filesystem::path>& files);

}  // namespace framespool
