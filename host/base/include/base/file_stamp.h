#pragma once

#include <cstdint>
#include <filesystem>

namespace framespool::base {

/// What of a file tells that it was changed, also by a rename or a link that leads elsewhere. Equal for a file that is
/// not there.
struct FileStamp {
  std::uint64_t inode = 0;
  std::int64_t size = -1;
  std::int64_t changed_ns = 0;
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};
FileStamp StampOf(const std::filesystem::path& file);

}  // namespace framespool::base
