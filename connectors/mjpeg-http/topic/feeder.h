#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "framespool/connector.h"
#include "framespool/media/video_record.h"
#include "sink_counters.h"
#include "topic/frame.h"
#include "topic/topic_source.h"
#include "topic/track.h"

namespace framespool::mjpeg {

/// Reads the topic ahead of one playhead on a thread of its own, because reading may wait, and hands the frames over in
/// order. Owned by the playhead; every public call is made on the playhead's io thread, none of them waits except the
/// destructor (which joins).
class Feeder {
 public:
  enum class Mode { kEveryFrame, kNewestOnly };
  /// Where to begin; asked on the feeder's thread, once, and again after it threw. May wait for I/O.
  using Origin = std::function<Position(Track&)>;
  /// Where to end, asked as Origin is, and again while it has no answer.
  using Limit = std::function<std::optional<Position>(Track&)>;
  using Clock = std::chrono::steady_clock;
  /// What to read: all records or those of one key, from somewhere, to somewhere or without an end.
  struct Span {
    std::string key = {};
    Origin origin = {};
    Limit limit = {};
    /// The connector goes on from here, so a record that is no picture is errors.tolerance's. Otherwise somebody only
    /// looks, and it is passed over.
    bool consumes = false;
    /// Fragments of MP4 instead of pictures. They begin with the key frame before what is asked for.
    bool as_mp4 = false;
    /// Of the recorded pace; the times of an MP4 are for it. From kKeyFramesFrom on video has its key frames only.
    double speed = 1;
  };
  /// Faster than that few browsers, and few servers, decode every picture.
  static constexpr double kKeyFramesFrom = 4;
  /// How far key frames may be apart; cameras that save bits have one in 10 s.
  static constexpr std::chrono::seconds kLongestGroup{12};

  /// `notify` is called on the feeder's thread when there is something new to take; not again until Take...() or Peek()
  /// has been called since.
  Feeder(const TopicSource& tracks, Mode mode, Span span, SinkCounters& counters, std::function<void()> notify);
  ~Feeder();
  Feeder(const Feeder&) = delete;
  Feeder& operator=(const Feeder&) = delete;

  /// Begins to read at `from`, or at the origin. What was read before is dropped.
  void Play(std::optional<Position> from);
  /// Drops what was read and waits for Play().
  void Pause();
  void RequestStop();

  /// Once after each Play(): where it begins, and the newest picture before that, where there is nothing behind it.
  struct Beginning {
    Position position;
    FramePtr previous;
    bool more = false;                            // there are records from `position` on
    std::optional<media::VideoCodec> codec = {};  // of an MP4: of the key frame there; nothing where there is none
  };
  std::optional<Beginning> TakeBeginning();
  /// The next frame; null while there is none.
  FramePtr Peek();
  void Pop();
  /// Up to where there is no frame to come: of the records before, the frames have been taken, and the others are none,
  /// or the connector's transforms leave them out. Nothing while a frame waits to be taken, or nothing has been passed
  /// over.
  std::optional<Position> Passed();
  /// Of all that there is the frames have been taken, also what decoders hold back.
  bool Exhausted();
  /// Why there is no picture, in words: the newest records seen are none. Empty while there is one, or no record.
  std::string NoPicture();
  /// Of an MP4: what came last is a picture, and no video.
  bool HasPictures();
  /// True when all frames before the limit have been taken.
  bool Ended();

  /// The newest record's timestamp, and whether the topic has grown within the last two seconds.
  struct Head {
    std::optional<Timestamp> newest;
    bool growing = false;
  };
  Head head();

 private:
  void Run(std::stop_token stop);
  Units UnitsWanted() const;
  bool WaitForWork(std::unique_lock<std::mutex>& lock, std::stop_token stop);
  void Begin(Track& track, std::stop_token stop);
  bool AtLimit(Track& track);
  void ReadOne(Track& track, std::stop_token stop);
  /// The frame of the next record; null where there is none, or it is none.
  FramePtr NextFrame(Track& track, std::stop_token stop);
  FramePtr NextFragment(const SinkRecord& record, bool fresh);
  /// There is no frame between the last one and where `track` stands.
  void NotePassed(Track& track);
  void WatchHead(Track& track);
  void Note(std::string no_picture);
  void NotePictures();
  void Complain(const std::string& problem, std::stop_token stop);
  void Notify();

  const TopicSource& tracks_;
  const Mode mode_;
  const Span span_;
  SinkCounters& counters_;
  const std::function<void()> notify_;

  // The feeder thread's own.
  std::uint64_t playing_ = 0;  // the generation that the track stands in
  std::int64_t known_end_ = -1;
  bool has_waited_ = false;  // has read all there was, once since it began there
  std::optional<Clock::time_point> complained_;
  std::optional<Position> limit_;
  Position asked_;  // an MP4 begins with the key frame before
  std::optional<media::FragmentedMp4> mp4_;
  std::optional<std::optional<std::string>> mp4_key_;  // a body is of one video

  std::mutex mutex_;
  std::condition_variable_any changed_;
  Track* track_ = nullptr;        // for Interrupt() only
  std::uint64_t generation_ = 0;  // counts Play()
  bool wanted_ = false;           // between Play() and Pause()
  bool rest_ = false;             // Pause() came, and the track may still have decoders
  std::optional<Position> from_;
  std::optional<Beginning> beginning_;
  std::deque<FramePtr> queue_;
  std::size_t queued_bytes_ = 0;
  std::optional<Position> passed_;
  std::string no_picture_;
  bool has_pictures_ = false;
  bool exhausted_ = false;
  bool ended_ = false;
  bool notified_ = false;
  std::optional<Timestamp> newest_;
  std::optional<Clock::time_point> grew_at_;

  std::jthread thread_;
};

}  // namespace framespool::mjpeg
