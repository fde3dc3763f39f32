#include "access/users_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include <framespool/errors.h>

namespace framespool::access {

namespace {

namespace fs = std::filesystem;

constexpr const char* kKey = "listeners.users.file";
constexpr std::size_t kLargestFile = 16 << 20;

class OpenFile {
 public:
  explicit OpenFile(int fd) : fd_(fd) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (fd_ >= 0) close(fd_);
  }
  int fd() const noexcept { return fd_; }

 private:
  const int fd_;
};

[[noreturn]] void Fail(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

std::string ReadAll(int fd, const fs::path& file) {
  std::string text;
  char bytes[65'536];
  for (;;) {
    const ssize_t size = read(fd, bytes, sizeof bytes);
    if (size == 0) return text;
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) Fail("cannot read " + file.string());
    text.append(bytes, static_cast<std::size_t>(size));
    if (text.size() > kLargestFile) {
      errno = EFBIG;
      Fail("cannot read " + file.string());
    }
  }
}

/// `file`, locked: nobody else is between its reading and its replacement.
int OpenLocked(const fs::path& file) {
  for (;;) {
    const int fd = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
    if (fd < 0) Fail("cannot open " + file.string());
    struct stat opened {};
    struct stat there {};
    const bool locked = flock(fd, LOCK_EX) == 0 && fstat(fd, &opened) == 0;
    if (!locked && errno != EINTR) {
      const int error = errno;
      close(fd);
      errno = error;
      Fail("cannot lock " + file.string());
    }
    if (locked && stat(file.c_str(), &there) == 0 && opened.st_ino == there.st_ino) return fd;
    close(fd);  // another has replaced it meanwhile
  }
}

void WriteAll(int fd, std::string_view text, const fs::path& file) {
  while (!text.empty()) {
    const ssize_t size = write(fd, text.data(), text.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) Fail("cannot write " + file.string());
    text.remove_prefix(static_cast<std::size_t>(size));
  }
}

}  // namespace

Users ReadUsersFile(const fs::path& file) {
  const auto refuse = [&](const std::string& why) {
    return ConfigError(Problem{.field = kKey, .message = "names " + file.string() + ", which " + why});
  };
  // Not to wait at a pipe that was meant for something else.
  const OpenFile open_file(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat about {};
  if (open_file.fd() < 0 || fstat(open_file.fd(), &about) != 0)
    throw refuse("cannot be read: " + std::generic_category().message(errno) +
                 "; framespool user add FILE NAME admin makes one");
  if (!S_ISREG(about.st_mode)) throw refuse("is no file");
  std::vector<Problem> problems;
  Users users;
  try {
    users = Users::Parse(ReadAll(open_file.fd(), file), problems);
  } catch (const std::system_error& error) {
    throw refuse("cannot be read: " + error.code().message());
  }
  for (Problem& problem : problems) problem.message = file.string() + ": " + problem.message;
  if (!problems.empty()) throw ConfigError(std::move(problems));
  if (users.empty()) throw refuse("has nobody; framespool user add FILE NAME admin makes the first line");
  return users;
}

std::string OpenTo(const fs::path& file) {
  struct stat about {};
  if (stat(file.c_str(), &about) != 0) return {};
  if ((about.st_mode & (S_IWGRP | S_IWOTH)) != 0) return "others than its owner can write";
  return (about.st_mode & S_IROTH) != 0 ? "everybody on this machine can read" : "";
}

void ChangeFile(const fs::path& given, const std::function<std::string(const std::string&)>& change) {
  // Where a link leads: it is not to be replaced itself.
  const fs::path file = fs::weakly_canonical(given);
  const OpenFile old(OpenLocked(file));
  const std::string text = change(ReadAll(old.fd(), file));
  std::string name = file.string() + ".XXXXXX";
  const OpenFile fresh(mkostemp(name.data(), O_CLOEXEC));
  if (fresh.fd() < 0) Fail("cannot make a file beside " + file.string());
  try {
    struct stat about {};
    if (fstat(old.fd(), &about) != 0) Fail("cannot look at " + file.string());
    WriteAll(fresh.fd(), text, name);
    // Who is not root may be unable to keep another owner: then the mode must not let others in either.
    const bool same_owner = fchown(fresh.fd(), about.st_uid, about.st_gid) == 0;
    if (fchmod(fresh.fd(), same_owner ? about.st_mode & 07777 : 0600) != 0 || fsync(fresh.fd()) != 0)
      Fail("cannot write " + file.string());
    if (rename(name.c_str(), file.c_str()) != 0) Fail("cannot replace " + file.string());
  } catch (...) {
    unlink(name.c_str());
    throw;
  }
}

}  // namespace framespool::access
