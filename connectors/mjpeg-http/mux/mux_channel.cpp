#include "mux/mux_channel.h"

#include <algorithm>

namespace framespool::mjpeg {

void MuxChannel::Watch(std::shared_ptr<Doorbell> bell) {
  const std::lock_guard lock(mutex_);
  watching_.push_back(std::move(bell));
  if (watching_.size() == 1 && owner_ != nullptr) Play();
}

void MuxChannel::WatchVideo(std::shared_ptr<Doorbell> bell) {
  const std::lock_guard lock(mutex_);
  watching_video_.push_back(std::move(bell));
  if (watching_video_.size() == 1 && owner_ != nullptr) PlayVideo();
}

void MuxChannel::Await(std::shared_ptr<Doorbell> bell) {
  const std::lock_guard lock(mutex_);
  awaiting_.push_back(std::move(bell));
}

void MuxChannel::Unwatch(const std::shared_ptr<Doorbell>& bell) {
  const std::lock_guard lock(mutex_);
  if (std::erase(awaiting_, bell) > 0) return;
  if (std::erase(watching_video_, bell) > 0) {
    if (!watching_video_.empty()) return;
    if (video_feeder_) video_feeder_->Pause();
    video_.Clear();
    return;
  }
  std::erase(watching_, bell);
  if (!watching_.empty() || !feeder_) return;
  feeder_->Pause();
  view_.frame.reset();
  view_.state = State::kWaiting;
  view_.no_picture.clear();
}

MuxChannel::View MuxChannel::Look() {
  const std::lock_guard lock(mutex_);
  return view_;
}

MuxChannel::VideoView MuxChannel::LookAtVideo(const MuxVideo::Place& place) {
  const std::lock_guard lock(mutex_);
  VideoView looked{.view = view_, .kind = video_.kind(), .codec = video_.codec(), .next = video_.For(place)};
  looked.view.frame.reset();
  looked.view.no_picture.clear();
  if (owner_ != nullptr) looked.view.state = place.file > 0 || looked.next.fragment ? State::kLive : State::kWaiting;
  return looked;
}

std::size_t MuxChannel::watchers() const {
  const std::lock_guard lock(mutex_);
  return watching_.size() + watching_video_.size() + awaiting_.size();
}

std::shared_ptr<PastStream> MuxChannel::Past(Timestamp from, double speed, std::shared_ptr<Doorbell> bell) {
  auto past = std::make_shared<PastStream>(from, speed, std::move(bell));
  const std::lock_guard lock(mutex_);
  pasts_.push_back(past);
  if (owner_ != nullptr) past->Open(*tracks_, *counters_);
  return past;
}

void MuxChannel::Leave(const std::shared_ptr<PastStream>& past) {
  const std::lock_guard lock(mutex_);
  std::erase(pasts_, past);
  auto feeder = past->Release();
  if (feeder) desk_->Retire(std::move(feeder));
}

void MuxChannel::Attach(const void* owner, const TopicSource& tracks, SinkCounters& counters, FrameDesk& desk,
                        std::shared_ptr<const OriginPolicy> origins, std::shared_ptr<const AccessPolicy> access) {
  const std::lock_guard lock(mutex_);
  if (owner_ != nullptr) return;
  owner_ = owner;
  tracks_ = &tracks;
  counters_ = &counters;
  desk_ = &desk;
  view_.state = State::kWaiting;
  view_.topic = tracks.topic();
  view_.origins = std::move(origins);
  view_.access = std::move(access);
  if (!watching_.empty()) Play();
  if (!watching_video_.empty()) PlayVideo();
  for (const auto& past : pasts_) past->Open(tracks, counters);
  RingAll();
}

void MuxChannel::Detach(const void* owner) {
  // Their destructors wait for threads that may want the lock, so they outlive the lock.
  std::unique_ptr<Feeder> feeder, video_feeder;
  std::vector<std::unique_ptr<Feeder>> of_the_past;
  const std::lock_guard lock(mutex_);
  if (owner_ != owner) return;
  owner_ = nullptr;
  tracks_ = nullptr;
  counters_ = nullptr;
  desk_ = nullptr;
  feeder = std::move(feeder_);
  video_feeder = std::move(video_feeder_);
  video_.Clear();
  for (const auto& past : pasts_) of_the_past.push_back(past->Release());
  view_ = {.state = State::kEnded,
           .frame = nullptr,
           .turn = view_.turn,
           .topic = {},
           .no_picture = {},
           .origins = nullptr,
           .access = nullptr};
  RingAll();
}

void MuxChannel::Play() {
  if (!feeder_) {
    // The feeder is joined by the sink's task, whose MuxOffer keeps the channel.
    feeder_ = std::make_unique<Feeder>(*tracks_, Feeder::Mode::kNewestOnly, Feeder::Span{}, *counters_,
                                       [this] { TakeNews(); });
  }
  feeder_->Play(std::nullopt);
}

void MuxChannel::PlayVideo() {
  if (!video_feeder_) {
    Feeder::Span span;
    span.origin = [](Track& track) { return track.End(); };
    span.as_mp4 = true;
    video_feeder_ = std::make_unique<Feeder>(*tracks_, Feeder::Mode::kEveryFrame, std::move(span), *counters_,
                                             [this] { TakeVideoNews(); });
  }
  video_feeder_->Play(std::nullopt);
}

void MuxChannel::TakeVideoNews() {
  const std::lock_guard lock(mutex_);
  if (!video_feeder_ || watching_video_.empty()) return;
  video_.Take(*video_feeder_, MuxVideo::Clock::now());
  for (const auto& bell : watching_video_) bell->Ring();
}

void MuxChannel::TakeNews() {
  const std::lock_guard lock(mutex_);
  if (!feeder_) return;
  FramePtr newest;
  if (auto beginning = feeder_->TakeBeginning()) newest = std::move(beginning->previous);
  while (FramePtr frame = feeder_->Peek()) {
    feeder_->Pop();
    newest = std::move(frame);
  }
  if (watching_.empty()) return;
  if (!newest) {
    std::string no_picture = view_.state == State::kWaiting ? feeder_->NoPicture() : std::string();
    if (no_picture.empty() || no_picture == view_.no_picture) return;
    view_.no_picture = std::move(no_picture);
    return RingAll();
  }
  view_.no_picture.clear();
  view_.frame = std::move(newest);
  view_.state = State::kLive;
  ++view_.turn;
  RingAll();
}

void MuxChannel::RingAll() {
  for (const auto& bell : watching_) bell->Ring();
  for (const auto& bell : watching_video_) bell->Ring();
  for (const auto& bell : awaiting_) bell->Ring();
}

std::shared_ptr<MuxChannel> MuxChannels::Of(const std::string& connector) {
  const std::lock_guard lock(mutex_);
  std::erase_if(channels_, [](const auto& each) { return each.second.expired(); });
  auto& known = channels_[connector];
  auto channel = known.lock();
  if (!channel) known = channel = std::make_shared<MuxChannel>();
  return channel;
}

MuxOffer::MuxOffer(MuxChannels& channels, const TopicSource& tracks, SinkCounters& counters, FrameDesk& desk,
                   std::shared_ptr<const OriginPolicy> origins, std::shared_ptr<const AccessPolicy> access)
    : channel_(channels.Of(tracks.context().connector())) {
  channel_->Attach(this, tracks, counters, desk, std::move(origins), std::move(access));
}

MuxOffer::~MuxOffer() { channel_->Detach(this); }

}  // namespace framespool::mjpeg
