#include "site/playheads.h"

#include <algorithm>

#include "playback/live_playhead.h"
#include "playback/stored_playhead.h"

namespace framespool::mjpeg {

namespace {

constexpr std::chrono::seconds kForget{60};
// Named ones that are kept for who comes back; a position is stored, so more cost nothing but a new look.
constexpr std::size_t kMostIdle = 16;
constexpr std::chrono::seconds kMoving{2};

/// Where `group` stopped; the first frame when it never began. An offset beyond the end (the topic was made anew, and
/// is shorter now) begins anew too, instead of waiting for ever.
Position Stored(ViewContext& context, const std::string& group, Track& track) {
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

/// As a Content-Type says what the video is of that begins with one of these; empty where there is none.
std::string CodecsOf(const std::vector<std::optional<SinkRecord>>& key_frames) {
  for (const auto& key_frame : key_frames) {
    if (!key_frame) continue;
    media::FragmentedMp4 mp4;
    if (const FramePtr fragment = MakeFragment(*key_frame, mp4, false)) return fragment->start->codecs;
  }
  return {};
}

/// The stored offset of the first partition whose retention has overtaken it.
std::optional<std::string> Overtaken(ViewContext& context, const std::string& group, Track& track) {
  const Position first = track.First();
  for (std::size_t i = 0; i < first.size(); ++i) {
    const auto stored = context.CommittedOffset(group, track.source(i));
    if (stored && *stored < first[i]) return std::to_string(*stored);
  }
  return std::nullopt;
}

}  // namespace

Playheads::Playheads(boost::asio::io_context& io, const PlayheadSettings& settings, FrameDesk& desk, bool live)
    : io_(io), settings_(settings), desk_(desk), main_{live, "", "", false} {}

std::string Playheads::StoredGroup(const Name& name) const {
  return settings_.context.group() + (name.group.empty() ? "" : "/" + name.group) +
         (name.key.empty() ? "" : "?key=" + name.key) + (name.video ? "?video" : "");
}

Playheads::Look Playheads::Before(const StreamQuery& query) const {
  Look look = PositionBefore(query);
  if (!query.video) return look;
  return [look = std::move(look), query, &context = settings_.context, group = StoredGroup(NameOf(query))](
             Track& track, std::stop_token stop) {
    Start start = look ? look(track, stop) : Start{};
    if (!start.problem.ok()) return start;
    Position position = track.End();
    if (start.position) {
      position = *start.position;
    } else if (query.from) {
      position = Find(track, *query.from, stop);
    } else if (!query.live) {
      position = Stored(context, group, track);
    }
    const auto key_frames = track.KeyFramesFor(position, query.key, stop);
    if (start.position) start.begins = OffsetsOf(key_frames, position);
    start.codecs = CodecsOf(key_frames);
    if (start.codecs.empty()) start.codecs = CodecsOf(track.KeyFramesFor(track.End(), query.key, stop));
    if (start.codecs.empty()) {
      start.problem = NotFound(
          "there is no video here: the topic holds no key frame of H.264 or H.265; the stream of "
          "pictures is the page without /video");
    }
    return start;
  };
}

/// The same of where it begins alone.
Playheads::Look Playheads::PositionBefore(const StreamQuery& query) const {
  if (query.from) {
    // Both move while one looks, and can neither be too old nor be wrong.
    if (query.from->kind == Moment::Kind::kEarliest || query.from->kind == Moment::Kind::kLatest) return nullptr;
    return [from = *query.from](Track& track, std::stop_token stop) {
      Start start;
      if (from.kind == Moment::Kind::kOffset && from.partition >= track.partitions()) {
        start.problem = WrongPartition(from.partition, track.partitions());
        return start;
      }
      start.older = OlderThanRetained(track, from);
      start.ahead = StillToCome(track, from);
      start.position = Find(track, from, std::move(stop));
      return start;
    };
  }
  const auto playhead = named_.find(NameOf(query));
  if (query.live || (playhead != named_.end() && playhead->second->viewers() > 0)) return nullptr;
  return [&context = settings_.context, group = StoredGroup(NameOf(query))](Track& track, std::stop_token) {
    Start start;
    start.older = Overtaken(context, group, track);
    return start;
  };
}

std::shared_ptr<Playhead> Playheads::For(const StreamQuery& query, const Start& start) {
  Tidy(Clock::now());
  if (query.from) {
    loose_.push_back(MakeLoose(query, start));
    return loose_.back();
  }
  auto& playhead = named_[NameOf(query)];
  if (!playhead) playhead = Make(NameOf(query));
  return playhead;
}

bool Playheads::HasRoom(const StreamQuery& query) const {
  const Name name = NameOf(query);
  if (!query.from && (name == main_ || named_.contains(name))) return true;
  std::size_t watched = 0;
  for (const auto& [each, playhead] : named_) watched += each != main_ && playhead->viewers() > 0;
  for (const auto& playhead : loose_) watched += playhead->viewers() > 0;
  return watched + desk_.retiring() < kMost;
}

std::shared_ptr<Playhead> Playheads::Make(const Name& name) {
  std::shared_ptr<Playhead> playhead;
  if (name.live && name.video) {
    Feeder::Span span{.key = name.key};
    span.origin = [](Track& track) { return track.End(); };
    span.as_mp4 = true;
    playhead = std::make_shared<StoredPlayhead>(io_, settings_, "", std::move(span), StoredPlayhead::Waits::kLive);
  } else if (name.live) {
    playhead = std::make_shared<LivePlayhead>(io_, settings_, name.key);
  } else {
    const std::string group = StoredGroup(name);
    auto origin = [&context = settings_.context, group](Track& track) { return Stored(context, group, track); };
    Feeder::Span span{.key = name.key, .origin = std::move(origin), .consumes = !name.video, .as_mp4 = name.video};
    playhead = std::make_shared<StoredPlayhead>(io_, settings_, group, std::move(span));
  }
  playhead->Open();
  return playhead;
}

std::shared_ptr<Playhead> Playheads::MakeLoose(const StreamQuery& query, const Start& start) {
  Feeder::Span span{.key = query.key, .as_mp4 = query.video, .speed = query.wish.speed};
  span.origin = [from = *query.from, known = start.position](Track& track) {
    return known ? *known : Find(track, from, {});
  };
  if (query.until) {
    span.limit = [until = *query.until](Track& track) { return FindEnd(track, until, {}); };
  }
  auto playhead = std::make_shared<StoredPlayhead>(io_, settings_, "", std::move(span));
  playhead->Open();
  return playhead;
}

template <class F>
void Playheads::ForEach(F&& visit) const {
  for (const auto& [name, playhead] : named_) visit(*playhead);
  for (const auto& playhead : loose_) visit(*playhead);
}

std::size_t Playheads::viewers() const {
  std::size_t viewers = 0;
  ForEach([&](const Playhead& playhead) { viewers += playhead.viewers(); });
  return viewers;
}

void Playheads::Describe(StatusFacts& facts) const {
  facts.live = main_.live;
  facts.viewers = viewers();
  for (const auto& [name, playhead] : named_) {
    if (name == main_) {
      facts.main_viewers = playhead->viewers();
      facts.standing = playhead->standing();
      facts.no_picture = playhead->no_picture();
      facts.moving = playhead->shown_at() && Clock::now() - *playhead->shown_at() < kMoving;
    } else if (!name.group.empty() || !name.key.empty()) {
      facts.groups.push_back({name.group, name.key, name.video, playhead->viewers(), playhead->standing()});
    }
  }
}

void Playheads::Sweep(Clock::time_point now, std::chrono::milliseconds stall) {
  ForEach([&](Playhead& playhead) { playhead.Sweep(now, stall); });
  Tidy(now);
}

void Playheads::Tidy(Clock::time_point now) {
  std::erase_if(loose_, [&](const auto& playhead) {
    const bool over = playhead->viewers() == 0;
    if (over) desk_.Retire(playhead->Close());
    return over;
  });
  std::vector<std::pair<Clock::time_point, Name>> idle;
  for (const auto& [name, playhead] : named_) {
    if (name != main_ && playhead->viewers() == 0) idle.emplace_back(playhead->idle_since(), name);
  }
  std::sort(idle.begin(), idle.end());
  for (std::size_t i = 0; i < idle.size(); ++i) {
    if (idle.size() - i <= kMostIdle && now - idle[i].first < kForget) break;
    const auto playhead = named_.find(idle[i].second);
    desk_.Retire(playhead->second->Close());
    named_.erase(playhead);
  }
}

std::vector<std::unique_ptr<Feeder>> Playheads::Close() {
  std::vector<std::unique_ptr<Feeder>> feeders;
  ForEach([&](Playhead& playhead) { feeders.push_back(playhead.Close()); });
  named_.clear();
  loose_.clear();
  return feeders;
}

}  // namespace framespool::mjpeg
