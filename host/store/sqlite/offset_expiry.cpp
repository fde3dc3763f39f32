#include "offset_expiry.h"

#include <algorithm>
#include <set>
#include <string_view>

#include <base/log.h>

namespace framespool::store {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLongestWait = 1h;

/// A connector may have a name that looks like a group of another.
constexpr std::string_view kIsNamed =
    " (instr(group_name, '/') > 0 OR instr(group_name, '?key=') > 0)"
    " AND group_name NOT IN (SELECT 'connect-' || name FROM connectors) ";

}  // namespace

bool OffsetExpiry::IsDue(Clock::time_point now) const {
  return now >= next_ || new_groups_ > std::max<std::int64_t>(retention_.most_groups / 10, 1);
}

std::chrono::milliseconds OffsetExpiry::Wait(Clock::time_point now) const {
  return std::clamp(std::chrono::ceil<std::chrono::milliseconds>(next_ - now), 1ms, kLongestWait);
}

void OffsetExpiry::NoteWrite(const std::string& group) {
  if (!SinkOf(group)) return;
  Statement known(database_, "SELECT 1 FROM consumer_offsets WHERE group_name=? LIMIT 1");
  if (!known.Bind(group).Step()) ++new_groups_;
}

bool OffsetExpiry::ShouldTouch(std::int64_t used_ms, std::int64_t now_ms) const {
  constexpr int kShare = 8;
  return now_ms - used_ms > retention_.time.count() / kShare;
}

void OffsetExpiry::Tidy(Clock::time_point now, std::int64_t now_ms) {
  // Also when it fails: the next look is then as far off as any.
  next_ = now + std::clamp<std::chrono::milliseconds>(retention_.time / 8, 1s, kLongestWait);
  new_groups_ = 0;
  database_.RequireInPlace();
  Transaction transaction(database_);
  // Releases that kept every position for ever wrote rows of any age: those count from the first start of this one.
  Statement(database_, "INSERT OR IGNORE INTO numbers VALUES ('offsets_age_since_ms', ?)").Bind(now_ms).Run();
  const std::int64_t since = database_.Number("SELECT value FROM numbers WHERE name='offsets_age_since_ms'");
  const std::int64_t before = database_.Number("SELECT count(*) FROM consumer_offsets");
  const std::int64_t oldest = now_ms - retention_.time.count();
  if (since < oldest) {
    Statement(database_,
              std::string("DELETE FROM consumer_offsets WHERE group_name IN (SELECT group_name FROM consumer_offsets "
                          "WHERE") +
                  std::string(kIsNamed) + "GROUP BY group_name HAVING max(updated_ms) < ?)")
        .Bind(oldest)
        .Run();
  }
  std::set<std::string> sinks;
  Statement groups(database_, "SELECT DISTINCT group_name FROM consumer_offsets WHERE" + std::string(kIsNamed));
  while (groups.Step()) sinks.insert(*SinkOf(groups.Text(0)));
  for (const std::string& sink : sinks) {
    Statement(database_,
              "DELETE FROM consumer_offsets WHERE group_name IN (SELECT group_name FROM consumer_offsets "
              "WHERE (substr(group_name, 1, length(?1) + 1) = ?1 || '/' OR "
              "substr(group_name, 1, length(?1) + 5) = ?1 || '?key=') AND" +
                  std::string(kIsNamed) +
                  "GROUP BY group_name ORDER BY max(updated_ms) DESC, group_name LIMIT -1 OFFSET ?2)")
        .Bind(sink, retention_.most_groups)
        .Run();
  }
  const std::int64_t after = database_.Number("SELECT count(*) FROM consumer_offsets");
  transaction.Commit();
  if (after < before) {
    log::Info("store", std::to_string(before - after) +
                           " stored positions of viewers' own groups are gone: unused for " +
                           "offsets.retention.minutes, or more than " + std::to_string(retention_.most_groups) +
                           " groups of one sink");
  }
}

}  // namespace framespool::store
