#include "folder.h"

#include <re2/re2.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "pacer.h"

namespace framespool::video_file {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr auto kSettled = 2s;
constexpr const char* kUsualNames = R"((?i).*\.(avi|m2ts|m4v|mkv|mov|mp4|mpe?g|mts|ts|webm))";
constexpr std::size_t kLongestPattern = 1000;
constexpr std::int64_t kMostMemory = 1 << 20;

/// Matching takes time linear in the name, whatever the pattern is. A name may hold any byte but / and NUL, line ends
/// too.
std::unique_ptr<re2::RE2> Compile(const std::string& pattern, re2::RE2::Options::Encoding of_names) {
  re2::RE2::Options options;
  options.set_encoding(of_names);
  options.set_dot_nl(true);
  options.set_log_errors(false);
  options.set_max_mem(kMostMemory);
  options.set_never_capture(true);
  return std::make_unique<re2::RE2>(pattern.empty() ? kUsualNames : pattern, options);
}

/// What names must match. Those that are no UTF-8, as old cameras and archives write them, no config can hold; but one
/// that would count by its other characters is not passed over in silence.
class NamePattern {
 public:
  explicit NamePattern(const std::string& pattern)
      : text_(Compile(pattern, re2::RE2::Options::EncodingUTF8)),
        bytes_(Compile(pattern, re2::RE2::Options::EncodingLatin1)) {}

  bool Matches(const std::string& name) const {
    return !name.starts_with('.') && re2::RE2::FullMatch(name, IsText(name) ? *text_ : *bytes_);
  }
  bool IsText(const std::string& name) const { return re2::RE2::FullMatch(name, anything_); }

 private:
  const std::unique_ptr<re2::RE2> text_;
  const std::unique_ptr<re2::RE2> bytes_;
  const re2::RE2 anything_{"(?s).*"};
};

/// Also of a time to come: the clock of another machine is no reason to wait for it.
bool IsSettled(const struct stat& facts) {
  const auto written = std::chrono::seconds(facts.st_mtim.tv_sec) + std::chrono::nanoseconds(facts.st_mtim.tv_nsec);
  const auto age = std::chrono::system_clock::now().time_since_epoch() - written;
  return age >= kSettled || age < -kSettled;
}

bool FitsIntoAList(const std::string& path) {
  std::vector<std::string> items;
  ParseValue(path, items);
  return items == std::vector<std::string>{path};
}

}  // namespace

FolderFiles ListFolder(const VideoFileConfig& config) {
  const NamePattern pattern(config.folder_pattern);
  FolderFiles found;
  std::error_code error;
  for (fs::directory_iterator entry(config.folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!pattern.Matches(name)) continue;
    struct stat facts {};
    if (lstat(entry->path().c_str(), &facts) != 0 || !S_ISREG(facts.st_mode) || !IsSettled(facts)) continue;
    if (pattern.IsText(name) && FitsIntoAList(entry->path().string()))
      found.files.push_back(entry->path().string());
    else
      found.left_out.push_back(name);
  }
  if (error) throw RetriableError("the folder \"" + config.folder + "\" cannot be read now: " + error.message());
  std::sort(found.files.begin(), found.files.end());
  std::sort(found.left_out.begin(), found.left_out.end());
  return found;
}

std::optional<Problem> FolderProblem(const VideoFileConfig& config) {
  const auto found = [&](ProblemKind kind, const std::string& what, const std::string& advice) {
    return Problem{
        .field = "folder",
        .message = "must be a folder that the worker can read, but \"" + config.folder + "\" " + what + "; " + advice,
        .kind = kind,
        .facts = {{"file", config.folder}}};
  };
  std::error_code error;
  const fs::file_status status = fs::status(config.folder, error);
  if (!fs::exists(status) &&
      (!error || error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory)) {
    return found(kind::kFileNotFound, "is not there", "give the path as the worker's machine sees it");
  }
  if (!error && !fs::is_directory(status)) {
    return found(kind::kFileUnusable, "is none", "name the folder that holds it, or set file instead");
  }
  if (!error) fs::directory_iterator(config.folder, error);
  if (!error) return std::nullopt;
  if (error == std::errc::permission_denied) {
    return found(kind::kFileUnreadable, "may not be listed by the worker's user",
                 "allow it, for instance with chmod a+rx on it and a+x on the directories above it");
  }
  return found(kind::kFileUnusable, "cannot be listed: " + error.message(), "check the path and the disk it is on");
}

std::optional<std::string> PatternProblem(const std::string& pattern) {
  if (pattern.size() > kLongestPattern)
    return "must have at most " + std::to_string(kLongestPattern) + " characters, but has " +
           std::to_string(pattern.size());
  const auto compiled = Compile(pattern, re2::RE2::Options::EncodingUTF8);
  if (compiled->ok()) return std::nullopt;
  return "must be a regular expression as RE2 has them (no lookaround, no backreference): " + compiled->error();
}

bool MayBeOfFolder(const VideoFileConfig& config, const std::string& path) {
  const fs::path file(path);
  return fs::path(config.folder) / file.filename() == file &&
         NamePattern(config.folder_pattern).Matches(file.filename().string());
}

FolderWatch::FolderWatch(VideoFileConfig config, ConnectorContext& context)
    : config_(std::move(config)), context_(context), thread_([this](const std::stop_token& stop) { Look(stop); }) {}

void FolderWatch::Look(const std::stop_token& stop) {
  std::optional<FolderFiles> known;
  bool readable = true;
  do {
    try {
      auto files = ListFolder(config_);
      if (!readable) context_.Log(LogLevel::kInfo, "the folder can be read again");
      readable = true;
      if (files == known) continue;
      known = std::move(files);
      context_.RequestTaskReconfiguration();
    } catch (const RetriableError& error) {
      if (readable) context_.Log(LogLevel::kWarn, error.what() + std::string("; its files are played on meanwhile"));
      readable = false;
    }
  } while (WaitUntil(Pacer::Clock::now() + config_.folder_poll_interval, stop));
}

}  // namespace framespool::video_file
