#include "mux/mux_query.h"

#include <algorithm>

#include <framespool/http/text.h>

#include "http/query_values.h"
#include "topic/moment.h"

namespace framespool::mjpeg {

namespace {

constexpr std::size_t kMostStreams = 64;
// Each is read, and of H.264 decoded, for this connection alone.
constexpr std::size_t kMostPastStreams = 16;

std::optional<Timestamp> PastTimeOf(QueryValues& values, std::string_view key, Timestamp now) {
  const auto text = values.Text(key);
  if (!text) return std::nullopt;
  const auto time = ParseTime(*text, now);
  if (!time) {
    values.Wrong(key,
                 "a time ago such as -30s (ms, s, m, h, d) or an RFC 3339 time such as 2024-05-01T12:00:00Z: an offset "
                 "is of one topic only",
                 *text);
  }
  return time;
}

/// Nothing where the query asks for what is newest.
std::optional<MuxQuery::Past> PastOf(QueryValues& values, std::size_t streams, Timestamp now) {
  const auto from = PastTimeOf(values, "from", now);
  const auto until = PastTimeOf(values, "until", now);
  const double speed = values.SpeedOrStill();
  if (!from) {
    if (values.Text("speed") || until) values.Complain("speed and until need a time to play from; add from=");
    return std::nullopt;
  }
  if (until && *until <= *from) values.Complain(kEmptySpan);
  if (streams > kMostPastStreams) {
    values.Complain("with from= streams must be 1 to 16 names of connectors, but are " + std::to_string(streams));
  }
  return MuxQuery::Past{*from, until, speed};
}

std::vector<MuxQuery::Plays> PlaysOf(QueryValues& values, std::size_t streams) {
  const auto text = values.Text("video");
  if (!text) return std::vector<MuxQuery::Plays>(streams);
  std::vector<MuxQuery::Plays> plays;
  const std::vector<std::string_view> words = http::SplitAll(*text, ',');
  for (const std::string_view word : words) {
    const bool any = word == "any";
    if (any || word == "h264" || word == "h265" || word == "none")
      plays.push_back({any || word == "h264", any || word == "h265"});
  }
  const bool all_known = plays.size() == words.size();
  if (all_known && plays.size() == 1) plays.resize(streams, plays.front());
  if (!all_known || plays.size() != streams) {
    values.Wrong("video", "h264, h265, any or none, or one of them for each stream with commas between", *text);
    plays.assign(streams, {});
  }
  return plays;
}

}  // namespace

std::variant<MuxQuery, std::string> ParseMuxQuery(const Request& request, Timestamp now) {
  MuxQuery query;
  std::vector<std::string> names = request.List("streams");
  if (names.empty() || std::find(names.begin(), names.end(), "") != names.end()) {
    return "streams must be 1 to 64 names of connectors, each percent-encoded, with commas between, but is \"" +
           request.Query("streams").value_or("") + "\"";
  }
  for (std::string& name : names) {
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
  query.plays = PlaysOf(values, query.streams.size());
  query.past = PastOf(values, query.streams.size(), now);
  if (query.past && std::any_of(query.plays.begin(), query.plays.end(), [](const auto& each) { return each.any(); })) {
    values.Complain("video is of what is newest, and from= is answered with pictures; leave one of them out");
  }
  if (!values.problem().empty()) return values.problem();
  return query;
}

}  // namespace framespool::mjpeg
