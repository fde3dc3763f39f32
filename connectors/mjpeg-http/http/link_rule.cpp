#include "http/link_rule.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <optional>

#include "topic/moment.h"

namespace framespool::mjpeg {

namespace {

// What a viewer may choose all the same: always; and where the link has a span and no rate.
constexpr std::array<std::string_view, 4> kChoices = {"width", "framing", "format", "key"};
constexpr std::array<std::string_view, 2> kPaces = {"speed", "pace"};
constexpr std::array<std::string_view, 3> kTimes = {"from", "until", "at"};
// What names another place than a time. Keys that the sink does not know are left out.
constexpr std::array<std::string_view, 3> kPlaces = {"group", "offset", "partition"};

template <std::size_t N>
bool IsOneOf(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// A span that ends where the link's does is one.
bool IsInside(const ViewerLink& link, std::string_view key, Timestamp time) {
  return time >= *link.from && (key == "until" ? time <= *link.to : time < *link.to);
}

std::string TextOf(double number) {
  char text[40];
  std::snprintf(text, sizeof text, "%g", number);
  return text;
}

/// The rate of a viewer who wants `wanted` pictures a second and may have `most`. What is no number stays, to be
/// refused as such.
std::string Slower(const std::optional<std::string>& wanted, double most) {
  if (!wanted) return TextOf(most);
  double number = 0;
  const auto [end, error] = std::from_chars(wanted->data(), wanted->data() + wanted->size(), number);
  if (error != std::errc{} || end != wanted->data() + wanted->size()) return *wanted;
  return number < most ? *wanted : TextOf(most);
}

/// The pages that `link` opens, in words; nothing where `page` is one of them.
std::optional<std::string> OtherThan(const ViewerLink& link, std::string_view page) {
  const bool is_slow = link.most_fps > 0;
  const bool has_clip = link.from && !is_slow;
  if (page.empty() || page == "/watch" || page == "/link" || page == "/snapshot" || (page == "/video" && !is_slow) ||
      (page == "/clip" && has_clip))
    return std::nullopt;
  return std::string("/, /watch, ") + (is_slow ? "" : "/video, ") + (has_clip ? "/clip, " : "") + "and /snapshot";
}

}  // namespace

std::string Confine(Request& request, std::string_view page, const ViewerLink& link, const std::string& connector,
                    const std::string& topic, Timestamp now) {
  if (!link.connector.empty() && link.connector != connector)
    return "this link is for the connector " + link.connector + ", and not for " + connector;
  if (!link.topic.empty() && link.topic != topic)
    return "this link is for the topic " + link.topic + ", and " + connector + " shows another one now";
  if (const auto pages = OtherThan(link, page)) {
    return "this link does not open " + std::string(page) + " of " + connector + "; it opens " + *pages +
           (link.most_fps > 0 ? ", since it has a rate" : "");
  }
  if (request.method != "GET" && request.method != "HEAD")
    return "this link lets nobody send " + request.method + "; it is to watch";
  const bool has_span = link.from && link.to;
  const bool is_slow = link.most_fps > 0;
  http::Query query;
  bool says_from = false, says_until = false, says_at = false;
  for (const auto& [key, value] : request.query) {
    const bool goes_back = key == "playback" && value != "live";
    if (IsOneOf(kPlaces, key) || goes_back || (!has_span && IsOneOf(kTimes, key)) || (is_slow && IsOneOf(kPaces, key)))
      return "this link does not let one choose " + key + "=; leave it out";
    if (has_span && IsOneOf(kTimes, key)) {
      const auto time = ParseTime(value, now);
      if (!time || !IsInside(link, key, *time)) {
        return "this link opens what is from " + TimeText(*link.from) + " to " + TimeText(*link.to) + ", and " + key +
               "= is to be a time of that, such as " + TimeText(*link.from);
      }
      bool& said = key == "from" ? says_from : key == "until" ? says_until : says_at;
      if (!said) query.emplace_back(key, TimeText(*time));
      said = true;
    } else if (IsOneOf(kChoices, key) || (has_span && IsOneOf(kPaces, key))) {
      query.emplace_back(key, value);
    }
  }
  if (page == "/snapshot" && has_span) {
    if (!says_at) query.emplace_back("at", TimeText(*link.from));
  } else if (has_span) {
    if (!says_from) query.emplace_back("from", TimeText(*link.from));
    if (!says_until) query.emplace_back("until", TimeText(*link.to));
  } else {
    query.emplace_back("playback", "live");
  }
  if (page.empty()) {
    const auto wanted = request.Query("fps");
    if (is_slow)
      query.emplace_back("fps", Slower(wanted, link.most_fps));
    else if (wanted)
      query.emplace_back("fps", *wanted);
  }
  request.query = std::move(query);
  request.raw_query.clear();
  return {};
}

bool Opens(const ViewerLink* link, Timestamp time) {
  return link == nullptr || ((!link->from || time >= *link->from) && (!link->to || time < *link->to));
}

}  // namespace framespool::mjpeg
