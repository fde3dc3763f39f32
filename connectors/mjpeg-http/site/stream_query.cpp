#include "site/stream_query.h"

#include "http/query_values.h"

namespace framespool::mjpeg {

std::variant<StreamQuery, std::string> ParseStreamQuery(const Request& request, const StreamQuery& defaults,
                                                        Timestamp now) {
  StreamQuery query = defaults;
  QueryValues values(request);
  if (const auto length = values.Either("framing", "length", "boundary")) {
    query.wish.framing = *length ? Framing::kLength : Framing::kBoundary;
  }
  query.wish.unpaced = values.Either("pace", "unpaced", "recorded").value_or(defaults.wish.unpaced);
  query.wish.speed = values.Speed();
  query.wish.fps = values.Fps();
  query.wish.width = values.Width();
  query.wish.link = request.link;
  query.wish.admitted = request.admitted;
  query.group = values.Name("group");
  query.key = values.Text("key").value_or("");
  query.from = MomentOf(values, "from", now);
  query.until = MomentOf(values, "until", now);
  const auto live = values.Either("playback", "live", "resume");
  query.live = live.value_or(defaults.live) && query.group.empty() && !query.from && !query.until;

  if (query.from && !query.group.empty()) {
    values.Complain("from and group exclude each other: from starts a playhead that is not stored");
  }
  if (query.until && !query.group.empty()) {
    values.Complain("until and group exclude each other: a clip has no playhead that is stored");
  }
  if (live.value_or(false) && !query.live) {
    values.Complain("playback=live shows the newest frame, always; it excludes group, from and until");
  }
  if (query.live && values.Text("speed")) {
    values.Complain(
        "speed needs a place to play from, and this stream shows the newest frame, always; add from= or group=");
  }
  if (query.video) {
    query.wish.mp4 = true;
    query.wish.framing = Framing::kBoundary;
    if (query.wish.fps > 0 || query.wish.width > 0) {
      values.Complain("fps and width are for pictures; /video has the topic's own, whole");
    }
    if (query.wish.speed != 1 && !query.from) {
      values.Complain(
          "speed needs a place to play from that is yours alone, since a video has one pace for all; add from=");
    }
  }
  if (query.until) {
    query.wish.finite = true;
    query.wish.framing = Framing::kBoundary;  // its parts have a length anyway, and none comes twice
    if (!query.from) query.from = Moment{};
    if (IsEmptySpan(*query.from, *query.until)) values.Complain(kEmptySpan);
  }
  // So that who reads it, and who passes it on, can tell whether it is whole. Pictures without an end go as they always
  // went: there are clients that look for pictures in what a connection has, and know no chunks.
  query.wish.chunked = request.version != 10 && (query.video || query.wish.finite);
  if (!values.problem().empty()) return values.problem();
  return query;
}

}  // namespace framespool::mjpeg
