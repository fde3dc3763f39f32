#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include <framespool/config_def.h>
#include <framespool/problem.h>
#include <framespool/record.h>
#include <plugins/plugin_registry.h>

namespace framespool::runtime {

/// A source's transforms and converters, tried out on records that go nowhere: what a task of this config would make of
/// them, with transforms of its own that begin with the first record. Nothing is written, and no topic is made. One
/// thread.
class ChainTrial {
 public:
  struct Tried {
    enum class End { kGoesOn, kLeftOut, kHeldBack, kFailed };
    SourceRecord before;  // as the source made it
    SourceRecord after;   // where it goes on, as its topic gets it
    End end = End::kGoesOn;
    std::string place;                // else, what has left it out, holds it back or failed: "transforms.a (Filter)"
    std::vector<Problem> problems{};  // why it failed
  };

  /// Opens the libraries of what `config` names. Throws what these throw, and ConfigError that names the key.
  /// `of_topics`: the source reads topics.
  ChainTrial(const RawConfig& config, plugins::PluginRegistry& plugins, bool of_topics);
  ChainTrial(const ChainTrial&) = delete;
  ChainTrial& operator=(const ChainTrial&) = delete;
  ~ChainTrial();

  /// Whether records pass anything at all.
  bool concerns() const;
  /// The next record of the source. What a transform wants to try again later is tried again until `deadline` or
  /// `stop`. A record that is held back may be decided on with a later one.
  void Pass(SourceRecord record, std::chrono::steady_clock::time_point deadline, const std::stop_token& stop);
  /// In the order in which they came.
  const std::vector<Tried>& tried() const;

 private:
  struct Chain;
  const std::unique_ptr<Chain> chain_;
};

}  // namespace framespool::runtime
