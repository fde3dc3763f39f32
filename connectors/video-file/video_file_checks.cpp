#include <algorithm>
#include <chrono>
#include <utility>

#include "folder.h"
#include "framespool/media/packet_reader.h"
#include "framespool/media/picture_maker.h"
#include "opening.h"
#include "video_file_source.h"

namespace framespool::video_file {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// The worker waits 10 s for a check. What is not known by then (a large picture on a busy machine) is no reason to
// refuse: the task finds out.
constexpr auto kCheckTime = 3s;

/// How many packets of pictures `file` has, no more than `most` of them counted; nothing when that cannot be told soon.
/// No frame comes without one.
std::optional<std::int64_t> CountPackets(const std::string& file, std::int64_t most) {
  const media::Patience patience{.until = Clock::now() + kCheckTime};
  try {
    media::PacketReader packets(file, patience);
    std::int64_t count = 0;
    while (count < most && packets.Next()) ++count;
    return patience.over() ? std::nullopt : std::optional(count);
  } catch (const media::NoVideo&) {
    return std::nullopt;
  } catch (const media::OutOfTime&) {
    return std::nullopt;
  }
}

/// What is wrong with one of the files that the config names.
std::vector<Problem> CheckFile(const VideoFileConfig& config, const std::string& file, Clock::time_point until) {
  const Problem unfinished{.field = config.files_key(),
                           .message = "was not looked at to its first frame within " + FormatValue(kCheckTime) +
                                      " s: whether it can be played shows when the connector runs",
                           .kind = kind::kCheckUnfinished,
                           .facts = {{"file", file}},
                           .is_warning = true};
  const media::Patience patience{.until = until};
  try {
    RequireNoWidthToCopy(config);
    const auto frames = OpenFrames(file, OptionsOf(config), patience);
    const Advanced advanced = frames->Advance(patience);
    if (advanced == Advanced::kFrame) frames->CheckSize();
    if (advanced == Advanced::kFrame) return {};
    if (advanced == Advanced::kEnd && !patience.over()) return {NothingDecodes(config, file, frames->facts())};
    return {unfinished};
  } catch (const media::WrongSize& error) {
    return ProblemsWith("width", error);
  } catch (const media::NoVideo& error) {
    return ProblemsWith(config.files_key(), error);
  } catch (const media::OutOfTime&) {
    return {unfinished};
  }
}

/// The file that the config names first, or that its folder has first.
std::optional<std::string> FirstFileOf(const VideoFileConfig& config) {
  if (config.folder.empty()) return config.NamedFiles().front();
  try {
    const auto files = ListFolder(config).files;
    return files.empty() ? std::nullopt : std::optional(files.front());
  } catch (const RetriableError&) {
    return std::nullopt;
  }
}

std::string PartitionWanted(const VideoFileConfig& config) {
  if (!config.folder.empty())
    return "partition must be {\"file\": FILE} with a path in " + config.folder + " whose name matches";
  if (config.file.empty()) return "partition must be {\"file\": FILE} with a path that files names";
  return "partition must be {\"file\": \"" + config.file + "\"}";
}

}  // namespace

std::vector<Problem> VideoFileSource::Check(const Config& config, const std::string& /*connector*/) {
  return CheckUntil(config, Clock::now() + kCheckTime);
}

std::vector<Problem> VideoFileSource::CheckUntil(const Config& config, Clock::time_point until) {
  if (!config.folder.empty()) {
    auto problem = FolderProblem(config);
    return problem ? std::vector<Problem>{*std::move(problem)} : std::vector<Problem>{};
  }
  std::vector<Problem> problems;
  for (const std::string& file : config.NamedFiles()) {
    for (Problem& problem : CheckFile(config, file, until)) problems.push_back(std::move(problem));
    if (!problems.empty() && (problems.back().is_warning || problems.back().field == "width")) break;
  }
  return problems;
}

std::optional<RecordSample> VideoFileSource::Sample(const Config& config) {
  return SampleUntil(config, Clock::now() + kCheckTime);
}

std::optional<RecordSample> VideoFileSource::SampleUntil(const Config& config, Clock::time_point until) try {
  const auto file = FirstFileOf(config);
  if (!file) return std::nullopt;
  const media::Patience patience{.until = until};
  const auto frames = OpenFrames(*file, OptionsOf(config), patience);
  if (frames->Advance(patience) != Advanced::kFrame) return std::nullopt;
  const media::EncodedPicture first = frames->Picture();
  return RecordSample{.bytes = first.bytes.size(),
                      .what = "the first frame of " + *file + ", " + std::to_string(first.width) + "x" +
                              std::to_string(first.height) + " as " + first.content_type};
} catch (const media::OutOfTime&) {
  return std::nullopt;
} catch (const media::WrongSize&) {
  return std::nullopt;  // Check() says it, or was out of time: then the task does
} catch (const media::NoVideo&) {
  return std::nullopt;
}

std::optional<Problem> VideoFileSource::CheckOffset(const Config& config, const std::string& /*connector*/,
                                                    const Fields& partition, const Fields& offset) {
  const auto found = partition.find("file");
  const auto* file = found == partition.end() ? nullptr : std::get_if<std::string>(&found->second);
  const std::vector<std::string> named = config.NamedFiles();
  const bool known =
      file != nullptr && (config.folder.empty() ? std::find(named.begin(), named.end(), *file) != named.end()
                                                : MayBeOfFolder(config, *file));
  if (partition.size() != 1 || !known) return Problem{.message = PartitionWanted(config)};
  if (auto wrong = Position::ProblemWith(offset)) return Problem{.message = std::move(*wrong)};
  const std::int64_t frame = std::get<std::int64_t>(offset.at("frame"));
  const auto packets = frame > 0 ? CountPackets(*file, frame) : std::nullopt;
  if (!packets || *packets >= frame) return std::nullopt;
  return Problem{.message = "offset.frame must be at most the number of frames, but is " + std::to_string(frame) +
                            ", and \"" + *file + "\" has no more than " + std::to_string(*packets),
                 .kind = kind::kOutOfRange,
                 .facts = {{"max", *packets}}};
}

}  // namespace framespool::video_file
