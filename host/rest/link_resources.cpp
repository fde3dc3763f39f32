#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <base/log.h>

#include "config_json.h"
#include "error_response.h"
#include "request_body.h"
#include "resources.h"

namespace framespool::rest {

namespace {

constexpr std::int64_t kDay = 24 * 60;
constexpr std::int64_t kLongest = 30 * kDay;
/// Times of records, in ms: what is later than the year 9999 is none.
constexpr std::int64_t kLastTime = 253'402'300'799'999;
constexpr double kLeastFps = 0.1;
constexpr double kMostFps = 60;

/// Reads the keys of a body, and remembers the first that is wrong.
class LinkBody {
 public:
  explicit LinkBody(const RawConfig& body) : body_(body) {
    static const std::set<std::string> kKeys = {"connector", "topic", "from", "to", "fps", "minutes"};
    for (const auto& [key, value] : body) {
      if (!kKeys.contains(key))
        Complain(key, "is no key of a link; they are connector, topic, from, to, fps and minutes");
    }
  }

  std::string Text(const char* key) const {
    const auto found = body_.find(key);
    return found == body_.end() ? "" : found->second;
  }
  template <class T>
  std::optional<T> Number(const char* key, T least, T most, const std::string& wanted) {
    const auto found = body_.find(key);
    if (found == body_.end()) return std::nullopt;
    const std::string& text = found->second;
    T number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc{} && end == text.data() + text.size() && number >= least && number <= most) return number;
    Complain(key, "must be " + wanted + ", but is \"" + text + "\"");
    return std::nullopt;
  }
  std::optional<Timestamp> Time(const char* key) {
    const auto time = Number<std::int64_t>(key, 0, kLastTime, "a time in milliseconds since 1970");
    return time ? std::optional(Timestamp(std::chrono::milliseconds(*time))) : std::nullopt;
  }
  void Complain(const std::string& key, const std::string& message) {
    if (!problem_) problem_ = Problem{.field = key, .message = message, .kind = "bad-request"};
  }
  const std::optional<Problem>& problem() const noexcept { return problem_; }

 private:
  const RawConfig& body_;
  std::optional<Problem> problem_;
};

Json LinkJson(const access::KeptLink& kept) {
  const ViewerLink& link = kept.link;
  const auto time_or_null = [](const std::optional<Timestamp>& time) {
    return time ? Json(EpochMilliseconds(*time)) : Json();
  };
  return {{"id", kept.id},
          {"user", kept.user},
          {"connector", link.connector},
          {"topic", link.topic.empty() ? Json() : Json(link.topic)},
          {"from", time_or_null(link.from)},
          {"to", time_or_null(link.to)},
          {"fps", link.most_fps > 0 ? Json(link.most_fps) : Json()},
          {"expires", EpochMilliseconds(link.expires)}};
}

base::Refused NoUsers() {
  return base::Refuse(base::Reason::kNotFound,
                      {.message = "This worker has no users (listeners.users.file): everybody may watch, and nobody "
                                  "needs a link",
                       .kind = "no-users"});
}

base::Refused NotKept(const std::string& what, const std::system_error& error) {
  log::Error("access", what + ": " + error.what());
  return base::Refuse(base::Reason::kFailed,
                      {.message = what + ", because data.dir/links cannot be written: " + error.code().message() +
                                  ". Make room or mend the disk, and ask again",
                       .kind = "links-not-kept"});
}

Response Make(const Worker& worker, access::SessionGate& gate, const std::string& user, ViewerLink link) {
  const auto connector = worker.reads().connectors.Connector(link.connector);
  if (!connector) return ErrorResponse(herder::NoSuchConnector(link.connector).value());
  if (connector->type != config::ConnectorType::kSink) {
    return ErrorResponse(base::Refuse(base::Reason::kConflict,
                                      {.field = "connector",
                                       .message = link.connector + " is a source, and a link opens what a sink shows",
                                       .kind = "not-a-sink"})
                             .value());
  }
  // So that it opens nothing else when the sink is given another topic.
  if (link.topic.empty() && connector->topics.names.size() == 1) link.topic = connector->topics.names.front();
  try {
    const auto made = gate.MakeLink(user, link);
    if (!made) {
      return ErrorResponse(base::Refuse(base::Reason::kConflict,
                                        {.message = "There are as many links as there may be: take some back (DELETE "
                                                    "/links/{link}), or wait until some are over",
                                         .kind = "too-many-links"})
                               .value());
    }
    log::Info("audit", user + " made the link " + made->id + " to " + link.connector);
    Json json = LinkJson({.id = made->id, .user = user, .link = link});
    json["link"] = made->secret;
    return {.status = 201, .body = Dump(json), .headers = {{"Cache-Control", "no-store"}}};
  } catch (const std::system_error& error) {
    return ErrorResponse(NotKept("The link was not made", error).value());
  }
}

}  // namespace

base::Outcome<Change> MakeLink(const Call& call) {
  if (call.gate == nullptr) return NoUsers();
  const auto parsed = ParseValues(call.request.body, "a link, {\"connector\": \"door\", \"minutes\": 60, …}");
  if (!parsed) return base::PassOn(parsed);
  LinkBody body(*parsed);
  ViewerLink link{.connector = body.Text("connector"), .topic = body.Text("topic")};
  const auto minutes =
      body.Number<std::int64_t>("minutes", 1, kLongest, "a whole number of minutes from 1 to 43200, which are 30 days");
  link.from = body.Time("from");
  link.to = body.Time("to");
  link.most_fps = body.Number<double>("fps", kLeastFps, kMostFps, "a number from 0.1 to 60").value_or(0);
  if (link.from.has_value() != link.to.has_value())
    body.Complain(link.from ? "to" : "from", "is missing: from and to are the two ends of a span");
  if (link.from && link.to && *link.from >= *link.to) body.Complain("to", "must be later than from");
  if (link.connector.empty()) body.Complain("connector", "is missing: a link opens what one sink shows");
  if (body.problem()) return base::Refuse(base::Reason::kInvalid, *body.problem());
  link.expires = Now() + std::chrono::minutes(minutes.value_or(kDay));
  return Change([gate = call.gate, user = call.who.user, link = std::move(link)](const Worker& worker) {
    return Make(worker, *gate, user, link);
  });
}

Response ListLinks(const Reads& /*worker*/, const Call& call) {
  if (call.gate == nullptr) return ErrorResponse(NoUsers().value());
  Json list = Json::array();
  for (const access::KeptLink& link : call.gate->Links()) list.push_back(LinkJson(link));
  return {.body = Dump(list)};
}

base::Outcome<Change> RemoveLink(const Call& call) {
  if (call.gate == nullptr) return NoUsers();
  return Change([gate = call.gate, id = call.params.at(0)](const Worker& /*worker*/) {
    try {
      if (gate->RemoveLink(id)) return Response{.status = 204};
      return ErrorResponse(base::Refuse(base::Reason::kNotFound, {.message = "There is no link " + id +
                                                                             "; GET /links lists those that there are",
                                                                  .kind = "no-such-link",
                                                                  .facts = {{"link", id}}})
                               .value());
    } catch (const std::system_error& error) {
      return ErrorResponse(NotKept("The link is over, but comes back with the next start", error).value());
    }
  });
}

}  // namespace framespool::rest
