#pragma once

#include <framespool/plugin.h>
#include <gtest/gtest.h>
#include <plugins/plugin_registry.h>
#include <sink_runner.h>
#include <source_runner.h>
#include <store_sqlite/sqlite_store.h>
#include <view_runner.h>

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fakes/memory_broker.h"
#include "fakes/temporary_directory.h"

namespace framespool::runtime {

inline RawConfig With(RawConfig config, const RawConfig& more) {
  for (const auto& [key, value] : more) config[key] = value;
  return config;
}

/// What the tasks of a test note, on threads of their own.
class Notes {
 public:
  void Add(std::string line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
  }
  std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }
  void Clear() {
    const std::lock_guard lock(mutex_);
    lines_.clear();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

/// Tasks on a broker in memory, with the plugins of the house in their chains.
class TaskFixture : public testing::Test {
 protected:
  template <class Task>
  std::shared_ptr<SourceRunner> RunSource(const std::string& connector, const std::string& connector_class,
                                          RawConfig config) {
    return Started(std::make_shared<SourceRunner>(
        TaskIdentity{connector, 0, connector_class}, Unheard(), std::move(config),
        []() -> plugins::Plugin {
          static constexpr PluginEntry kEntry = Source<Task>("Tested", "Of a test.");
          return plugins::Plugin(kEntry);
        },
        broker_, offsets_, &plugins_));
  }
  template <class Task>
  std::shared_ptr<SinkRunner> RunSink(const std::string& connector, const std::string& connector_class,
                                      RawConfig config) {
    return Started(std::make_shared<SinkRunner>(
        TaskIdentity{connector, 0, connector_class}, Unheard(), std::move(config),
        []() -> plugins::Plugin {
          static constexpr PluginEntry kEntry = Sink<Task>("Tested", "Of a test.");
          return plugins::Plugin(kEntry);
        },
        broker_, *store_, std::chrono::hours(1), &plugins_));
  }
  template <class Task>
  std::shared_ptr<ViewRunner> RunView(const std::string& connector, const std::string& connector_class,
                                      RawConfig config) {
    return Started(std::make_shared<ViewRunner>(
        TaskIdentity{connector, 0, connector_class}, Unheard(), std::move(config),
        []() -> plugins::Plugin {
          static constexpr PluginEntry kEntry = ViewOf<Task>("Tested", "Of a test.");
          return plugins::Plugin(kEntry);
        },
        broker_, *store_, &plugins_));
  }
  static bool Ended(const std::shared_ptr<TaskRunner>& runner) {
    return runner->AwaitEnd(std::chrono::steady_clock::now() + std::chrono::minutes(1));
  }
  static bool Stop(const std::shared_ptr<TaskRunner>& runner) {
    runner->RequestStop();
    return Ended(runner);
  }
  static bool Failed(const std::shared_ptr<TaskRunner>& runner) {
    return Ended(runner) && runner->Status().state == State::kFailed;
  }
  /// Into partition 0 of `topic`, in order; no source offset comes with them.
  void Append(const std::string& topic, std::vector<SourceRecord> records) {
    const auto producer = broker_.OpenProducer({.connector = "source"}, [](auto, auto, const auto&) {});
    for (SourceRecord& record : records) {
      record.topic = topic;
      record.partition = 0;
      record.timestamp = Now();
      std::vector<SourceRecord> one;
      one.push_back(std::move(record));
      producer->Append(std::move(one));
    }
  }

  TemporaryDirectory folder_;
  std::unique_ptr<store::Store> store_ = store::OpenSqliteStore(folder_.path() / "framespool.db");
  MemoryBroker broker_;
  SourceOffsets offsets_{*store_, broker_, std::chrono::hours(1)};
  plugins::PluginRegistry plugins_{{PLUGINS}};

 private:
  static TaskState::Listener Unheard() {
    return [](State, const std::string&, const std::string&) {};
  }
  template <class Runner>
  static std::shared_ptr<Runner> Started(std::shared_ptr<Runner> runner) {
    runner->Start(false);
    return runner;
  }
};

}  // namespace framespool::runtime
