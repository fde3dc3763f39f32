#include "mux/mux_query.h"

#include <algorithm>

#include "http/query_values.h"

namespace framespool::mjpeg {

namespace {

constexpr std::size_t kMostStreams = 64;

}  // namespace

std::variant<MuxQuery, std::string> ParseMuxQuery(const Request& request) {
  MuxQuery query;
  const std::string names = request.Query("streams").value_or("");
  for (std::size_t at = 0; at <= names.size();) {
    const std::size_t end = std::min(names.find(',', at), names.size());
    std::string name = names.substr(at, end - at);
    at = end + 1;
    if (name.empty())
      return "streams must be 1 to 64 names of connectors with commas between, but is \"" + names + "\"";
    if (std::find(query.streams.begin(), query.streams.end(), name) != query.streams.end()) {
      return "streams must name each connector once, but has \"" + name + "\" twice";
    }
    query.streams.push_back(std::move(name));
  }
  if (query.streams.size() > kMostStreams) {
    return "streams must be 1 to 64 names of connectors, but are " + std::to_string(query.streams.size());
  }
  QueryValues values(request);
  query.widths = values.Widths(query.streams.size());
  query.fps = values.Fps();
  if (!values.problem().empty()) return values.problem();
  return query;
}

}  // namespace framespool::mjpeg
