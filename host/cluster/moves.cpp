#include "cluster/moves.h"

#include <algorithm>

namespace framespool::cluster {

std::vector<Move> MovesBetween(const std::string& connector, const Ledger* before, const Ledger& after) {
  const std::uint64_t known = before == nullptr ? 0 : before->last_epoch;
  std::vector<Move> moves;
  for (std::size_t i = 0; i < after.tasks.size(); ++i) {
    const LedgerTask& task = after.tasks[i];
    if (task.epoch <= known) continue;
    moves.push_back({.key = {connector, static_cast<int>(i)},
                     .from = task.from,
                     .to = task.worker,
                     .cause = task.cause,
                     .epoch = task.epoch,
                     .at = task.since});
  }
  std::sort(moves.begin(), moves.end(), [](const Move& a, const Move& b) { return a.epoch < b.epoch; });
  return moves;
}

std::string Sentence(const Move& move) {
  using Cause = LedgerTask::Cause;
  const std::string has_it = move.to + (move.from == move.to ? " has it again" : " has it");
  switch (move.cause) {
    case Cause::kNew: return "it is new: " + has_it;
    case Cause::kWorkerGone: return "the group had given up " + move.from + ": " + has_it;
    case Cause::kWorkerLeaving: return move.from + " has stopped: " + has_it;
    case Cause::kRefused: return "it could not run on " + move.from + ": " + has_it;
    case Cause::kBalance: return move.from + " had more to do than others: " + has_it;
    case Cause::kRestart: return "it was restarted: " + has_it;
  }
  return has_it;
}

}  // namespace framespool::cluster
