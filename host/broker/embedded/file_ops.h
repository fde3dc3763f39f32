#pragma once

#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

namespace framespool::broker::embedded {

/// An open file; closes it.
class File {
 public:
  File() = default;
  explicit File(int fd) noexcept : fd_(fd) {}
  File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~File();

  int fd() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

struct FileSystemSpace {
  std::uint64_t size = 0;
  std::uint64_t available = 0;  // to this user
};

/// The system calls whose failures the log must survive. Tests replace it to make them fail; each call behaves as its
/// namesake does, errno included. Any thread.
class FileOps {
 public:
  virtual ~FileOps() = default;
  virtual ssize_t Read(int fd, void* to, std::size_t size, off_t at);      // pread
  virtual ssize_t Write(int fd, const iovec* parts, int count, off_t at);  // pwritev
  virtual int SyncData(int fd);                                            // fdatasync
  virtual int SyncDirectory(int fd);                                       // fsync
  virtual int Truncate(int fd, off_t size);                                // ftruncate
  virtual FileSystemSpace Space(const std::filesystem::path& path);        // statvfs; throws BrokerError

  static FileOps& Real();
};

/// "No space left on device (errno 28)"
std::string ErrorText(int error);

/// A write that failed with one of these may succeed later: there was no room.
bool IsLackOfSpace(int error) noexcept;

/// One that will succeed once other files have been closed.
bool IsLackOfDescriptors(int error) noexcept;

/// Throws RetriableError for lack of space or descriptors, saying what to do about that; else BrokerError.
[[noreturn]] void ThrowError(const std::string& what, int error);

/// Opens `path`; an empty File when it does not exist and O_CREAT is not given. Throws as ThrowError() does. Never
/// waits for the other end of a FIFO.
File OpenFile(const std::filesystem::path& path, int flags);

/// Reads up to `size` bytes; fewer only at the end of the file. Throws BrokerError naming `path`.
std::size_t ReadAt(FileOps& files, const File& file, const std::filesystem::path& path, void* to, std::size_t size,
                   std::uint64_t at);
inline std::size_t ReadAt(const File& file, const std::filesystem::path& path, void* to, std::size_t size,
                          std::uint64_t at) {
  return ReadAt(FileOps::Real(), file, path, to, size, at);
}

/// The whole of a small file: nothing when there is none, or it is not a plain one, or larger than `most`. Throws as
/// ThrowError() does.
std::optional<std::string> ReadSmallFile(const std::filesystem::path& path, std::size_t most);

/// Writes all of `parts`, changing them. 0, or the errno of the write that failed.
int WriteAll(FileOps& files, const File& file, iovec* parts, std::size_t count, std::uint64_t at);

/// Makes the names in `directory` durable. 0 or errno.
int SyncDirectory(FileOps& files, const std::filesystem::path& directory);

/// Gives `path` a name that says why it is not used: "NAME.corrupt-REASON". The new path. Throws as ThrowError() does.
std::filesystem::path SetAside(const std::filesystem::path& path, const std::string& reason);

/// Replaces `path` with `text`, durably and at once: whoever looks sees the old text or the new. Throws BrokerError,
/// or RetriableError for lack of space.
void ReplaceFile(FileOps& files, const std::filesystem::path& path, const std::string& text);

}  // namespace framespool::broker::embedded
