#include "site/sink_site.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <charconv>

#include "playback/live_playhead.h"
#include "playback/stored_playhead.h"

namespace framespool::mjpeg {

namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds kTick{1};
constexpr std::chrono::seconds kForgetGroup{60};
constexpr std::size_t kMostGroups = 500;
constexpr std::chrono::seconds kMoving{2};

/// Where `group` stopped; the first frame when it never began. An offset beyond the end (the topic was made anew, and
/// is shorter now) begins anew too, instead of waiting for ever.
Position Stored(SinkTaskContext& context, const std::string& group, Track& track) {
  Position position = track.First();
  std::optional<Position> end;
  for (std::size_t i = 0; i < position.size(); ++i) {
    const auto stored = context.CommittedOffset(group, track.source(i));
    if (!stored) continue;
    if (*stored > track.End()[i]) {
      // A remote broker may not have told the end yet; this question waits for its answer.
      if (!end) end = track.At(Now() + std::chrono::hours(24 * 365));
      if (*stored > (*end)[i]) {
        context.Log(LogLevel::kWarn, "the stored position " + std::to_string(*stored) + " of " + group +
                                         " lies beyond the end " + std::to_string((*end)[i]) + " of " +
                                         track.source(i).topic +
                                         ": was the topic made anew? playing from its first frame");
        continue;
      }
    }
    position[i] = *stored;
  }
  return position;
}

std::optional<std::int64_t> Number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

/// The partition a request names; 0 when it names none. An Answer when it is wrong.
std::variant<std::size_t, Answer> Partition(const std::optional<std::string>& text, Track& track) {
  const auto partition = text ? Number(*text) : 0;
  if (partition && static_cast<std::size_t>(*partition) < track.partitions())
    return static_cast<std::size_t>(*partition);
  return Refuse(400, "partition must be a number from 0 to " + std::to_string(track.partitions() - 1) + ", but is \"" +
                         *text + "\"");
}

Answer FrameAt(Track& track, const std::optional<std::string>& partition_text, std::int64_t offset,
               std::stop_token stop) {
  const auto partition = Partition(partition_text, track);
  if (const auto* wrong = std::get_if<Answer>(&partition)) return *wrong;
  const std::size_t lane = std::get<std::size_t>(partition);
  const auto record = track.At(lane, offset, stop);
  return record ? FrameAnswer(*record) : NoFrame(track.Extents()[lane], std::to_string(offset));
}

/// The newest picture of the whole topic, as a record.
Answer NewestFrame(Track& track, std::stop_token stop) {
  const FramePtr newest = track.Before(track.End(), stop);
  if (!newest) return Refuse(404, "there is no frame yet: the topic holds no image");
  const auto record = track.At(static_cast<std::size_t>(newest->id.partition), newest->id.offset, stop);
  return record ? FrameAnswer(*record) : Refuse(404, "the newest frame has just been deleted; try again");
}

/// The first frame from `time` on; the newest when there is none.
Answer FrameFrom(Track& track, Timestamp time, std::stop_token stop) {
  constexpr std::chrono::milliseconds kFetch{300};
  const Position from = track.At(time);
  if (from != track.End()) {
    track.Seek(from);
    while (const auto record = track.Next(kFetch, stop)) {
      if (ImageType(*record)) return FrameAnswer(*record);
    }
  }
  return NewestFrame(track, stop);
}

}  // namespace

SinkSite::SinkSite(asio::io_context& io, std::uint16_t port, const SinkConfig& config, SinkTaskContext& context,
                   SinkCounters& counters, FrameDesk& desk)
    : io_(io),
      config_(config),
      context_(context),
      counters_(counters),
      desk_(desk),
      settings_{context, config.topics.front(), std::chrono::milliseconds(config.resume_rewind_ms), counters},
      origins_(std::make_shared<OriginPolicy>(config.allow_origins)),
      port_(port),
      tick_(io) {}

void SinkSite::Open() { Tick(); }

std::vector<std::unique_ptr<Feeder>> SinkSite::Close() {
  closed_ = true;
  tick_.cancel();
  std::vector<std::unique_ptr<Feeder>> feeders;
  const auto close = [&](const std::shared_ptr<Playhead>& playhead) {
    if (playhead) feeders.push_back(playhead->Close());
  };
  close(main_);
  for (const auto& [name, playhead] : groups_) close(playhead);
  for (const auto& playhead : loose_) close(playhead);
  main_.reset();
  groups_.clear();
  loose_.clear();
  return feeders;
}

void SinkSite::Serve(const std::shared_ptr<HttpSession>& session, std::string_view page) {
  if (closed_) return session->Send(Refuse(503, "this stream is being stopped"));
  if (page.empty()) return Stream(session);
  if (page == "/snapshot") return Snapshot(session);
  if (page == "/status") return Status(session);
  if (page.starts_with("/frames/")) return Frames(session, page.substr(8));
  session->Send(Refuse(404, "there is no page " + std::string(page) +
                                " here; there are /, /snapshot, /status and /frames/{offset}, "
                                "below " +
                                config_.path + ", and the port's /mux"));
}

void SinkSite::Stream(const std::shared_ptr<HttpSession>& session) {
  const StreamQuery defaults{.framing = config_.framing == "length" ? Framing::kLength : Framing::kBoundary,
                             .unpaced = config_.pace == "unpaced",
                             .group = {},
                             .from = {}};
  const auto parsed = ParseStreamQuery(session->request(), defaults, Now());
  if (const auto* wrong = std::get_if<std::string>(&parsed)) return session->Send(Refuse(400, *wrong));
  const auto& query = std::get<StreamQuery>(parsed);

  Answer answer;
  answer.content_type = "multipart/x-mixed-replace; boundary=" + std::string(kBoundaryName);
  answer.endless = true;
  if (session->request().head()) return session->Send(std::move(answer));
  if (Viewers() >= static_cast<std::size_t>(config_.viewers_max) ||
      (!query.group.empty() && groups_.size() >= kMostGroups && !groups_.contains(query.group))) {
    ++counters_.viewers_refused;
    Answer full =
        Refuse(503, "all " + std::to_string(config_.viewers_max) + " places (viewers.max) are taken; come back later");
    full.headers.emplace_back("Retry-After", "5");
    return session->Send(std::move(full));
  }
  const auto playhead = PlayheadFor(query);
  answer.headers = session->CrossOriginHeaders();
  std::string head = HeadText(session->request().version, answer) + "\r\n" + std::string(kPreamble);
  auto viewer = std::make_shared<StreamViewer>(session->TakeSocket(), query.framing, query.unpaced, counters_);
  viewer->Begin(*playhead, std::move(head));
  playhead->Join(std::move(viewer));
}

std::shared_ptr<Playhead> SinkSite::PlayheadFor(const StreamQuery& query) {
  if (query.from) {
    loose_.push_back(MakeStored("", [moment = *query.from](Track& track) { return Find(track, moment); }));
    return loose_.back();
  }
  const auto stored = [this](const std::string& group) {
    return MakeStored(group, [this, group](Track& track) { return Stored(context_, group, track); });
  };
  if (!query.group.empty()) {
    auto& playhead = groups_[query.group];
    if (!playhead) playhead = stored(context_.group() + "/" + query.group);
    return playhead;
  }
  if (!main_ && config_.playback == "live") {
    main_ = std::make_shared<LivePlayhead>(io_, settings_);
    main_->Open();
  } else if (!main_) {
    main_ = stored(context_.group());
  }
  return main_;
}

std::shared_ptr<Playhead> SinkSite::MakeStored(const std::string& group, Feeder::Origin origin) {
  auto playhead = std::make_shared<StoredPlayhead>(io_, settings_, group, std::move(origin));
  playhead->Open();
  return playhead;
}

void SinkSite::Ask(const std::shared_ptr<HttpSession>& session, FrameDesk::Question question) {
  desk_.Ask(std::move(question), [session](Answer answer) {
    asio::post(session->executor(),
               [session, answer = std::move(answer)]() mutable { session->Send(std::move(answer)); });
  });
}

void SinkSite::Snapshot(const std::shared_ptr<HttpSession>& session) {
  const Request& request = session->request();
  if (const auto text = request.Query("offset")) {
    const auto offset = Number(*text);
    if (!offset) return session->Send(Refuse(400, "offset must be a whole number from 0 on, but is \"" + *text + "\""));
    return Ask(session, [offset = *offset, partition = request.Query("partition")](Track& track, std::stop_token stop) {
      return FrameAt(track, partition, offset, stop);
    });
  }
  if (const auto text = request.Query("at")) {
    const auto time = ParseTime(*text, Now());
    if (!time) {
      return session->Send(Refuse(400,
                                  "at must be a time ago such as -30s (ms, s, m, h, d) or an RFC 3339 time such as "
                                  "2024-05-01T12:00:00Z, but is \"" +
                                      *text + "\""));
    }
    return Ask(session, [time = *time](Track& track, std::stop_token stop) { return FrameFrom(track, time, stop); });
  }
  Ask(session, [](Track& track, std::stop_token stop) { return NewestFrame(track, stop); });
}

void SinkSite::Frames(const std::shared_ptr<HttpSession>& session, std::string_view text) {
  const auto offset = Number(text);
  if (!offset)
    return session->Send(
        Refuse(400, "/frames/ wants an offset, a whole number from 0 on, not \"" + std::string(text) + "\""));
  Ask(session, [offset = *offset, partition = session->request().Query("partition")](
                   Track& track, std::stop_token stop) { return FrameAt(track, partition, offset, stop); });
}

void SinkSite::Status(const std::shared_ptr<HttpSession>& session) {
  Ask(session, [facts = Facts(), &context = context_, next = next_frame_](Track& track, std::stop_token stop) {
    return StatusAnswer(facts, MakeStatus(facts, track, context, *next, stop));
  });
}

std::size_t SinkSite::Viewers() const {
  std::size_t viewers = main_ ? main_->viewers() : 0;
  for (const auto& [name, playhead] : groups_) viewers += playhead->viewers();
  for (const auto& playhead : loose_) viewers += playhead->viewers();
  return viewers;
}

StatusFacts SinkSite::Facts() const {
  StatusFacts facts;
  facts.connector = context_.connector();
  facts.group = context_.group();
  facts.topic = settings_.topic;
  facts.live = config_.playback == "live";
  facts.viewers = Viewers();
  if (main_) {
    facts.main_viewers = main_->viewers();
    facts.standing = main_->standing();
    facts.moving = main_->shown_at() && Playhead::Clock::now() - *main_->shown_at() < kMoving;
  }
  for (const auto& [name, playhead] : groups_)
    facts.groups.push_back({name, playhead->viewers(), playhead->standing()});
  return facts;
}

void SinkSite::Tick() {
  const auto now = Playhead::Clock::now();
  const std::chrono::milliseconds stall(config_.stall_timeout_ms);
  const auto retire = [this](const std::shared_ptr<Playhead>& playhead) { desk_.Retire(playhead->Close()); };
  if (main_) main_->Sweep(now, stall);
  for (const auto& [name, playhead] : groups_) playhead->Sweep(now, stall);
  for (const auto& playhead : loose_) playhead->Sweep(now, stall);
  std::erase_if(groups_, [&](const auto& each) {
    const bool over = each.second->viewers() == 0 && now - each.second->idle_since() > kForgetGroup;
    if (over) retire(each.second);
    return over;
  });
  std::erase_if(loose_, [&](const auto& playhead) {
    const bool over = playhead->viewers() == 0;
    if (over) retire(playhead);
    return over;
  });
  ReportMetrics();
  tick_.expires_after(std::min<std::chrono::milliseconds>(kTick, std::max(stall / 4, std::chrono::milliseconds(25))));
  tick_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
    if (const auto self = weak.lock(); self && !error && !self->closed_) self->Tick();
  });
}

void SinkSite::ReportMetrics() {
  if (reporting_->exchange(true)) return;
  desk_.Ask(
      [facts = Facts(), &context = context_, &counters = counters_, port = port_, next = next_frame_](
          Track& track, std::stop_token stop) {
        const StatusReport report = MakeStatus(facts, track, context, *next, stop);
        Fields metrics{{"http_port", static_cast<std::int64_t>(port)},
                       {"viewers", static_cast<std::int64_t>(facts.viewers)},
                       {"state", report.state},
                       {"lag_frames", report.lag_frames},
                       {"lag_seconds", report.lag_seconds},
                       {"frames_sent", counters.frames_sent.load()},
                       {"frames_skipped", counters.frames_skipped.load()},
                       {"bytes_sent", counters.bytes_sent.load()},
                       {"viewers_stalled", counters.viewers_stalled.load()},
                       {"viewers_refused", counters.viewers_refused.load()},
                       {"records_not_images", counters.records_not_images.load()}};
        if (report.position.size() == 1) metrics["position"] = report.position[0];
        context.ReportMetrics(metrics);
        return Answer();
      },
      [reporting = reporting_](const Answer&) { reporting->store(false); });
}

}  // namespace framespool::mjpeg
