#pragma once

#include <string>
#include <string_view>

#include <cluster/ledger.h>

namespace framespool::cluster {

/// The value of `framespool-tasks-NAME` in config.storage.topic: one JSON object, keys sorted, what is empty left out.
/// Java Connect logs a key that it does not know and goes on.
///   {"revision":3,"generation":2,"epoch":17,"numbers":4,"split":[{"files":"a.mp4"}, …],
///    "tasks":[{"state":"run","share":0,"revision":3,"worker":"w1","session":"w1-5f0c…","epoch":17,"after":12}, …]}
/// A task's `share` is a number of `split` where it is one of these, else the share itself.
std::string ToJson(const Ledger& ledger);

/// As a task's `cause` is written: "worker-gone".
std::string_view ToText(LedgerTask::Cause cause);

/// Keys that it does not know are passed by: a newer leader may have written them. Throws std::invalid_argument saying
/// what is wrong.
Ledger LedgerFromJson(std::string_view text);

}  // namespace framespool::cluster
