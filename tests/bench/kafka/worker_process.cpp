#include "worker_process.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace {

using namespace std::chrono_literals;

std::string Contents(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

void WriteProperties(const std::filesystem::path& file, const WorkerProcess::Config& config) {
  std::ofstream out(file);
  for (const auto& [key, value] : config) out << key << "=" << value << "\n";
}

}  // namespace

WorkerProcess::WorkerProcess(std::filesystem::path folder, const Config& settings,
                             const std::vector<std::pair<std::string, Config>>& connectors)
    : folder_(std::move(folder)) {
  std::filesystem::remove_all(folder_);
  std::filesystem::create_directories(folder_);
  Config all = settings;
  all["listeners"] = "http://127.0.0.1:0";
  all["data.dir"] = folder_ / "data";
  all["plugin.path"] = FRAMESPOOL_PLUGINS "," BENCH_PLUGINS;
  WriteProperties(folder_ / "worker.properties", all);
  std::vector<std::string> words = {FRAMESPOOL_BINARY, "worker", folder_ / "worker.properties"};
  for (const auto& [name, config] : connectors) {
    Config named = config;
    named["name"] = name;
    words.push_back(folder_ / (name + ".properties"));
    WriteProperties(words.back(), named);
  }
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log().c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  const int error = posix_spawn(&pid_, FRAMESPOOL_BINARY, &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error("the worker does not start");
}

WorkerProcess::~WorkerProcess() {
  kill(pid_, SIGTERM);
  for (int i = 0; i < 1000; ++i) {
    if (waitpid(pid_, nullptr, WNOHANG) == pid_) return;
    std::this_thread::sleep_for(10ms);
  }
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

pid_t WorkerProcess::pid() const {
  const std::string keeper = std::to_string(pid_);
  pid_t worker = 0;
  std::ifstream("/proc/" + keeper + "/task/" + keeper + "/children") >> worker;
  return worker;
}

std::string WorkerProcess::Await(const std::filesystem::path& file) const {
  const auto deadline = std::chrono::steady_clock::now() + 180s;
  while (!std::filesystem::exists(file)) {
    if (std::chrono::steady_clock::now() > deadline || kill(pid_, 0) != 0) {
      throw std::runtime_error("the worker did not get through; its log:\n" + Contents(log()));
    }
    std::this_thread::sleep_for(10ms);
  }
  return Contents(file);
}

int FreePort() {
  const int probe = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool told = bind(probe, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                    getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(probe);
  if (!told) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}
