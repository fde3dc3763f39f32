#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include <base/private_files.h>

#include "store_sqlite/sqlite_store.h"

namespace framespool::store {

namespace {

/// One that was killed may take a moment to be gone, with all that it holds.
bool EndsSoon(pid_t process) {
  constexpr int kPatienceMs = 1000;
  const int fd = process <= 0 ? -1 : static_cast<int>(::syscall(SYS_pidfd_open, process, 0));
  if (fd < 0) return true;  // it has ended
  pollfd end{.fd = fd, .events = POLLIN, .revents = 0};
  const bool has_ended = ::poll(&end, 1, kPatienceMs) == 1;
  ::close(fd);
  return has_ended;
}

}  // namespace

DataDirLock::DataDirLock(const std::filesystem::path& data_dir) {
  if (const std::error_code error = base::MakePrivateFolder(data_dir))
    throw StoreError("data.dir: cannot create " + data_dir.string() + ": " + error.message());
  const auto file = data_dir / "LOCK";
  fd_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, base::kPrivateFile);
  if (fd_ < 0) throw StoreError("data.dir: cannot open " + file.string() + ": " + std::strerror(errno));
  std::array<char, 32> holder{};
  const auto is_taken = [&] {
    if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) return false;
    if (::pread(fd_, holder.data(), holder.size() - 1, 0) < 0) holder[0] = '?';
    return true;
  };
  if (is_taken() && (!EndsSoon(std::atoi(holder.data())) || is_taken())) {
    ::close(fd_);
    throw StoreError("data.dir: " + data_dir.string() + " is in use by another worker (process " + holder.data() +
                     "); stop that one, or give this one a data.dir of its own");
  }
  const std::string pid = std::to_string(::getpid());
  if (::ftruncate(fd_, 0) != 0 || ::pwrite(fd_, pid.data(), pid.size(), 0) < 0) {
    const std::string reason = std::strerror(errno);
    ::close(fd_);
    throw StoreError("data.dir: cannot write " + file.string() + ": " + reason);
  }
}

DataDirLock::~DataDirLock() { ::close(fd_); }

}  // namespace framespool::store
