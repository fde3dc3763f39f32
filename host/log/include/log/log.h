#pragma once

#include <string>
#include <string_view>

#include <framespool/connector.h>

/// The worker's log: one line an event on stderr, `time LEVEL [logger] message`. Any thread. The only room with spdlog.
namespace framespool::log {

/// Levels are those of the SDK. "off" is a level of loggers only.
void SetLevel(std::string_view level);
bool IsLevel(std::string_view level);

void Write(LogLevel level, std::string_view logger, std::string_view message);

inline void Debug(std::string_view logger, std::string_view message) { Write(LogLevel::kDebug, logger, message); }
inline void Info(std::string_view logger, std::string_view message) { Write(LogLevel::kInfo, logger, message); }
inline void Warn(std::string_view logger, std::string_view message) { Write(LogLevel::kWarn, logger, message); }
inline void Error(std::string_view logger, std::string_view message) { Write(LogLevel::kError, logger, message); }

/// Names the calling thread, for logs, ps -L and gdb: at most 15 characters are kept.
void NameThread(const std::string& name);

}  // namespace framespool::log
