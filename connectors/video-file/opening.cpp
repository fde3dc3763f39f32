#include "opening.h"

#include <utility>

namespace framespool::video_file {

FrameOptions OptionsOf(const VideoFileConfig& config) {
  using Format = media::PictureOptions::Format;
  using ImageFormat = VideoFileConfig::ImageFormat;
  const bool copy = config.format == ImageFormat::kCopy;
  return {.as_they_are = copy || config.format == ImageFormat::kAuto,
          .copy = copy,
          .picture = {.format = config.format == ImageFormat::kPng ? Format::kPng : Format::kJpeg,
                      .jpeg_quality = config.jpeg_quality,
                      .width = config.width}};
}

std::vector<Problem> ProblemsWith(const char* key, const Error& error) {
  std::vector<Problem> problems = error.problems();
  for (Problem& problem : problems) {
    if (problem.field.empty() || problem.field == "file") problem.field = key;
  }
  return problems;
}

void RequireNoWidthToCopy(const VideoFileConfig& config) {
  if (config.format != VideoFileConfig::ImageFormat::kCopy || config.width == 0) return;
  throw media::WrongSize("must be 0 where format = copy, which leaves pictures as they are, but is " +
                         std::to_string(config.width) + "; set it to 0, or format to auto");
}

std::unique_ptr<FrameReader> OpenFile(const VideoFileConfig& config, const std::string& file) {
  try {
    RequireNoWidthToCopy(config);
    return OpenFrames(file, OptionsOf(config));
  } catch (const media::WrongSize& error) {
    throw ConfigError(ProblemsWith("width", error));
  } catch (const media::NoVideo& error) {
    throw ConfigError(ProblemsWith(config.files_key(), error));
  }
}

Problem NothingDecodes(const VideoFileConfig& config, const std::string& file, const media::StreamFacts& facts) {
  auto message = media::TooManyPixels(file, facts.width, facts.height);
  if (!message && config.format == VideoFileConfig::ImageFormat::kCopy) {
    message = "must have a key frame where format = copy, but \"" + file +
              "\" has none, so nothing of it could be shown; is it damaged or cut off? ffprobe shows what it holds";
  }
  if (!message) {
    message = "must be a video file, but no frame of \"" + file +
              "\" can be decoded; is it damaged or encrypted? ffprobe shows what it holds";
  }
  return {.field = config.files_key(),
          .message = std::move(*message),
          .kind = kind::kFileUnusable,
          .facts = {{"file", file}}};
}

}  // namespace framespool::video_file
