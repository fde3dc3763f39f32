#include "mask_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <limits>
#include <opencv2/core.hpp>
#include <system_error>
#include <utility>
#include <vector>

#include <framespool/errors.h>
#include <framespool/media/image.h>

namespace framespool::picture_transforms {
namespace {

constexpr std::size_t kMostBytes = 64U << 20;

[[noreturn]] void Refuse(const std::string& path, ProblemKind kind, const std::string& what) {
  throw ConfigError(Problem{.field = "mask",
                            .message = "must be a picture (JPEG, PNG or WebP) that the worker can read, but " + what,
                            .kind = kind,
                            .facts = {{"file", path}}});
}

class File {
 public:
  // Of a FIFO it must not wait for a writer.
  explicit File(const std::string& path) : file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~File() {
    if (file_ >= 0) ::close(file_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const noexcept { return file_; }

 private:
  const int file_;
};

Payload ReadAll(const std::string& path) {
  const std::string quoted = "\"" + path + "\"";
  const auto reason = [](int error) { return std::generic_category().message(error); };
  const File file(path);
  if (file.get() < 0) {
    const int error = errno;
    if (error == ENOENT || error == ENOTDIR)
      Refuse(path, kind::kFileNotFound, "there is no " + quoted + "; give the path as the worker's machine sees it");
    Refuse(path, kind::kFileUnreadable, quoted + " cannot be opened: " + reason(error));
  }
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) Refuse(path, kind::kFileUnreadable, quoted + ": " + reason(errno));
  if (!S_ISREG(facts.st_mode)) Refuse(path, kind::kFileUnusable, quoted + " is no file, but a directory or a device");
  if (facts.st_size > static_cast<off_t>(kMostBytes))
    Refuse(path, kind::kFileUnusable, quoted + " has more than " + std::to_string(kMostBytes >> 20) + " MB");
  std::vector<std::byte> bytes(static_cast<std::size_t>(facts.st_size));
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t got = ::read(file.get(), bytes.data() + have, bytes.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) Refuse(path, kind::kFileUnreadable, quoted + " cannot be read: " + reason(errno));
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  bytes.resize(have);
  return Payload(std::move(bytes));
}

}  // namespace

cv::Mat ReadMask(const std::string& path) {
  const Payload file = ReadAll(path);
  const std::string quoted = "\"" + path + "\"";
  if (media::SniffImage(file.bytes()).empty()) Refuse(path, kind::kFileUnusable, quoted + " is none");
  const auto pixels = media::DecodeGray(file, std::numeric_limits<int>::max());
  if (!pixels) Refuse(path, kind::kFileUnusable, quoted + " cannot be decoded; is it cut off, damaged or too large?");
  const Pixels::Plane& plane = pixels->planes.front();
  const cv::Mat gray(pixels->height, pixels->width, CV_8UC1, const_cast<std::byte*>(plane.bytes.data()), plane.stride);
  const cv::Mat mask = gray.clone();
  if (cv::countNonZero(mask > 127) == 0)
    Refuse(path, kind::kFileUnusable, quoted + " is dark all over: paint white what is to be watched");
  return mask;
}

}  // namespace framespool::picture_transforms
