// A source and a sink that go into one of their calls and never come back, whatever their stop token says. With
// hang.file they hang only while that file exists, so that a test can let them go; hang.sign tells it that they do.
#include <framespool/plugin.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <thread>

namespace {

using namespace framespool;

struct Hang {
  std::string where;
  std::string file;
  std::string sign;

  void HangIfAt(const std::string& here) const {
    if (here == where && !sign.empty()) std::ofstream(sign).close();
    while (here == where && (file.empty() || access(file.c_str(), F_OK) == 0)) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));  // decides nothing: it hangs
    }
  }
};

struct SourceConfig : Hang {
  std::string topic;
};

struct SinkConfig : Hang {};

constexpr const char* kWhereDoc = "The call that never returns.";
constexpr const char* kFileDoc = "Hang only while this file exists; empty: for ever.";
constexpr const char* kSignDoc = "A file to create before hanging; empty: none.";

class NeverReturningSource final : public SourceTask {
 public:
  using Config = SourceConfig;

  static const ConfigDef<Config>& Describe() {
    static const auto def = ConfigDef<Config>()
                                .Field<std::string>("topic", &Config::topic, "Where to.")
                                .Required()
                                .Field<std::string>("hang.where", &Config::where, kWhereDoc)
                                .OneOf({"", "check", "constructor", "poll", "destructor"})
                                .Field<std::string>("hang.file", &Config::file, kFileDoc)
                                .Field<std::string>("hang.sign", &Config::sign, kSignDoc);
    return def;
  }

  static std::vector<Problem> Check(const Config& config, const std::string&) {
    config.HangIfAt("check");
    return {};
  }

  NeverReturningSource(Config config, SourceTaskContext&) : config_(std::move(config)) {
    config_.HangIfAt("constructor");
  }
  ~NeverReturningSource() override { config_.HangIfAt("destructor"); }

  std::vector<SourceRecord> Poll(std::stop_token) override {
    config_.HangIfAt("poll");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // decides nothing: a source that waits
    return {};
  }

 private:
  const Config config_;
};

class NeverReturningSink final : public SinkTask {
 public:
  using Config = SinkConfig;

  static const ConfigDef<Config>& Describe() {
    static const auto def = ConfigDef<Config>()
                                .Field<std::string>("hang.where", &Config::where, kWhereDoc)
                                .OneOf({"", "check", "constructor", "put", "flush", "destructor"})
                                .Field<std::string>("hang.file", &Config::file, kFileDoc)
                                .Field<std::string>("hang.sign", &Config::sign, kSignDoc);
    return def;
  }

  static std::vector<Problem> Check(const Config& config, const std::string&) {
    config.HangIfAt("check");
    return {};
  }

  NeverReturningSink(Config config, SinkTaskContext&) : config_(std::move(config)) { config_.HangIfAt("constructor"); }
  ~NeverReturningSink() override { config_.HangIfAt("destructor"); }

  void Put(std::span<const SinkRecord>, std::stop_token) override { config_.HangIfAt("put"); }
  void Flush() override { config_.HangIfAt("flush"); }

 private:
  const Config config_;
};

}  // namespace

FRAMESPOOL_PLUGIN("1.0.0", Source<NeverReturningSource>("NeverReturningSource", "Goes into a call and stays there."),
                  Sink<NeverReturningSink>("NeverReturningSink", "Goes into a call and stays there."))
