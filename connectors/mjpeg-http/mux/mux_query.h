#pragma once

#include <string>
#include <variant>
#include <vector>

#include "http/http_message.h"

namespace framespool::mjpeg {

/// What GET /mux asks for.
struct MuxQuery {
  std::vector<std::string> streams;  // connectors' names, each once
  std::vector<int> widths;           // of each stream, in pixels; 0: as they are
  double fps = 0;                    // of each stream, at most; 0: every frame
};

/// The query; or what is wrong with it. Unknown keys are ignored.
std::variant<MuxQuery, std::string> ParseMuxQuery(const Request& request);

}  // namespace framespool::mjpeg
