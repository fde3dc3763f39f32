#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <cluster/ledger.h>
#include <cluster/task_key.h>

namespace framespool::cluster {

/// A task that was given to a worker.
struct Move {
  TaskKey key;
  std::string from;  // who had it before; empty: nobody
  std::string to;
  LedgerTask::Cause cause = LedgerTask::Cause::kNew;
  std::uint64_t epoch = 0;
  std::int64_t at = 0;  // milliseconds since 1970, by the log
  friend bool operator==(const Move&, const Move&) = default;
};

/// Those that have happened between two records of a connector's ledger; `before` null: in all of its life, as far as
/// the record still tells. In the order of their epochs.
std::vector<Move> MovesBetween(const std::string& connector, const Ledger* before, const Ledger& after);

/// What a move is, for people: "w1 is gone, so w2 has it".
std::string Sentence(const Move& move);

}  // namespace framespool::cluster
