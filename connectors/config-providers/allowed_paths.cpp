#include "allowed_paths.h"

#include <algorithm>
#include <stdexcept>
#include <system_error>

namespace framespool::config_providers {

namespace {

namespace fs = std::filesystem;

bool IsBelow(const fs::path& path, const fs::path& folder) {
  const auto [end, unused] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return end == folder.end();
}

/// As far as there is something, without the empty part that a slash at the end makes.
fs::path Resolved(const fs::path& path) {
  std::error_code error;
  const fs::path resolved = fs::weakly_canonical(path, error);
  if (error) throw std::runtime_error(path.string() + " cannot be followed: " + error.message());
  return resolved.has_filename() ? resolved : resolved.parent_path();
}

}  // namespace

std::optional<Problem> AllowedPaths::ProblemOf(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    if (!path.starts_with('/'))
      return Problem{.message = "must be absolute paths, comma-separated, but has \"" + path + "\""};
  }
  return std::nullopt;
}

fs::path AllowedPaths::Require(const std::string& path) const {
  if (!path.starts_with('/'))
    throw std::runtime_error("it must be an absolute path, but is " + (path.empty() ? "empty" : path));
  const fs::path place = Resolved(path);
  if (paths_.empty() ||
      std::any_of(paths_.begin(), paths_.end(), [&](const auto& allowed) { return IsBelow(place, Resolved(allowed)); }))
    return place;
  std::string known;
  for (const std::string& allowed : paths_) known += (known.empty() ? "" : ", ") + allowed;
  throw std::runtime_error(path + " must lie below allowed.paths (" + known + "); put it there, or allow its folder");
}

}  // namespace framespool::config_providers
