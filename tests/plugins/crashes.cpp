// A source and a sink that take the whole process with them, as a connector in the worker's own address space can. When
// they come to record crash.at they leave crash.file behind and die; when that file is there already they go on.
#include <fcntl.h>
#include <framespool/plugin.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace framespool;

// Values that the compiler must not know, or it would warn of what is meant.
volatile std::intptr_t nowhere = 0x10;
volatile bool goes_on = true;

int Overflow(volatile char* before) {
  volatile char here[4096];
  here[0] = before[0];
  return goes_on ? Overflow(here) + here[0] : 0;
}

void OnAThreadOfItsOwn(void (*die)()) { std::thread(die).join(); }

/// The ways to die, by what crash.how calls them.
const std::map<std::string, std::function<void()>> kWays{
    {"segv", [] { *reinterpret_cast<volatile int*>(nowhere) = 1; }},
    {"raise", [] { std::raise(SIGSEGV); }},
    {"abort", [] { std::abort(); }},
    {"overflow",
     [] {
       volatile char first = 0;
       Overflow(&first);
     }},
    {"terminate", [] { OnAThreadOfItsOwn([] { throw std::runtime_error("nobody catches this"); }); }},
    {"thread-overflow",
     [] {
       OnAThreadOfItsOwn([] {
         volatile char first = 0;
         Overflow(&first);
       });
     }},
    {"bad-alloc",
     [] {
       OnAThreadOfItsOwn([] {
         std::vector<char*> taken;
         while (true) taken.push_back(new char[1 << 20]);  // until there is no more, which nobody catches
       });
     }},
    {"kill", [] { kill(getpid(), SIGKILL); }},
    {"memory",
     [] {
       std::vector<std::vector<char>> taken;
       while (true) taken.emplace_back(16 << 20, 'x');
     }},
};

struct Crash {
  std::string how = "raise";
  std::int64_t at = 0;
  std::string file;

  void CrashIfAt(std::int64_t number) const {
    if (number != at) return;
    if (!file.empty()) {
      const int made = open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
      if (made < 0) return;
      close(made);
    }
    kWays.at(how)();
  }
};

struct SourceConfig : Crash {
  std::string topic;
  std::int64_t count = 0;
};

struct SinkConfig : Crash {};

constexpr const char* kHowDoc = "How it dies.";
constexpr const char* kAtDoc = "The number of the record that is not made, or taken, any more.";
constexpr const char* kFileDoc = "Made before dying; while it exists nothing happens. Empty: it dies each time.";

template <class Config>
ConfigDef<Config> WithCrash() {
  return ConfigDef<Config>()
      .template Field<std::string>("crash.how", &Config::how, kHowDoc)
      .OneOf({"segv", "raise", "abort", "overflow", "terminate", "thread-overflow", "bad-alloc", "kill", "memory"})
      .template Field<std::int64_t>("crash.at", &Config::at, kAtDoc)
      .AtLeast(0)
      .template Field<std::string>("crash.file", &Config::file, kFileDoc);
}

class CrashingSource final : public SourceTask {
 public:
  using Config = SourceConfig;

  static const ConfigDef<Config>& Describe() {
    static const auto def = WithCrash<Config>()
                                .Field("topic", &Config::topic, "Where to.")
                                .Required()
                                .Field("count", &Config::count, "How many records to make.")
                                .AtLeast(0);
    return def;
  }

  CrashingSource(Config config, SourceTaskContext& context) : config_(std::move(config)) {
    if (const auto stored = context.StoredOffset(kPartition)) next_ = std::get<std::int64_t>(stored->at("next"));
  }

  std::vector<SourceRecord> Poll(std::stop_token) override {
    config_.CrashIfAt(next_);
    if (next_ >= config_.count) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));  // decides nothing: a source that waits
      return {};
    }
    SourceRecord record;
    record.topic = config_.topic;
    const std::string text = std::to_string(next_++);
    const auto bytes = std::as_bytes(std::span(text));
    record.value = Payload(std::vector<std::byte>(bytes.begin(), bytes.end()));
    record.timestamp = Now();
    record.source_partition = kPartition;
    record.source_offset = {{"next", next_}};
    return {std::move(record)};
  }

 private:
  inline static const Fields kPartition = {{"source", std::string("crashes")}};

  const Config config_;
  std::int64_t next_ = 0;
};

class CrashingSink final : public SinkTask {
 public:
  using Config = SinkConfig;

  static const ConfigDef<Config>& Describe() {
    static const auto def = WithCrash<Config>();
    return def;
  }

  CrashingSink(Config config, SinkTaskContext&) : config_(std::move(config)) {}

  void Put(std::span<const SinkRecord> records, std::stop_token) override {
    for (const SinkRecord& record : records) config_.CrashIfAt(record.offset);
  }

 private:
  const Config config_;
};

}  // namespace

FRAMESPOOL_PLUGIN("1.0.0",
                  Source<CrashingSource>("CrashingSource", "Takes the worker with it, at a record of your choice."),
                  Sink<CrashingSink>("CrashingSink", "Takes the worker with it, at a record of your choice."))
