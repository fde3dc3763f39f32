#include "file_problem.h"

#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

namespace framespool::video_file {
namespace {

constexpr const char* kWanted = "must be a video file that the worker can read, but ";

std::string Quoted(const std::string& path) { return "\"" + path + "\""; }

std::string UserName() {
  passwd entry{};
  passwd* found = nullptr;
  std::vector<char> buffer(4096);
  if (getpwuid_r(geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
    return entry.pw_name;
  return "uid " + std::to_string(geteuid());
}

}  // namespace

std::string CannotOpenText(const std::string& path, int error) {
  const std::string reason = std::generic_category().message(error);
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return kWanted + std::string("there is no ") + Quoted(path) + "; give the path as the worker's machine sees it" +
             (path.starts_with('/') ? "" : ", best from the root: /…");
    case EACCES:
    case EPERM:
      return kWanted + Quoted(path) + " may not be read by the worker's user, " + UserName() + " (" + reason +
             "); allow it, for instance with chmod a+r on the file and a+x on the directories above it";
    default: return kWanted + Quoted(path) + " cannot be opened: " + reason + "; check the path and the disk it is on";
  }
}

std::optional<std::string> WrongKindText(const std::string& path, mode_t mode) {
  const auto is = [&](const char* kind, const char* advice) {
    return kWanted + Quoted(path) + " is " + kind + "; " + advice;
  };
  if (S_ISREG(mode)) return std::nullopt;
  if (S_ISDIR(mode)) return is("a directory", "name one video file in it");
  if (S_ISFIFO(mode)) return is("a FIFO (named pipe)", "a pipe cannot be resumed: write it to a file, and give that");
  if (S_ISSOCK(mode)) return is("a socket", "write what it sends to a file, and give that");
  return is("a device", "record from it to a file, and give that");
}

std::optional<Problem> FileProblem(const std::string& path) {
  const auto cannot_open = [&](int error) {
    const ProblemKind kind = error == ENOENT || error == ENOTDIR ? kind::kFileNotFound
                             : error == EACCES || error == EPERM ? kind::kFileUnreadable
                                                                 : kind::kFileUnusable;
    return Problem{.field = "file", .message = CannotOpenText(path, error), .kind = kind, .facts = {{"file", path}}};
  };
  const auto unusable = [&](std::string message) {
    return Problem{
        .field = "file", .message = std::move(message), .kind = kind::kFileUnusable, .facts = {{"file", path}}};
  };
  struct stat facts {};
  if (stat(path.c_str(), &facts) != 0) return cannot_open(errno);
  if (auto wrong = WrongKindText(path, facts.st_mode)) return unusable(std::move(*wrong));
  const int file = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (file < 0) return cannot_open(errno);
  const bool known = fstat(file, &facts) == 0;
  const int error = errno;
  close(file);
  if (!known) return cannot_open(error);
  if (auto wrong = WrongKindText(path, facts.st_mode)) return unusable(std::move(*wrong));
  if (facts.st_size == 0)
    return unusable(kWanted + Quoted(path) + " is empty (0 bytes); was it copied or recorded to its end?");
  return std::nullopt;
}

}  // namespace framespool::video_file
