#pragma once

#include <gmock/gmock.h>
#include <herder/worker_herder.h>
#include <inspect/inspector.h>
#include <store_sqlite/sqlite_store.h>

#include <chrono>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "fakes/eventually.h"
#include "fakes/memory_broker.h"
#include "fakes/temporary_directory.h"

namespace framespool::herder {

inline RawConfig With(RawConfig config, const RawConfig& more) {
  for (const auto& [key, value] : more) config[key] = value;
  return config;
}

/// A herder with the misbehaving connectors. The broker outlives restarts of the worker, as topics on a disk do.
class HerderTest : public testing::Test {
 protected:
  struct Worker {
    Worker(const std::filesystem::path& folder, broker::Broker& broker, std::chrono::milliseconds patience)
        : store(store::OpenSqliteStore(folder / "framespool.db")), plugins({TEST_PLUGINS}) {
      HerderOptions options;
      options.version = "1";
      options.offset_flush_interval = std::chrono::hours(1);
      options.shutdown_timeout = options.check_timeout = patience;
      herder = MakeHerder(options, plugins, *store, broker,
                          [this](const std::string& connector, int task, std::string_view state,
                                 const std::string& message) { events.Add(connector, task, state, message); });
      inspector = std::make_unique<inspect::Inspector>(inspect::InspectorOptions{}, plugins, broker, events,
                                                       [this] { return herder->Views(); });
    }
    std::unique_ptr<store::Store> store;
    plugins::PluginRegistry plugins;
    inspect::EventLog events;
    std::unique_ptr<WorkerHerder> herder;
    std::unique_ptr<inspect::Inspector> inspector;
  };

  void SetUp() override { Restart(); }

  /// With a worker that soon gives up on a plugin that never returns; any other has the time of a busy machine.
  void RestartImpatiently() {
    patience_ = std::chrono::milliseconds(300);
    Restart();
  }

  /// A worker that is gone without a word to its tasks would be a kill -9: the e2e tests do that. This one stops.
  void Restart(std::vector<config::NamedConfig> connectors = {}) {
    if (worker_) {
      EXPECT_THAT(worker_->herder->Stop(), testing::IsEmpty());
    }
    worker_.reset();
    worker_ = std::make_unique<Worker>(folder_.path(), broker_, patience_);
    herder().Start("127.0.0.1:1", std::move(connectors));
    Do([](Herder&) { return 0; });
  }

  void TearDown() override {
    if (worker_) worker_->herder->Stop();
  }

  WorkerHerder& herder() { return *worker_->herder; }
  inspect::Inspector& inspector() { return *worker_->inspector; }

  /// Stops until nothing is left in a plugin.
  bool StopsAtLast() {
    return fakes::Eventually([&] { return herder().Stop().empty(); });
  }

  /// Makes a call on the herder's thread and waits for its answer.
  template <class F>
  std::invoke_result_t<F, Herder&> Do(F call) {
    std::promise<std::invoke_result_t<F, Herder&>> answer;
    herder().Post("test", [&] { answer.set_value(call(herder())); });
    return answer.get_future().get();
  }

  /// What is wanted of a refusal; nothing when there is none.
  using Refused = std::optional<base::Reason>;

  template <class T>
  Refused Told(const base::Outcome<T>& outcome) {
    message_ = outcome ? "" : outcome.error().message;
    problems_ = outcome ? std::vector<Problem>{} : outcome.error().problems;
    return outcome ? Refused() : outcome.error().reason;
  }

  Refused Create(const std::string& name, const RawConfig& config, InitialState initial = InitialState::kRunning) {
    auto outcome = Do([&](Herder& h) { return h.Create(name, config, initial, {}); });
    return Told(outcome);
  }

  bool AwaitTask(const std::string& name, runtime::State state) {
    return fakes::Eventually([&] {
      const auto status = herder().Status(name);
      return status && status->tasks.size() == 1 && status->tasks[0].state == state;
    });
  }

  TemporaryDirectory folder_;
  std::chrono::milliseconds patience_ = std::chrono::seconds(60);
  MemoryBroker broker_;
  std::unique_ptr<Worker> worker_;
  std::string message_;
  std::vector<Problem> problems_;
};

}  // namespace framespool::herder
