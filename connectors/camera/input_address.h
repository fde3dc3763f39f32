#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "camera_config.h"

namespace framespool::camera {

/// What libavformat is told so that it opens a camera and nothing else. Whatever a playlist or a redirect says, only
/// `protocols` are spoken and only `demuxers` used: none of them opens a local file.
struct InputAddress {
  std::string url;        // with the user's name and password in it, which no message may show
  std::string shown;      // its scheme, host and port, for messages: a path or a query may hold a password too
  std::string demuxer;    // empty: found out from the first bytes
  std::string demuxers;   // libavformat's format_whitelist
  std::string protocols;  // libavformat's protocol_whitelist; empty: none at all
  std::map<std::string, std::string> options;
};

/// Of `url`, or of `snapshot.url` where there is none. For a config that UrlProblem() and its like accept.
InputAddress AddressOf(const CameraConfig& config);

// What is wrong with a config as an address, or nothing. No I/O.
std::optional<Problem> UrlProblem(const CameraConfig& config);
std::optional<Problem> SnapshotUrlProblem(const CameraConfig& config);
std::optional<Problem> UsernameProblem(const CameraConfig& config);
std::optional<Problem> PasswordProblem(const CameraConfig& config);
std::optional<Problem> FormatProblem(const CameraConfig& config);
std::optional<Problem> InputOptionsProblem(const CameraConfig& config);
std::optional<Problem> TlsProblem(const CameraConfig& config);

}  // namespace framespool::camera
