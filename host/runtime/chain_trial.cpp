#include "runtime/chain_trial.h"

#include <utility>

#include <base/trace.h>
#include <base/waiting.h>
#include <config/common_config.h>
#include <framespool/errors.h>
#include <runtime/record_bytes.h>

#include "record_stages.h"

namespace framespool::runtime {

namespace {

using namespace std::chrono_literals;
constexpr auto kBetweenTries = 100ms;

}  // namespace

struct ChainTrial::Chain {
  Chain(const RawConfig& config, plugins::PluginRegistry& plugins, bool of_topics)
      : common(config::CommonConfigOf(config)),
        identity{.connector = common.name, .task = 0, .connector_class = common.connector_class},
        stages(config, plugins, identity, of_topics) {}

  /// Takes the record from where it is to where it ends.
  void GoOn(std::size_t number, std::chrono::steady_clock::time_point deadline, const std::stop_token& stop) {
    Tried& each = tried[number];
    RecordWay& way = ways[number];
    while (true) {
      try {
        const bool goes_on = stages.Pass(each.after, way);
        each.end = goes_on ? Tried::End::kGoesOn : way.held ? Tried::End::kHeldBack : Tried::End::kLeftOut;
        each.place = goes_on ? "" : stages.At(way).place;
        if (goes_on && each.after.topic != each.before.topic) RecordStages::RequireTopic(each.after, way);
        if (goes_on) MakeBytes(each.after);
        return;
      } catch (const RetriableError&) {
        if (std::chrono::steady_clock::now() < deadline && !stop.stop_requested()) {
          base::WaitForStop(stop, kBetweenTries);
          continue;
        }
        Fail(each, way);
        return;
      } catch (...) {
        Fail(each, way);
        return;
      }
    }
  }

  /// In the catch block.
  void Fail(Tried& each, const RecordWay& way) {
    each.end = Tried::End::kFailed;
    each.place = stages.At(way).place;
    each.problems = base::ProblemsOfCurrentException();
  }

  const config::CommonConfig common;
  const TaskIdentity identity;
  RecordStages stages;
  std::vector<Tried> tried;
  std::vector<RecordWay> ways;  // of each
};

ChainTrial::ChainTrial(const RawConfig& config, plugins::PluginRegistry& plugins, bool of_topics)
    : chain_(std::make_unique<Chain>(config, plugins, of_topics)) {}
ChainTrial::~ChainTrial() = default;

bool ChainTrial::concerns() const { return chain_->stages.concern_source(); }

void ChainTrial::Pass(SourceRecord record, std::chrono::steady_clock::time_point deadline,
                      const std::stop_token& stop) {
  Chain& chain = *chain_;
  Tried& each = chain.tried.emplace_back();
  each.after = record;
  each.before = std::move(record);
  chain.ways.emplace_back();
  chain.GoOn(chain.tried.size() - 1, deadline, stop);
  // What goes on may have a transform behind decide on others.
  for (auto decisions = chain.stages.TakeDecisions(); !decisions.empty(); decisions = chain.stages.TakeDecisions()) {
    for (const RecordStages::Decision& decision : decisions) {
      for (std::size_t i = 0; i < chain.tried.size(); ++i) {
        Tried& held = chain.tried[i];
        RecordWay& way = chain.ways[i];
        if (held.end != Tried::End::kHeldBack || way.next != decision.stage || way.held != decision.number) continue;
        if (decision.goes_on) {
          RecordStages::Release(way);
          chain.GoOn(i, deadline, stop);
        } else {
          held.end = Tried::End::kLeftOut;
        }
        break;
      }
    }
  }
}

const std::vector<ChainTrial::Tried>& ChainTrial::tried() const { return chain_->tried; }

}  // namespace framespool::runtime
