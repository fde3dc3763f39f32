#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <framespool/connector.h>
#include <framespool/problem.h>

/// The worker's log: one line an event on stderr, and the last lines kept for REST, control characters escaped. A
/// logger is named after its part of the worker ("herder") or its task ("camera|task-0"). Any thread. The only room
/// with spdlog.
namespace framespool::log {

/// How lines are on stderr: as `time LEVEL [logger] message`, or each as a JSON object, which says more of it: whose it
/// is, on which thread it was written, and what is wrong for programs (docs/logs.md).
enum class Format { kText, kJson };
void SetFormat(Format format);
Format GetFormat();
/// As the worker's properties call them: "json", or anything else for text.
inline Format FormatNamed(std::string_view name) { return name == "json" ? Format::kJson : Format::kText; }

/// `problems` are what the message says, for programs.
void Write(LogLevel level, std::string_view logger, std::string_view message, std::span<const Problem> problems = {});

inline void Debug(std::string_view logger, std::string_view message) { Write(LogLevel::kDebug, logger, message); }
inline void Info(std::string_view logger, std::string_view message) { Write(LogLevel::kInfo, logger, message); }
inline void Warn(std::string_view logger, std::string_view message) { Write(LogLevel::kWarn, logger, message); }
inline void Error(std::string_view logger, std::string_view message, std::span<const Problem> problems = {}) {
  Write(LogLevel::kError, logger, message, problems);
}

/// As long as it lives, lines that this thread writes by a logger that is no task's are about this connector or task:
/// what the broker or the herder says while it works for it. On the stack; the innermost counts.
class OnBehalf {
 public:
  /// `task` -1: of the connector.
  explicit OnBehalf(std::string connector, int task = -1);
  OnBehalf(const OnBehalf&) = delete;
  OnBehalf& operator=(const OnBehalf&) = delete;
  ~OnBehalf();

 private:
  friend struct Whose;
  friend struct Served ServedByThisThread() noexcept;
  const std::string connector_;
  const int task_;
  const OnBehalf* const outer_;
};

/// For whom the calling thread works, by its innermost OnBehalf: null where for nobody. Valid as long as that lives;
/// safe in a signal handler.
struct Served {
  const char* connector = nullptr;
  int task = -1;
};
Served ServedByThisThread() noexcept;

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
