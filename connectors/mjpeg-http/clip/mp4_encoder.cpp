#include "clip/mp4_encoder.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "clip/byte_text.h"

namespace framespool::mjpeg {

namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kEncoderPatience{60};  // for a frame to be encoded
constexpr const char* kProgram = "mjpeg_http-mp4";

/// Beside the library that this is in; a test that has it linked in finds it among the plugins.
std::string Program() {
  Dl_info here{};
  ::dladdr(reinterpret_cast<void*>(&Program), &here);
  const fs::path folder = fs::absolute(here.dli_fname).parent_path();
  for (const fs::path& path : {folder / kProgram, folder.parent_path() / "plugins" / kProgram}) {
    if (::access(path.c_str(), X_OK) == 0) return path.string();
  }
  throw std::runtime_error("format=mp4 needs the program " + (folder / kProgram).string() +
                           ", which is not there; install it, or take format=avi");
}

}  // namespace

Mp4File::Mp4File(const std::string& path) : file_(std::fopen(path.c_str(), "rbe")) {
  if (!file_) throw std::runtime_error("the encoded file " + path + " cannot be read: " + std::strerror(errno));
  ::unlink(path.c_str());
  std::fseek(file_.get(), 0, SEEK_END);
  size_ = static_cast<std::size_t>(std::ftell(file_.get()));
  std::rewind(file_.get());
}

Mp4Encoder::Mp4Encoder(std::uint32_t rate, std::uint32_t scale) {
  const std::string program = Program();
  path_ = (fs::temp_directory_path() / "framespool-XXXXXX.mp4").string();
  const int file = ::mkostemps(path_.data(), 4, O_CLOEXEC);
  if (file < 0) {
    throw std::runtime_error("an mp4 is made in " + fs::temp_directory_path().string() +
                             ", which cannot be written (TMPDIR names another folder): " + std::strerror(errno));
  }
  ::close(file);
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    ::unlink(path_.c_str());
    throw std::runtime_error(std::string("no socket for the encoder: ") + std::strerror(errno));
  }
  channel_ = std::make_unique<BlockingSocket>(ends[0]);
  const BlockingSocket theirs(ends[1]);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, theirs.fd(), 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  // Sockets of viewers above all: they would stay open as long as the encoder runs.
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  std::string name = program, frames = std::to_string(rate), seconds = std::to_string(scale);
  const std::array<char*, 5> arguments{name.data(), path_.data(), frames.data(), seconds.data(), nullptr};
  const int error = ::posix_spawn(&pid_, program.c_str(), &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error == 0) return;
  pid_ = -1;
  ::unlink(path_.c_str());
  throw std::runtime_error(program + " cannot be started: " + std::strerror(error));
}

Mp4Encoder::~Mp4Encoder() {
  channel_.reset();
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::unlink(path_.c_str());
}

void Mp4Encoder::Add(std::string_view image, const std::stop_token& stop) {
  const std::string size = ByteText().U32(image.size()).Take();
  if (!channel_->Write(size, kEncoderPatience, stop) || !channel_->Write(image, kEncoderPatience, stop)) Fail(stop);
}

std::optional<Mp4File> Mp4Encoder::Finish(const std::function<bool()>& wanted, const std::stop_token& stop) {
  channel_->Write(ByteText().U32(0).Take(), kEncoderPatience, stop);
  const std::string said = channel_->ReadAll(kEncoderPatience, stop, wanted);
  if (said.empty() && !wanted()) return std::nullopt;
  if (said == "none") throw NoPictures();
  if (said != "done")
    throw std::runtime_error("the encoder failed: " + (said.empty() ? "it ended without a word" : said));
  return Mp4File(path_);
}

void Mp4Encoder::Fail(const std::stop_token& stop) {
  if (stop.stop_requested()) throw std::runtime_error("the sink is being stopped");
  const std::string said = channel_->ReadAll(std::chrono::seconds(1), stop);
  throw std::runtime_error("the encoder failed: " + (said.empty() ? "it took no more frames" : said));
}

}  // namespace framespool::mjpeg
