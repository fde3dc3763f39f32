#include "file_ops.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <system_error>

#include <base/private_files.h>
#include <broker/broker.h>

namespace framespool::broker::embedded {

File::~File() {
  if (fd_ >= 0) close(fd_);
}

ssize_t FileOps::Read(int fd, void* to, std::size_t size, off_t at) { return pread(fd, to, size, at); }
ssize_t FileOps::Write(int fd, const iovec* parts, int count, off_t at) { return pwritev(fd, parts, count, at); }
int FileOps::SyncData(int fd) { return fdatasync(fd); }
int FileOps::SyncDirectory(int fd) { return fsync(fd); }
int FileOps::Truncate(int fd, off_t size) { return ftruncate(fd, size); }

FileSystemSpace FileOps::Space(const std::filesystem::path& path) {
  struct statvfs space {};
  if (statvfs(path.c_str(), &space) != 0) {
    throw RetriableError("cannot see how much space is free at " + path.string() + ": " + ErrorText(errno) +
                         "; is its disk there? Put the folder back where it was");
  }
  const std::uint64_t block = space.f_frsize;
  return {.size = space.f_blocks * block, .available = space.f_bavail * block};
}

FileOps& FileOps::Real() {
  static FileOps real;
  return real;
}

std::string ErrorText(int error) {
  return std::generic_category().message(error) + " (errno " + std::to_string(error) + ")";
}

bool IsLackOfSpace(int error) noexcept { return error == ENOSPC || error == EFBIG || error == EDQUOT; }

bool IsLackOfDescriptors(int error) noexcept { return error == EMFILE || error == ENFILE; }

void ThrowError(const std::string& what, int error) {
  const std::string message = what + ": " + ErrorText(error);
  if (IsLackOfSpace(error))
    throw RetriableError(Problem{.message = message + "; free some space", .kind = kind::kDiskFull});
  if (IsLackOfDescriptors(error)) {
    throw RetriableError(
        Problem{.message = message + "; raise the limit of open files (ulimit -n), or run fewer connectors",
                .kind = kind::kNoFileDescriptors});
  }
  throw BrokerError(message);
}

File OpenFile(const std::filesystem::path& path, int flags) {
  File file(open(path.c_str(), flags | O_CLOEXEC | O_NONBLOCK, base::kPrivateFile));
  if (file) return file;
  const int error = errno;
  if (error == ENOENT && (flags & O_CREAT) == 0) return {};
  ThrowError("cannot open " + path.string(), error);
}

std::size_t ReadAt(FileOps& files, const File& file, const std::filesystem::path& path, void* to, std::size_t size,
                   std::uint64_t at) {
  auto* next = static_cast<std::byte*>(to);
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = files.Read(file.fd(), next + done, size - done, static_cast<off_t>(at + done));
    if (got == 0) break;
    if (got > 0) {
      done += static_cast<std::size_t>(got);
    } else if (errno != EINTR) {
      throw BrokerError("cannot read " + std::to_string(size) + " bytes of " + path.string() + " at position " +
                        std::to_string(at) + ": " + ErrorText(errno));
    }
  }
  return done;
}

std::optional<std::string> ReadSmallFile(const std::filesystem::path& path, std::size_t most) {
  const File file = OpenFile(path, O_RDONLY);
  struct stat status {};
  if (!file || fstat(file.fd(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  if (static_cast<std::size_t>(status.st_size) > most) return std::nullopt;
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  text.resize(ReadAt(file, path, text.data(), text.size(), 0));
  return text;
}

std::filesystem::path SetAside(const std::filesystem::path& path, const std::string& reason) {
  std::error_code error;
  std::filesystem::path aside = path.string() + ".corrupt-" + reason;
  for (int number = 2; std::filesystem::exists(std::filesystem::symlink_status(aside, error)); ++number) {
    aside = path.string() + ".corrupt-" + reason + "-" + std::to_string(number);
  }
  if (std::rename(path.c_str(), aside.c_str()) != 0) ThrowError("cannot set aside " + path.string(), errno);
  return aside;
}

int WriteAll(FileOps& files, const File& file, iovec* parts, std::size_t count, std::uint64_t at) {
  while (count > 0) {
    const ssize_t written =
        files.Write(file.fd(), parts, static_cast<int>(std::min<std::size_t>(count, IOV_MAX)), static_cast<off_t>(at));
    if (written < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    at += static_cast<std::uint64_t>(written);
    auto rest = static_cast<std::size_t>(written);
    while (count > 0 && rest >= parts->iov_len) {
      rest -= parts->iov_len;
      ++parts;
      --count;
    }
    if (rest > 0) {
      parts->iov_base = static_cast<std::byte*>(parts->iov_base) + rest;
      parts->iov_len -= rest;
    }
  }
  return 0;
}

int SyncDirectory(FileOps& files, const std::filesystem::path& directory) {
  const File file(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!file || files.SyncDirectory(file.fd()) != 0) return errno;
  return 0;
}

void ReplaceFile(FileOps& files, const std::filesystem::path& path, const std::string& text) {
  const std::filesystem::path draft = path.string() + ".tmp";
  const auto check = [&](int error) {
    if (error == 0) return;
    std::remove(draft.c_str());
    ThrowError("cannot write " + path.string(), error);
  };
  {
    const File file = OpenFile(draft, O_WRONLY | O_CREAT | O_TRUNC);
    std::string copy = text;
    iovec part{copy.data(), copy.size()};
    check(WriteAll(files, file, &part, 1, 0));
    check(files.SyncData(file.fd()) == 0 ? 0 : errno);
  }
  check(std::rename(draft.c_str(), path.c_str()) == 0 ? 0 : errno);
  check(SyncDirectory(files, path.parent_path()));
}

}  // namespace framespool::broker::embedded
