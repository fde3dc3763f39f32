#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "playback/playhead.h"
#include "site/frame_desk.h"
#include "site/status_page.h"
#include "site/stream_query.h"

namespace framespool::mjpeg {

/// The playheads of one sink: the connector's own, the named ones, and one for each viewer who came with from=. Owned
/// by the SinkSite, on its io thread.
class Playheads {
 public:
  using Clock = Playhead::Clock;
  /// Where a playhead is going to start, as far as that was looked up beforehand.
  struct Start {
    std::optional<Position> position;
    std::optional<Position> begins;    // of a /video: with the key frame before
    std::optional<std::string> older;  // what was asked for, when the topic does not hold that any more
    std::string codecs;                // of a /video, as a Content-Type says them; empty: not known
    std::optional<std::string> ahead;  // the same, when it does not hold that yet
    Answer problem;                    // not ok(): the viewer cannot be served
  };
  using Look = std::function<Start(Track&, std::stop_token)>;

  Playheads(boost::asio::io_context& io, const PlayheadSettings& settings, FrameDesk& desk, bool live);

  /// What to look up before a viewer of `query` begins; nothing when his playhead is moving already or needs no look.
  Look Before(const StreamQuery& query) const;
  std::shared_ptr<Playhead> For(const StreamQuery& query, const Start& start);
  /// False when viewers have made so many already that there is no room for another.
  bool HasRoom(const StreamQuery& query) const;

  static constexpr std::size_t kMost = 256;  // beside the connector's own, each with a thread that reads for it

  std::size_t viewers() const;
  /// The playheads' part of the status.
  void Describe(StatusFacts& facts) const;
  /// Drops stalled viewers and playheads that nobody watches any more.
  void Sweep(Clock::time_point now, std::chrono::milliseconds stall);
  std::vector<std::unique_ptr<Feeder>> Close();

 private:
  /// Who shares one playhead.
  struct Name {
    bool live = false;
    std::string group;
    std::string key;
    bool video = false;
    auto operator<=>(const Name&) const = default;
  };
  static Name NameOf(const StreamQuery& query) { return {query.live, query.group, query.key, query.video}; }
  std::string StoredGroup(const Name& name) const;
  Look PositionBefore(const StreamQuery& query) const;
  std::shared_ptr<Playhead> Make(const Name& name);
  std::shared_ptr<Playhead> MakeLoose(const StreamQuery& query, const Start& start);
  /// Lets go of those that nobody watches: of the loose ones at once, of the named ones when they are too many or were
  /// left a while ago.
  void Tidy(Clock::time_point now);
  template <class F>
  void ForEach(F&& visit) const;

  boost::asio::io_context& io_;
  const PlayheadSettings& settings_;
  FrameDesk& desk_;
  const Name main_;  // what a viewer without a query watches
  std::map<Name, std::shared_ptr<Playhead>> named_;
  std::vector<std::shared_ptr<Playhead>> loose_;
};

}  // namespace framespool::mjpeg
