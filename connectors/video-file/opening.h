#pragma once

#include <memory>
#include <string>
#include <vector>

#include "frame_reader.h"
#include "framespool/errors.h"
#include "video_file_config.h"

namespace framespool::video_file {

FrameOptions OptionsOf(const VideoFileConfig& config);

/// Throws WrongSize.
void RequireNoWidthToCopy(const VideoFileConfig& config);

/// `file` as the config wants its frames. Throws ConfigError, also of a file that is none any more.
std::unique_ptr<FrameReader> OpenFile(const VideoFileConfig& config, const std::string& file);

/// What is wrong, as it is with the value of `key` where the error does not name another.
std::vector<Problem> ProblemsWith(const char* key, const Error& error);

/// That `file` has no frame which can be read.
Problem NothingDecodes(const VideoFileConfig& config, const std::string& file, const media::StreamFacts& facts);

}  // namespace framespool::video_file
