#include "mux/mux_query.h"

#include <algorithm>
#include <charconv>

namespace framespool::mjpeg {

namespace {

constexpr std::size_t kMostStreams = 64;

template <class Number>
bool Parse(const std::string& text, Number& value, Number least, Number most) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && value >= least && value <= most;
}

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
  if (const auto text = request.Query("width"); text && !Parse(*text, query.width, 16, 4096)) {
    return "width must be a whole number of pixels from 16 to 4096 (leave it out for frames as they are), but is \"" +
           *text + "\"";
  }
  if (const auto text = request.Query("fps"); text && !Parse(*text, query.fps, 0.1, 60.0)) {
    return "fps must be a number from 0.1 to 60 (leave it out for every frame), but is \"" + *text + "\"";
  }
  return query;
}

}  // namespace framespool::mjpeg
