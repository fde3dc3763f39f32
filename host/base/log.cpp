#include "base/log.h"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <deque>
#include <mutex>
#include <utility>

#include <base/escape.h>
#include <base/secrets.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include "json_line.h"

namespace framespool::log {

namespace {

constexpr std::size_t kKeptLines = 4000;
constexpr std::string_view kRoot = "root";
constexpr const char* kTextPattern = "%Y-%m-%d %H:%M:%S.%e %^%L%$ %v";

constexpr std::array<std::string_view, 7> kLevels = {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL", "OFF"};

std::string Upper(std::string_view text) {
  std::string upper(text);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return upper;
}

/// 0 is TRACE: the order of LogLevel, with FATAL and OFF above it, which nothing is written at.
std::size_t Rank(std::string_view level) {
  return static_cast<std::size_t>(std::find(kLevels.begin(), kLevels.end(), Upper(level)) - kLevels.begin());
}

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kTrace: return spdlog::level::trace;
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarn: return spdlog::level::warn;
    case LogLevel::kError: return spdlog::level::err;
  }
  return spdlog::level::info;
}

bool Below(std::string_view logger, std::string_view above) {
  return above == kRoot || logger == above ||
         (logger.size() > above.size() && logger.starts_with(above) && logger[above.size()] == '|');
}

class Log {
 public:
  Log() : out_("framespool", std::make_shared<spdlog::sinks::stderr_color_sink_mt>()) {
    out_.set_pattern(kTextPattern);
    out_.set_level(spdlog::level::trace);
    out_.flush_on(spdlog::level::trace);
    levels_[std::string(kRoot)] = {"INFO", std::nullopt};
  }

  void SetFormat(Format format) {
    out_.set_pattern(format == Format::kJson ? "%v" : kTextPattern);
    format_ = format;
  }
  Format format() const { return format_; }

  void Write(LogLevel level, std::string_view logger_as_given, std::string_view message_as_given, const Owner& owner,
             std::span<const Problem> problems) {
    // Names, values and messages come from anywhere: one event stays one line, whatever they hold.
    const std::string logger = Escaped(logger_as_given);
    const std::string shown = base::WithoutSecrets(logger_as_given, message_as_given);
    const std::string message = Escaped(shown);
    const Timestamp now = Now();
    {
      std::lock_guard lock(mutex_);
      auto own = levels_.find(logger);
      if (own == levels_.end()) own = levels_.emplace(logger, Inherited(logger)).first;
      if (static_cast<std::size_t>(level) < Rank(own->second.level)) return;
      lines_.push_back({++newest_, now, level, logger, message});
      if (lines_.size() > kKeptLines) lines_.pop_front();
    }
    if (format_ == Format::kText) {
      out_.log(ToSpdlog(level), "[{}] {}", logger, message);
      return;
    }
    std::array<char, 16> thread{};
    pthread_getname_np(pthread_self(), thread.data(), thread.size());
    out_.log(ToSpdlog(level), spdlog::string_view_t(
                                  JsonLine({.time = now,
                                            .level = kLevels[static_cast<std::size_t>(level)],
                                            .logger = logger_as_given,
                                            .owner = owner,
                                            .thread = thread.data(),
                                            .message = shown},
                                           base::WithoutSecrets(logger_as_given, {problems.begin(), problems.end()}))));
  }

  std::map<std::string, LoggerLevel> Levels() {
    std::lock_guard lock(mutex_);
    return {levels_.begin(), levels_.end()};
  }

  std::vector<std::string> SetLevel(const std::string& logger, std::string_view level) {
    std::lock_guard lock(mutex_);
    levels_.try_emplace(logger);
    std::vector<std::string> changed;
    for (auto& [name, own] : levels_) {
      if (!Below(name, logger)) continue;
      own = {Upper(level), Now()};
      changed.push_back(name);
    }
    return changed;
  }

  std::vector<Line> Tail(std::uint64_t after, LogLevel least, std::string_view connector, std::size_t limit) {
    std::lock_guard lock(mutex_);
    std::vector<Line> lines;
    const std::uint64_t first = newest_ + 1 - lines_.size();
    for (std::size_t i = after < first ? 0 : static_cast<std::size_t>(after + 1 - first);
         i < lines_.size() && lines.size() < limit; ++i) {
      if (lines_[i].level >= least && (connector.empty() || Below(lines_[i].logger, connector)))
        lines.push_back(lines_[i]);
    }
    return lines;
  }

  std::uint64_t newest() {
    std::lock_guard lock(mutex_);
    return newest_;
  }

 private:
  LoggerLevel Inherited(std::string_view logger) {
    const auto parent = levels_.find(logger.substr(0, logger.find('|')));
    return parent != levels_.end() ? parent->second : levels_.find(kRoot)->second;
  }

  spdlog::logger out_;
  std::atomic<Format> format_ = Format::kText;
  std::mutex mutex_;
  std::map<std::string, LoggerLevel, std::less<>> levels_;
  std::deque<Line> lines_;
  std::uint64_t newest_ = 0;
};

// Never destroyed: a task that was left behind may still log while the process ends.
Log& TheLog() {
  static Log& log = *new Log;
  return log;
}

thread_local const OnBehalf* on_behalf = nullptr;

}  // namespace

struct Whose {
  /// A line of `logger` on this thread.
  static Owner Line(std::string_view logger) {
    const Owner owner = OwnerOf(logger);
    if (!owner.connector.empty() || on_behalf == nullptr) return owner;
    return {on_behalf->connector_, on_behalf->task_};
  }
};

OnBehalf::OnBehalf(std::string connector, int task)
    : connector_(std::move(connector)), task_(task), outer_(std::exchange(on_behalf, this)) {}

OnBehalf::~OnBehalf() { on_behalf = outer_; }

Served ServedByThisThread() noexcept {
  if (on_behalf == nullptr || on_behalf->connector_.empty()) return {};
  return {on_behalf->connector_.c_str(), on_behalf->task_};
}

void SetFormat(Format format) { TheLog().SetFormat(format); }

Format GetFormat() { return TheLog().format(); }

void Write(LogLevel level, std::string_view logger, std::string_view message, std::span<const Problem> problems) {
  TheLog().Write(level, logger, message, Whose::Line(logger), problems);
}

bool IsLevel(std::string_view level) { return Rank(level) < kLevels.size(); }

std::map<std::string, LoggerLevel> Levels() { return TheLog().Levels(); }

std::vector<std::string> SetLevel(const std::string& logger, std::string_view level) {
  return TheLog().SetLevel(logger, level);
}

std::vector<Line> Tail(std::uint64_t after, LogLevel least, std::string_view connector, std::size_t limit) {
  return TheLog().Tail(after, least, connector, limit);
}

std::uint64_t NewestLine() { return TheLog().newest(); }

void NameThread(const std::string& name) { pthread_setname_np(pthread_self(), name.substr(0, 15).c_str()); }

}  // namespace framespool::log
