#include "config/file_access.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include <base/detached_calls.h>
#include <config/value_checks.h>

namespace framespool::config {

namespace {

namespace fs = std::filesystem;

constexpr ProblemKind kPathNotAllowed = "path-not-allowed";

/// Where `path` leads: symbolic links and ".." resolved as far as there is something, also through one that leads to
/// nothing yet.
fs::path Resolved(const fs::path& path) {
  constexpr int kMostLinks = 40;  // as the kernel
  fs::path place = fs::absolute(path);
  for (int i = 0; i < kMostLinks; ++i) {
    place = fs::weakly_canonical(place);
    if (!fs::is_symlink(fs::symlink_status(place))) return place;
    place = place.parent_path() / fs::read_symlink(place);
  }
  throw fs::filesystem_error("too many symbolic links", path,
                             std::make_error_code(std::errc::too_many_symbolic_link_levels));
}

bool IsBelow(const fs::path& path, const fs::path& folder) {
  const auto [end, unused] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return end == folder.end();
}

/// A folder of the config, without the empty part that a slash at its end makes.
fs::path Folder(const fs::path& path) {
  const fs::path resolved = Resolved(path);
  return resolved.has_filename() ? resolved : resolved.parent_path();
}

struct PathValue {
  std::string field;
  std::string path;
};

std::vector<PathValue> PathsIn(std::span<const FieldSpec> fields, const RawConfig& config) {
  std::vector<PathValue> paths;
  for (const FieldSpec& field : fields) {
    if (field.role != Role::kPath) continue;
    const auto given = config.find(field.name);
    const std::string value(Trim(given != config.end() ? given->second : field.default_value.value_or("")));
    std::vector<std::string> items{value};
    if (field.type == FieldType::kList) ParseValue(value, items);
    for (std::string& item : items) {
      if (!item.empty() && item.find('\0') == std::string::npos) paths.push_back({field.name, std::move(item)});
    }
  }
  return paths;
}

}  // namespace

FileAccess::FileAccess(std::vector<fs::path> roots, std::vector<OwnPath> own) {
  for (const fs::path& root : roots) {
    if (!root.is_absolute()) {
      throw ConfigError(
          Problem{.field = "file.roots", .message = "must be absolute folders, but has " + Quoted(root.string())});
    }
    roots_.push_back(Folder(root));
  }
  for (OwnPath& each : own) own_.push_back({std::move(each.key), Folder(each.path)});
}

std::string FileAccess::ProblemOf(const std::string& path) const {
  std::error_code error;
  fs::path place;
  try {
    place = Resolved(path);
  } catch (const fs::filesystem_error& failed) {
    return "must be a path that can be followed, but is " + Quoted(path) + ": " + failed.code().message();
  }
  const std::string leads = place == path ? "" : ", which is " + Quoted(place.string());
  for (const OwnPath& own : own_) {
    if (IsBelow(place, own.path) || fs::equivalent(place, own.path, error)) {
      return "must not be one of the worker's own files (" + own.key + ": " + own.path.string() + "), but is " +
             Quoted(path) + leads;
    }
  }
  if (roots_.empty() ||
      std::any_of(roots_.begin(), roots_.end(), [&](const fs::path& root) { return IsBelow(place, root); }))
    return "";
  std::string allowed;
  for (const fs::path& root : roots_) allowed += (allowed.empty() ? "" : ", ") + root.string();
  return "must lie below a folder of the worker's file.roots (" + allowed + "), but is " + Quoted(path) + leads;
}

std::vector<Problem> FileAccess::Problems(std::span<const FieldSpec> fields, const RawConfig& config,
                                          std::chrono::milliseconds timeout) const {
  auto paths = PathsIn(fields, config);
  if (paths.empty()) return {};
  // A dead mount holds whoever looks at it: that is then a thread which nobody waits for.
  base::DetachedCall<std::vector<Problem>> looked("paths", [self = *this, paths] {
    std::vector<Problem> errors;
    for (const PathValue& value : paths) {
      if (auto problem = self.ProblemOf(value.path); !problem.empty())
        errors.push_back({.field = value.field, .message = std::move(problem), .kind = kPathNotAllowed});
    }
    return errors;
  });
  if (looked.AwaitFor(timeout)) return looked.Take();
  std::vector<Problem> errors;
  for (const PathValue& value : paths) {
    errors.push_back({.field = value.field,
                      .message = "could not be looked at within " + std::to_string(timeout.count()) +
                                 " ms; is it on a mount that does not answer?",
                      .kind = "path-unreachable"});
  }
  return errors;
}

void FileAccess::Require(std::span<const FieldSpec> fields, const RawConfig& config) const {
  for (const PathValue& value : PathsIn(fields, config)) {
    if (auto problem = ProblemOf(value.path); !problem.empty())
      throw ConfigError(Problem{.field = value.field, .message = std::move(problem), .kind = kPathNotAllowed});
  }
}

}  // namespace framespool::config
