#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "http/access_policy.h"
#include "http/cross_origin.h"
#include "mux/mux_video.h"
#include "mux/past_stream.h"
#include "picture/doorbell.h"
#include "site/frame_desk.h"
#include "topic/feeder.h"
#include "topic/frame.h"

namespace framespool::mjpeg {

/// The newest frame of one sink's topic, for everyone who asks by the connector's name. It is there
/// before and after the sink: who watches finds the sink again when its task has been restarted. Reads only while
/// someone watches. Any thread.
class MuxChannel {
 public:
  enum class State {
    kUnknown,  // no such sink has been here
    kEnded,    // it was here
    kWaiting,  // its topic has no picture yet
    kLive,
    kPlaying,  // of the past: its frame of the moment
    kGap,      // of the past: it has none of the moment
  };
  struct View {
    State state = State::kUnknown;
    FramePtr frame;          // of kLive and kPlaying
    std::uint64_t turn = 0;  // another one: another frame
    std::string topic;
    std::string no_picture;                       // of kWaiting: why, where records are there; of kGap: until when
    std::shared_ptr<const OriginPolicy> origins;  // null: no sink
    std::shared_ptr<const AccessPolicy> access;   // null: no sink
  };

  void Watch(std::shared_ptr<Doorbell> bell);
  /// The same of its video, as it is.
  void WatchVideo(std::shared_ptr<Doorbell> bell);
  /// Of this one only whether it is there, and what is in its way.
  void Await(std::shared_ptr<Doorbell> bell);
  void Unwatch(const std::shared_ptr<Doorbell>& bell);
  View Look();
  struct VideoView {
    View view;  // without a frame
    MuxVideo::Kind kind = MuxVideo::Kind::kUnknown;
    std::optional<media::VideoCodec> codec;
    MuxVideo::Next next;
  };
  /// For who has WatchVideo() and stands at `place`.
  VideoView LookAtVideo(const MuxVideo::Place& place);
  /// Another stream of this sink, from a moment on, for a clock of that speed. It lasts until it is given to Leave().
  std::shared_ptr<PastStream> Past(Timestamp from, double speed, std::shared_ptr<Doorbell> bell);
  void Leave(const std::shared_ptr<PastStream>& past);
  /// How many watch.
  std::size_t watchers() const;

 private:
  friend class MuxOffer;
  void Attach(const void* owner, const TopicSource& tracks, SinkCounters& counters, FrameDesk& desk,
              std::shared_ptr<const OriginPolicy> origins, std::shared_ptr<const AccessPolicy> access);
  void Detach(const void* owner);
  void Play();
  void PlayVideo();
  void TakeNews();
  void TakeVideoNews();
  void RingAll();

  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<Doorbell>> watching_;
  std::vector<std::shared_ptr<Doorbell>> watching_video_;
  std::vector<std::shared_ptr<Doorbell>> awaiting_;
  const void* owner_ = nullptr;  // the sink that feeds it
  const TopicSource* tracks_ = nullptr;
  SinkCounters* counters_ = nullptr;
  FrameDesk* desk_ = nullptr;       // destroys feeders
  std::unique_ptr<Feeder> feeder_;  // since the first watcher
  std::unique_ptr<Feeder> video_feeder_;
  std::vector<std::shared_ptr<PastStream>> pasts_;
  View view_;
  MuxVideo video_;
};

/// The channels of all sinks by connector name. Any thread.
class MuxChannels {
 public:
  std::shared_ptr<MuxChannel> Of(const std::string& connector);

 private:
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<MuxChannel>> channels_;
};

/// Feeds a sink's channel for as long as it lives; the task owns it. Where two tasks have one name, the first one
/// feeds. The destructor waits for the reader.
class MuxOffer {
 public:
  MuxOffer(MuxChannels& channels, const TopicSource& tracks, SinkCounters& counters, FrameDesk& desk,
           std::shared_ptr<const OriginPolicy> origins, std::shared_ptr<const AccessPolicy> access);
  ~MuxOffer();
  MuxOffer(const MuxOffer&) = delete;
  MuxOffer& operator=(const MuxOffer&) = delete;

 private:
  const std::shared_ptr<MuxChannel> channel_;
};

}  // namespace framespool::mjpeg
