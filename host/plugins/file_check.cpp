#include "file_check.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include <framespool/connector.h>
#include <plugins/plugin_library.h>

namespace framespool::plugins {

namespace {

class PlainFile {
 public:
  explicit PlainFile(const std::filesystem::path& path) : path_(path) {
    // The look comes first: to open a FIFO or a device may wait, or do something.
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) Refuse("cannot be opened: ", std::strerror(errno));
    RequirePlain(status);
    fd_ = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd_ < 0) {
      if (errno == EMFILE || errno == ENFILE) ThrowNoDescriptors(path);
      Refuse("cannot be opened: ", std::strerror(errno));
    }
    if (fstat(fd_, &status) != 0) status.st_mode = 0;
    size_ = static_cast<std::uint64_t>(status.st_size);
  }
  PlainFile(const PlainFile&) = delete;
  PlainFile& operator=(const PlainFile&) = delete;
  ~PlainFile() {
    if (fd_ >= 0) close(fd_);
  }

  std::uint64_t size() const noexcept { return size_; }

  /// False when the file ends before.
  bool Read(void* to, std::size_t size, std::uint64_t at) const {
    auto* next = static_cast<char*>(to);
    while (size > 0) {
      const ssize_t got = pread(fd_, next, size, static_cast<off_t>(at));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) Refuse("cannot be read: ", std::strerror(errno));
      if (got == 0) return false;
      next += got;
      at += static_cast<std::uint64_t>(got);
      size -= static_cast<std::size_t>(got);
    }
    return true;
  }

  [[noreturn]] void Refuse(const std::string& why, const std::string& more = "") const {
    throw PluginError(path_.string() + ": refused: " + why + more);
  }
  [[noreturn]] static void ThrowNoDescriptors(const std::filesystem::path& path) {
    throw RetriableError(Problem{.message = "cannot open " + path.string() + ": " + std::strerror(EMFILE) +
                                            "; raise the limit of open files (ulimit -n), or run fewer connectors",
                                 .kind = kind::kNoFileDescriptors});
  }

 private:
  void RequirePlain(const struct stat& status) const {
    if (S_ISREG(status.st_mode)) return;
    Refuse(S_ISDIR(status.st_mode) ? "it is a folder, and a file was wanted"
                                   : "it is no plain file (a FIFO, a socket or a device)");
  }

  const std::filesystem::path& path_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
};

bool IsWithin(std::uint64_t size, std::uint64_t from, std::uint64_t length) {
  return from <= size && length <= size - from;
}

}  // namespace

std::string ReadPlainFile(const std::filesystem::path& path, std::size_t most) {
  const PlainFile file(path);
  if (file.size() > most) {
    file.Refuse("it has " + std::to_string(file.size()) + " bytes, and at most " + std::to_string(most) +
                " were wanted");
  }
  std::string text(file.size(), '\0');
  if (!file.Read(text.data(), text.size(), 0)) file.Refuse("it was changed while it was read");
  return text;
}

void RequireWholeLibrary(const std::filesystem::path& library) {
  const PlainFile file(library);
  const auto require = [&](std::uint64_t from, std::uint64_t length, const char* what) {
    if (IsWithin(file.size(), from, length)) return;
    file.Refuse("truncated: its ", std::string(what) + " should end at byte " + std::to_string(from + length) +
                                       ", and the file has " + std::to_string(file.size()) + "; copy it here again");
  };
  ElfW(Ehdr) head{};
  if (!file.Read(&head, sizeof head, 0) || std::memcmp(head.e_ident, ELFMAG, SELFMAG) != 0) {
    file.Refuse("invalid ELF header: it is no shared library");
  }
  constexpr unsigned char kClass = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;
  if (head.e_ident[EI_CLASS] != kClass || head.e_type != ET_DYN || head.e_phentsize != sizeof(ElfW(Phdr))) {
    file.Refuse("invalid ELF header: it is no shared library for this machine");
  }
  require(head.e_phoff, std::uint64_t{head.e_phnum} * sizeof(ElfW(Phdr)), "table of segments");
  std::vector<ElfW(Phdr)> segments(head.e_phnum);
  if (!file.Read(segments.data(), segments.size() * sizeof(ElfW(Phdr)), head.e_phoff)) {
    file.Refuse("it was changed while it was read");
  }
  for (const ElfW(Phdr) & segment : segments) {
    if (segment.p_type == PT_NULL) continue;
    require(segment.p_offset, segment.p_filesz, "segments");
  }
  if (head.e_shoff != 0) require(head.e_shoff, std::uint64_t{head.e_shnum} * head.e_shentsize, "table of sections");
}

void RequireDescriptors(const std::filesystem::path& wanted) {
  const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (fd < 0 && (errno == EMFILE || errno == ENFILE)) PlainFile::ThrowNoDescriptors(wanted);
  if (fd >= 0) close(fd);
}

}  // namespace framespool::plugins
