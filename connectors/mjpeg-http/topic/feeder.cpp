#include "topic/feeder.h"

#include <pthread.h>

#include <algorithm>

#include "framespool/media/image.h"
#include "framespool/media/video_record.h"

namespace framespool::mjpeg {

namespace {

// Ahead of the playhead: enough to hide a read, little enough for a hundred playheads.
constexpr std::size_t kAheadFrames = 16;
constexpr std::size_t kAheadBytes = 8 << 20;
constexpr std::chrono::milliseconds kReadWait{500};
constexpr std::chrono::milliseconds kBackOff{500};
constexpr std::chrono::seconds kGrowing{2};
constexpr const char* kNotAnImage = "not an image: it has no image/... content-type header and is no JPEG, PNG or WebP";

bool IsKeyFrame(const SinkRecord& record) {
  const auto facts = media::ReadVideoFacts(record.headers);
  return facts && facts->gop == 0;
}

std::optional<media::VideoCodec> CodecOf(const std::vector<std::optional<SinkRecord>>& key_frames) {
  for (const auto& key_frame : key_frames) {
    if (const auto facts = key_frame ? media::ReadVideoFacts(key_frame->headers) : std::nullopt) return facts->codec;
  }
  return std::nullopt;
}

}  // namespace

Feeder::Feeder(const TopicSource& tracks, Mode mode, Span span, SinkCounters& counters, std::function<void()> notify)
    : tracks_(tracks),
      mode_(mode),
      span_(std::move(span)),
      counters_(counters),
      notify_(std::move(notify)),
      thread_([this](std::stop_token stop) { Run(std::move(stop)); }) {}

Feeder::~Feeder() {
  RequestStop();
  thread_.join();
}

void Feeder::RequestStop() {
  thread_.request_stop();
  const std::lock_guard lock(mutex_);
  if (track_ != nullptr) track_->Interrupt();
}

void Feeder::Play(std::optional<Position> from) {
  const std::lock_guard lock(mutex_);
  ++generation_;
  wanted_ = true;
  notified_ = false;  // what was told of the time before may have found nobody who wants it
  ended_ = false;
  from_ = std::move(from);
  beginning_.reset();
  passed_.reset();
  has_pictures_ = false;
  exhausted_ = false;
  queue_.clear();
  queued_bytes_ = 0;
  if (track_ != nullptr) track_->Interrupt();
  changed_.notify_all();
}

void Feeder::Pause() {
  const std::lock_guard lock(mutex_);
  wanted_ = false;
  rest_ = true;
  beginning_.reset();
  queue_.clear();
  queued_bytes_ = 0;
  if (track_ != nullptr) track_->Interrupt();
  changed_.notify_all();
}

std::optional<Feeder::Beginning> Feeder::TakeBeginning() {
  const std::lock_guard lock(mutex_);
  notified_ = false;
  return std::exchange(beginning_, std::nullopt);
}

FramePtr Feeder::Peek() {
  const std::lock_guard lock(mutex_);
  notified_ = false;
  return queue_.empty() ? nullptr : queue_.front();
}

void Feeder::Pop() {
  const std::lock_guard lock(mutex_);
  queued_bytes_ -= queue_.front()->image.size();
  queue_.pop_front();
  // Half empty, not one short of full: the thread wakes for a batch, not for each frame.
  if (queue_.size() <= kAheadFrames / 2) changed_.notify_all();
}

std::optional<Position> Feeder::Passed() {
  const std::lock_guard lock(mutex_);
  return queue_.empty() ? passed_ : std::nullopt;
}

std::string Feeder::NoPicture() {
  const std::lock_guard lock(mutex_);
  return no_picture_;
}

bool Feeder::HasPictures() {
  const std::lock_guard lock(mutex_);
  return has_pictures_;
}

bool Feeder::Exhausted() {
  const std::lock_guard lock(mutex_);
  return exhausted_ && queue_.empty();
}

bool Feeder::Ended() {
  const std::lock_guard lock(mutex_);
  return ended_ && queue_.empty();
}

Feeder::Head Feeder::head() {
  const std::lock_guard lock(mutex_);
  return {newest_, grew_at_ && Clock::now() - *grew_at_ < kGrowing};
}

void Feeder::Notify() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(notified_, true)) return;
  }
  notify_();
}

void Feeder::Run(std::stop_token stop) {
  pthread_setname_np(pthread_self(), "mjpeg-feed");
  std::unique_ptr<Track> track;
  while (!stop.stop_requested()) {
    try {
      if (!track) {
        track = tracks_.Open(span_.key, UnitsWanted());
        const std::lock_guard lock(mutex_);
        track_ = track.get();
      }
      {
        std::unique_lock lock(mutex_);
        if (!WaitForWork(lock, stop)) continue;
        if (std::exchange(rest_, false) && !wanted_) {
          lock.unlock();
          if (track->decodes()) track->Rest();
          continue;
        }
      }
      Begin(*track, stop);
      ReadOne(*track, stop);
    } catch (const std::exception& error) {
      Complain(error.what(), stop);
    }
  }
  {
    const std::lock_guard lock(mutex_);
    track_ = nullptr;
  }
  try {
    if (track) tracks_.Keep(std::move(track));
  } catch (const std::exception& error) {
    tracks_.context().Log(LogLevel::kDebug, "a reader of " + tracks_.topic() + " is not kept: " + error.what());
  }
}

Units Feeder::UnitsWanted() const {
  if (span_.as_mp4) return Units::kAsStored;
  return span_.speed >= kKeyFramesFrom ? Units::kKeyFramesDecoded : Units::kDecoded;
}

bool Feeder::WaitForWork(std::unique_lock<std::mutex>& lock, std::stop_token stop) {
  return changed_.wait(lock, stop, [this] {
    if (!wanted_) return rest_;
    if (generation_ != playing_) return true;
    return !ended_ && (queue_.empty() || (queue_.size() < kAheadFrames && queued_bytes_ < kAheadBytes));
  });
}

void Feeder::Begin(Track& track, std::stop_token stop) {
  std::optional<Position> from;
  std::uint64_t generation = 0;
  {
    const std::lock_guard lock(mutex_);
    if (generation_ == playing_) return;
    generation = generation_;
    from = from_;
  }
  Beginning beginning;
  if (mode_ == Mode::kNewestOnly) {
    beginning.position = track.End();
  } else {
    beginning.position = from ? *from : span_.origin(track);
  }
  if (span_.as_mp4) {
    asked_ = beginning.position;
    const auto key_frames = track.KeyFramesFor(asked_, span_.key, stop);
    beginning.position = OffsetsOf(key_frames, asked_);
    beginning.codec = CodecOf(key_frames);
    mp4_.emplace(span_.speed);
    mp4_key_.reset();
  }
  const Position end = track.End();
  for (std::size_t i = 0; i < end.size(); ++i) beginning.more |= beginning.position[i] < end[i];
  // Where there is more, the first frame is a picture as soon as this one would be.
  const bool wants_previous = !span_.limit && !span_.as_mp4 && (!beginning.more || !span_.key.empty());
  if (wants_previous) beginning.previous = track.Before(beginning.position, stop);
  if (mode_ == Mode::kNewestOnly && !beginning.previous && end != track.First()) {
    Note(!track.passed_over().empty()
             ? track.passed_over()
             : "its newest records are no images: none has an image/... content-type header or is a JPEG, PNG or WebP");
  }
  limit_ = span_.limit ? span_.limit(track) : std::nullopt;
  track.Seek(beginning.position);
  has_waited_ = false;
  WatchHead(track);
  {
    const std::lock_guard lock(mutex_);
    if (generation_ != generation) return;
    playing_ = generation;
    beginning_ = std::move(beginning);
  }
  Notify();
}

bool Feeder::AtLimit(Track& track) {
  if (!span_.limit) return false;
  if (!limit_) limit_ = span_.limit(track);
  if (!limit_ || !track.Reached(*limit_)) return false;
  {
    const std::lock_guard lock(mutex_);
    if (generation_ != playing_) return true;
    ended_ = true;
  }
  Notify();
  return true;
}

void Feeder::ReadOne(Track& track, std::stop_token stop) {
  if (AtLimit(track)) return;
  FramePtr frame = NextFrame(track, std::move(stop));
  if (!frame) return NotePassed(track);
  if (mode_ == Mode::kNewestOnly && track.HasBuffered()) return;  // a newer one is at hand
  {
    const std::lock_guard lock(mutex_);
    if (generation_ != playing_ || !wanted_) return;
    if (mode_ == Mode::kNewestOnly) {
      queue_.clear();
      queued_bytes_ = 0;
    }
    no_picture_.clear();
    has_pictures_ = false;
    exhausted_ = false;
    queued_bytes_ += frame->image.size();
    queue_.push_back(std::move(frame));
  }
  Notify();
}

FramePtr Feeder::NextFrame(Track& track, std::stop_token stop) {
  const bool refill = !track.HasBuffered();
  has_waited_ = has_waited_ || track.AtEnd();
  std::optional<SinkRecord> record = track.Next(kReadWait, std::move(stop));
  if (refill) WatchHead(track);
  for (const UnusableRecord& unusable : track.TakeUnusable()) {
    const SinkRecord& passed = unusable.record();
    if (limit_ && passed.offset >= (*limit_)[static_cast<std::size_t>(passed.partition)]) continue;
    if (span_.consumes) tracks_.context().Reject(passed, unusable.problem());
    Note("its record " + std::to_string(passed.offset) + " " + unusable.problem().message);
  }
  if (!record) {
    if (std::string why = track.TakeWaitsFor(); !why.empty()) Note(std::move(why));
    return nullptr;
  }
  if (limit_ && record->offset >= (*limit_)[static_cast<std::size_t>(record->partition)]) return nullptr;
  if (record->value.is_null()) return nullptr;  // a tombstone says that there is nothing to show any more
  if (span_.as_mp4) return NextFragment(*record, track.AtEnd());
  FramePtr frame = MakeFrame(*record, track.AtEnd(), has_waited_);
  if (frame) return frame;
  ++counters_.records_not_images;
  if (span_.consumes) {
    tracks_.context().Reject(*record, {.message = std::string("is ") + kNotAnImage, .kind = "not-an-image"});
  }
  Note("its record " + std::to_string(record->offset) + " is " + kNotAnImage);
  return nullptr;
}

FramePtr Feeder::NextFragment(const SinkRecord& record, bool fresh) {
  if (mp4_key_ && *mp4_key_ != record.key) return nullptr;
  if (span_.speed >= kKeyFramesFrom && !IsKeyFrame(record)) return nullptr;
  const auto fragment = MakeFragment(record, *mp4_, fresh, has_waited_);
  if (!fragment) {
    if (media::ImageType(record.headers, record.value)) NotePictures();
    Note("its record " + std::to_string(record.offset) +
         " is no H.264 or H.265, or the key frame before it is missing");
    return nullptr;
  }
  mp4_key_ = record.key;
  fragment->run_up = !Lacks(asked_, fragment->id);
  return fragment;
}

void Feeder::NotePassed(Track& track) {
  if (span_.limit) return;  // what comes behind the limit is another's
  Position position = track.position();
  const bool exhausted = track.Reached(track.End());
  {
    const std::lock_guard lock(mutex_);
    if (generation_ != playing_ || !wanted_ || (passed_ == position && exhausted_ == exhausted)) return;
    exhausted_ = exhausted;
    passed_ = std::move(position);
  }
  Notify();
}

void Feeder::WatchHead(Track& track) {
  std::optional<Timestamp> newest;
  std::int64_t end = 0;
  for (const Extent& extent : track.Extents()) {
    end += extent.end;
    if (extent.last_time && (!newest || *newest < *extent.last_time)) newest = extent.last_time;
  }
  const std::lock_guard lock(mutex_);
  newest_ = newest;
  if (known_end_ >= 0 && end > known_end_) grew_at_ = Clock::now();
  known_end_ = end;
}

void Feeder::Note(std::string no_picture) {
  {
    const std::lock_guard lock(mutex_);
    no_picture_ = std::move(no_picture);
  }
  if (mode_ == Mode::kNewestOnly) Notify();
}

void Feeder::NotePictures() {
  {
    const std::lock_guard lock(mutex_);
    if (generation_ != playing_ || !wanted_) return;
    has_pictures_ = true;
  }
  Notify();
}

void Feeder::Complain(const std::string& problem, std::stop_token stop) {
  if (!complained_ || Clock::now() - *complained_ > std::chrono::seconds(10)) {
    complained_ = Clock::now();
    tracks_.context().Log(LogLevel::kWarn, "cannot read " + tracks_.topic() + " now, trying again: " + problem);
  }
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, stop, kBackOff, [] { return false; });
}

}  // namespace framespool::mjpeg
