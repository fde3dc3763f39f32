#include "base/file_stamp.h"

#include <sys/stat.h>

namespace framespool::base {

FileStamp StampOf(const std::filesystem::path& file) {
  struct stat about {};
  if (stat(file.c_str(), &about) != 0) return {};
  return {.inode = about.st_ino,
          .size = about.st_size,
          .changed_ns = about.st_ctim.tv_sec * 1'000'000'000LL + about.st_ctim.tv_nsec};
}

}  // namespace framespool::base
