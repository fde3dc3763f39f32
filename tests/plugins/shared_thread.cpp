// Sources that share a thread of their library, which nobody of them has made: while the file of any of them is there,
// it takes the whole process with it.
#include <framespool/plugin.h>
#include <unistd.h>

#include <csignal>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace framespool;

constexpr std::chrono::milliseconds kBetweenLooks{10};

class SharedThread {
 public:
  SharedThread() : thread_([this](const std::stop_token& stop) { Run(stop); }) {}

  void Watch(const std::string& file) {
    const std::lock_guard lock(mutex_);
    files_.insert(file);
  }

 private:
  void Run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::this_thread::sleep_for(kBetweenLooks);  // decides nothing: until it looks again
      const std::lock_guard lock(mutex_);
      for (const std::string& file : files_) {
        if (access(file.c_str(), F_OK) == 0) std::raise(SIGSEGV);
      }
    }
  }

  std::mutex mutex_;
  std::set<std::string> files_;
  std::jthread thread_;
};

class SharingSource final : public SourceTask {
 public:
  struct Config {
    std::string file;
  };
  using Library = SharedThread;

  static const ConfigDef<Config>& Describe() {
    static const auto def = ConfigDef<Config>().Field("crash.while", &Config::file, "A file.").Required();
    return def;
  }

  SharingSource(const Config& config, SourceTaskContext& /*context*/, SharedThread& shared) {
    shared.Watch(config.file);
  }

  std::vector<SourceRecord> Poll(std::stop_token /*stop*/) override {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // decides nothing: a source that waits
    return {};
  }
};

}  // namespace

FRAMESPOOL_PLUGIN("1.0.0", Source<SharingSource>("SharingSource", "Shares a thread that ends the worker."))
