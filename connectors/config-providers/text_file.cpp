#include "text_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace framespool::config_providers {

namespace {

constexpr std::size_t kMostBytes = 1 << 20;

class Descriptor {
 public:
  explicit Descriptor(const std::filesystem::path& file)
      : number_(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  int number() const { return number_; }

 private:
  const int number_;
};

[[noreturn]] void Fail(const std::filesystem::path& file, int error) {
  if (error == ENOENT || error == ENOTDIR)
    throw std::runtime_error("there is no file " + file.string() + "; put it there, or correct the path");
  if (error == EACCES || error == EPERM)
    throw std::runtime_error("this worker's user may not read " + file.string() + "; give it the right to");
  throw std::runtime_error(file.string() + " cannot be read: " + std::strerror(error));
}

}  // namespace

std::string ReadTextFile(const std::filesystem::path& file) {
  const Descriptor opened(file);
  if (opened.number() < 0) Fail(file, errno);
  struct stat status {};
  if (fstat(opened.number(), &status) != 0) Fail(file, errno);
  if (!S_ISREG(status.st_mode)) throw std::runtime_error(file.string() + " is no plain file; name one");
  std::string text;
  std::array<char, 16384> buffer{};
  for (;;) {
    const ssize_t got = read(opened.number(), buffer.data(), buffer.size());
    if (got == 0) return text;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) Fail(file, errno);
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > kMostBytes)
      throw std::runtime_error(file.string() + " is larger than 1 MB; name a file of keys and values");
  }
}

}  // namespace framespool::config_providers
