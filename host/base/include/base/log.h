#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <framespool/connector.h>

/// The worker's log: one line an event on stderr, `time LEVEL [logger] message`, and the last lines kept for REST,
/// control characters escaped. A logger is named after its part of the worker ("herder") or its task ("camera|task-0").
/// Any thread. The only room with spdlog.
namespace framespool::log {

void Write(LogLevel level, std::string_view logger, std::string_view message);

inline void Debug(std::string_view logger, std::string_view message) { Write(LogLevel::kDebug, logger, message); }
inline void Info(std::string_view logger, std::string_view message) { Write(LogLevel::kInfo, logger, message); }
inline void Warn(std::string_view logger, std::string_view message) { Write(LogLevel::kWarn, logger, message); }
inline void Error(std::string_view logger, std::string_view message) { Write(LogLevel::kError, logger, message); }

/// The least level that a logger writes. "root" holds for every logger without a level of its own. The names are Kafka
/// Connect's, in any case: TRACE, DEBUG, INFO, WARN, ERROR, FATAL, OFF.
struct LoggerLevel {
  std::string level;                       // upper case
  std::optional<Timestamp> last_modified;  // nothing: as at the start
};
bool IsLevel(std::string_view level);
/// Every logger that has written, has a level of its own, or is "root".
std::map<std::string, LoggerLevel> Levels();
/// Sets the level of `logger` and of those below it ("camera" is above "camera|task-0"; "root" above all); the names of
/// those that changed, sorted. `level` must be one.
std::vector<std::string> SetLevel(const std::string& logger, std::string_view level);

struct Line {
  std::uint64_t sequence = 0;  // from 1, without gaps
  Timestamp time;
  LogLevel level = LogLevel::kInfo;
  std::string logger;
  std::string message;
};
/// The oldest `limit` of the kept lines behind sequence `after`, of `least` or above; only those of one connector's
/// loggers when `connector` is not empty. About the last 4,000 lines are kept.
std::vector<Line> Tail(std::uint64_t after, LogLevel least, std::string_view connector, std::size_t limit);
/// The sequence of the newest line.
std::uint64_t NewestLine();

/// Names the calling thread, for logs, ps -L and gdb: at most 15 characters are kept.
void NameThread(const std::string& name);

}  // namespace framespool::log
