#include "site/sink_site.h"

#include <framespool/http/chunked.h>

#include <algorithm>
#include <boost/asio/post.hpp>

#include "http/query_values.h"
#include "mux/mux_channel.h"
#include "page/watch_page.h"
#include "site/link_facts.h"

namespace framespool::mjpeg {

namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds kTick{1};
// A stream answers at once, so it does not wait longer for what its head says of where it starts.
constexpr std::chrono::milliseconds kLookTime{250};
constexpr const char* kStartHeader = "X-Framespool-Start";

/// By which viewers reach the port; without a slash at its end.
std::string BaseOf(const asio::ip::tcp::endpoint& endpoint, const SinkConfig& config, bool is_tls) {
  std::string base = config.advertised_url;
  while (base.ends_with('/')) base.pop_back();
  if (!base.empty()) return base;
  const std::string address = endpoint.address().to_string();
  return (is_tls ? "https://" : "http://") + (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" +
         std::to_string(endpoint.port());
}

std::string PositionText(const Position& position) {
  std::string text;
  for (const std::int64_t offset : position) text += (text.empty() ? "" : ",") + std::to_string(offset);
  return text;
}

/// What the body begins with, before any frame.
std::string PreambleOf(const ViewerWish& wish) {
  if (wish.mp4) return {};
  const std::string_view text = wish.finite ? kPreamble.substr(0, kPreamble.size() - 2) : kPreamble;
  if (!wish.chunked) return std::string(text);
  return http::ChunkHead(text.size()).append(text).append(http::kChunkEnd);
}

}  // namespace

SinkSite::SinkSite(asio::io_context& io, const asio::ip::tcp::endpoint& endpoint, const SinkConfig& config,
                   ViewContext& context, SinkCounters& counters, const TopicSource& tracks, FrameDesk& desk,
                   ClipDesk& clips, std::shared_ptr<ScaledFrames> scaled, std::shared_ptr<const MuxChannel> channel)
    : io_(io),
      config_(config),
      context_(context),
      counters_(counters),
      desk_(desk),
      clips_(clips),
      scaled_(std::move(scaled)),
      channel_(std::move(channel)),
      settings_{context, config.topics.front(), config.resume_rewind, counters, scaled_, tracks},
      hosts_(SinkHosts(config.host, config.advertised_url, config.allowed_hosts)),
      origins_(std::make_shared<OriginPolicy>(config.allow_origins)),
      access_(std::make_shared<AccessPolicy>(config.basic_auth, config.bearer_token, context.access())),
      url_(BaseOf(endpoint, config, context.tls() != nullptr) + config.path),
      mux_url_(BaseOf(endpoint, config, context.tls() != nullptr) + std::string(kMux)),
      port_(endpoint.port()),
      tick_(io),
      playheads_(io, settings_, desk, config.playback == Playback::kLive),
      frames_(std::make_shared<SingleFrames>(io.get_executor(), desk, context, config.topics.front(), scaled_)) {}

void SinkSite::Open() { Tick(); }

std::vector<std::unique_ptr<Feeder>> SinkSite::Close() {
  closed_ = true;
  tick_.cancel();
  frames_->Close();
  return playheads_.Close();
}

void SinkSite::Serve(const std::shared_ptr<HttpSession>& session, std::string_view page) {
  if (closed_) return session->Send(Unavailable("this stream is being stopped"));
  if (session->request().method == "DELETE") {
    return page == "/clip" ? CancelClip(session) : session->Send(WrongMethod("DELETE"));
  }
  if (page.empty()) return Stream(session);
  if (page == "/snapshot") return frames_->Snapshot(session);
  if (page == "/status") return Status(session);
  const auto& link = session->request().link;
  if (page == "/watch") return session->Send(link ? LinkPage(config_.allow_origins) : WatchPage(config_.allow_origins));
  if (page == "/link" && link) return session->Send(LinkAnswer(*link, context_.connector()));
  if (page == "/timeline") return ShowTimeline(session);
  if (page == "/clip") return Clip(session);
  if (page == "/video") return Video(session);
  if (page.starts_with("/frames/")) return frames_->Frame(session, page.substr(8));
  session->Send(
      NotFound("there is no page " + std::string(page) +
               " here; there are /, /video, /watch, /snapshot, /status, /timeline, /clip and /frames/{offset}, "
               "below " +
               config_.path + ", and the port's /mux"));
}

void SinkSite::Stream(const std::shared_ptr<HttpSession>& session) {
  StreamQuery defaults;
  defaults.wish.framing = config_.framing == PartFraming::kLength ? Framing::kLength : Framing::kBoundary;
  defaults.wish.unpaced = config_.pace == Pace::kUnpaced;
  defaults.live = config_.playback == Playback::kLive;
  Show(session, defaults);
}

void SinkSite::Video(const std::shared_ptr<HttpSession>& session) {
  StreamQuery defaults;
  defaults.wish.unpaced = config_.pace == Pace::kUnpaced;
  defaults.video = true;
  defaults.live = true;
  Show(session, defaults);
}

void SinkSite::Show(const std::shared_ptr<HttpSession>& session, const StreamQuery& defaults) {
  const auto parsed = ParseStreamQuery(session->request(), defaults, Now());
  if (const auto* wrong = std::get_if<std::string>(&parsed)) return session->Send(BadRequest(*wrong));
  const auto& query = std::get<StreamQuery>(parsed);
  if (!session->request().head() && IsFull(query)) return RefuseFull(session, query);
  auto look = playheads_.Before(query);
  if (!look) return Begin(session, query, {});

  struct Wait {
    explicit Wait(asio::io_context& io) : timer(io) {}
    asio::steady_timer timer;
    bool begun = false;
  };
  const auto wait = std::make_shared<Wait>(io_);
  const auto begin = [weak = weak_from_this(), wait, session, query](const Playheads::Start& start) {
    const auto self = weak.lock();
    if (!self || std::exchange(wait->begun, true)) return;
    wait->timer.cancel();
    self->Begin(session, query, start);
  };
  wait->timer.expires_after(kLookTime);
  wait->timer.async_wait([begin](boost::system::error_code error) {
    if (!error) begin({});
  });
  const auto found = std::make_shared<Playheads::Start>();
  desk_.Ask(
      [look = std::move(look), found](Track& track, std::stop_token stop) {
        *found = look(track, std::move(stop));
        return Answer();
      },
      // A desk that cannot look now answers too: the stream waits for its frames instead.
      [executor = session->executor(), begin, found](const Answer&) {
        asio::post(executor, [begin, found] { begin(*found); });
      });
}

void SinkSite::Begin(const std::shared_ptr<HttpSession>& session, const StreamQuery& query,
                     const Playheads::Start& start) {
  if (closed_) return session->Send(Unavailable("this stream is being stopped"));
  if (!start.problem.ok()) return session->Send(start.problem);
  Answer answer;
  answer.content_type = "multipart/x-mixed-replace; boundary=" + std::string(kBoundaryName);
  if (query.video) {
    answer.content_type = start.codecs.empty() ? "video/mp4" : "video/mp4; codecs=\"" + start.codecs + "\"";
  }
  answer.endless = true;
  if (start.position) answer.headers.emplace_back(kStartHeader, PositionText(start.begins.value_or(*start.position)));
  if (start.older) answer.headers.emplace_back(kOlderHeader, *start.older);
  if (start.ahead) answer.headers.emplace_back(kStillToComeHeader, *start.ahead);
  if (session->request().head()) return session->Send(std::move(answer));
  if (IsFull(query)) return RefuseFull(session, query);
  const auto playhead = playheads_.For(query, start);
  for (auto& header : session->CrossOriginHeaders(answer.headers)) answer.headers.push_back(std::move(header));
  if (query.wish.chunked) answer.headers.emplace_back("Transfer-Encoding", "chunked");
  std::string head = HeadText(session->request().version, answer) + PreambleOf(query.wish);
  auto viewer = std::make_shared<StreamViewer>(session->TakeClient(), query.wish, settings_.topic, scaled_, counters_);
  viewer->Begin(*playhead, std::move(head));
  playhead->Join(std::move(viewer));
}

bool SinkSite::IsFull(const StreamQuery& query) const {
  return playheads_.viewers() >= static_cast<std::size_t>(config_.viewers_max) || !playheads_.HasRoom(query);
}

void SinkSite::RefuseFull(const std::shared_ptr<HttpSession>& session, const StreamQuery& query) {
  ++counters_.viewers_refused;
  if (!playheads_.HasRoom(query)) {
    return session->Send(
        Busy("all " + std::to_string(Playheads::kMost) +
             " positions beside the sink's own (group, key, from) are being watched; without those the "
             "stream has room"));
  }
  session->Send(Busy("all " + std::to_string(config_.viewers_max) + " places (viewers.max) are taken"));
}

void SinkSite::Status(const std::shared_ptr<HttpSession>& session) {
  Ask(session, [facts = Facts(), &context = context_, next = next_frame_](Track& track, std::stop_token stop) {
    return StatusAnswer(facts, MakeStatus(facts, track, context, *next, std::move(stop)));
  });
}

void SinkSite::ShowTimeline(const std::shared_ptr<HttpSession>& session) {
  QueryValues values(session->request());
  const std::int64_t points = values.Count("points").value_or(200);
  if (points < 2 || points > 1000) values.Complain("points must be a whole number from 2 to 1000");
  if (!values.problem().empty()) return session->Send(BadRequest(values.problem()));
  Ask(session, [timeline = timeline_, points](Track& track, std::stop_token stop) {
    return timeline->Tell(track, static_cast<std::size_t>(points), std::move(stop));
  });
}

void SinkSite::Clip(const std::shared_ptr<HttpSession>& session) {
  const auto query = ParseClipQuery(session->request(), Now());
  if (const auto* wrong = std::get_if<std::string>(&query)) return session->Send(BadRequest(*wrong));
  clips_.Serve(session, std::get<ClipQuery>(query));
}

void SinkSite::CancelClip(const std::shared_ptr<HttpSession>& session) {
  const Request& request = session->request();
  // The only request that changes something; a page that may not read the sink may not send it either.
  if (!AllowsOrigin(request)) {
    return session->Send(
        Forbidden("pages from " + request.origin + " may not cancel a clip here; see access.control.allow.origin"));
  }
  QueryValues values(request);
  const std::string id = values.Name("id");
  if (id.empty()) values.Complain("id must name the clip to cancel, as it was asked for with /clip?id=");
  if (!values.problem().empty()) return session->Send(BadRequest(values.problem()));
  if (!clips_.Cancel(id)) return session->Send(NotFound("no clip called " + id + " is being made"));
  Answer answer;
  answer.text = "{\"cancelled\": \"" + id + "\"}\n";
  session->Send(std::move(answer));
}

void SinkSite::Ask(const std::shared_ptr<HttpSession>& session, FrameDesk::Question question) {
  desk_.Ask(std::move(question), [session](Answer answer) {
    asio::post(session->executor(),
               [session, answer = std::move(answer)]() mutable { session->Send(std::move(answer)); });
  });
}

StatusFacts SinkSite::Facts() const {
  StatusFacts facts;
  facts.connector = context_.connector();
  facts.group = context_.group();
  facts.topic = settings_.topic;
  facts.url = url_;
  facts.mux_url = mux_url_;
  facts.port = port_;
  playheads_.Describe(facts);
  facts.clips = clips_.standings();
  facts.mux_viewers = channel_->watchers();
  const Decoders& decoders = settings_.tracks.decoders();
  facts.decoders = decoders.open();
  facts.units_undecodable = decoders.undecodable();
  facts.units_without_key = decoders.without_key();
  return facts;
}

void SinkSite::Tick() {
  const std::chrono::milliseconds stall = config_.stall_timeout;
  playheads_.Sweep(Playhead::Clock::now(), stall);
  ReportMetrics();
  tick_.expires_after(std::min<std::chrono::milliseconds>(kTick, std::max(stall / 4, std::chrono::milliseconds(25))));
  tick_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
    if (const auto self = weak.lock(); self && !error && !self->closed_) self->Tick();
  });
}

void SinkSite::ReportMetrics() {
  if (reporting_->exchange(true)) return;
  StatusFacts facts = Facts();
  facts.latency = counters_.latency.Take();
  desk_.Ask(
      [facts = std::move(facts), &context = context_, &counters = counters_, next = next_frame_](Track& track,
                                                                                                 std::stop_token stop) {
        context.ReportMetrics(Metrics(facts, MakeStatus(facts, track, context, *next, stop), counters));
        return Answer();
      },
      [reporting = reporting_](const Answer&) { reporting->store(false); });
}

}  // namespace framespool::mjpeg
