#include "topic/unit_pictures.h"

#include <algorithm>
#include <iterator>
#include <utility>

extern "C" {
#include <libavutil/frame.h>
}

namespace framespool::mjpeg {

namespace {

// A decoder that gives nothing for so many units does not get any more together.
constexpr std::size_t kMostUnits = 1024;

void SetHeader(Headers& headers, std::string_view key, std::string value) {
  std::erase_if(headers, [&](const Header& header) { return header.key == key; });
  headers.push_back({std::string(key), std::move(value)});
}

}  // namespace

UnitPictures::UnitPictures(media::VideoCodec codec, Decoders& decoders, Which which)
    : decoders_(decoders), codec_(codec), decoder_(codec), which_(which) {
  if (which != Which::kEvery) Limit();
}

UnitPictures::~UnitPictures() {
  if (counts_) decoders_.Leave();
}

void UnitPictures::Limit() {
  if (counts_) return;
  counts_ = decoders_.Enter();
  every_ = counts_ && which_ != Which::kKeyFrames;
}

bool UnitPictures::GoesOnWith(const media::VideoFacts& facts) const {
  if (facts.gop != 0) return facts.codec == codec_;
  return facts.codec == codec_ && facts.session == session_ && (!first_pts_us_ || facts.pts_us > last_pts_us_);
}

void UnitPictures::Add(SinkRecord unit, const media::VideoFacts& facts) {
  if (!every_ && facts.gop == 0) {
    DecodeKeyFrame();
    Limit();
    if (every_) first_pts_us_.reset();
  }
  if (!every_) return AddToKeyFrames(std::move(unit), facts);
  const Value value = std::exchange(unit.value, {});
  Begins(facts);
  const SinkRecord& added = units_.emplace(facts.pts_us, Unit{std::move(unit), facts.orientation})->second.record;
  slots_.push_back({added.offset, added.timestamp});
  if (units_.size() > kMostUnits) {
    units_.erase(units_.begin());
    slots_.pop_front();
  }
  // What an open group shows before its key frame needs the group before.
  if (facts.pts_us < *first_pts_us_) return;
  decoders_.NoteDecoded();
  if (!decoder_.Send(value.bytes(), facts.pts_us, facts.hidden)) decoders_.NoteUndecodable(added);
}

void UnitPictures::Begins(const media::VideoFacts& facts) {
  if (!first_pts_us_) {
    first_pts_us_ = facts.pts_us;
    last_pts_us_ = facts.pts_us;
    session_ = facts.session;
  }
  last_pts_us_ = std::max(last_pts_us_, facts.pts_us);
}

void UnitPictures::AddToKeyFrames(SinkRecord unit, const media::VideoFacts& facts) {
  Begins(facts);
  if (facts.gop == 0) {
    const Slot number{unit.offset, unit.timestamp};
    key_frame_ = KeyFrame{std::move(unit), facts, number};
  } else if (key_frame_ && facts.pts_us < key_frame_->facts.pts_us) {
    key_frame_->number = {unit.offset, unit.timestamp};
  } else {
    DecodeKeyFrame();
  }
}

void UnitPictures::DecodeKeyFrame() {
  if (!key_frame_) return;
  KeyFrame key = *std::exchange(key_frame_, std::nullopt);
  const Value value = std::exchange(key.unit.value, {});
  decoders_.NoteDecoded();
  if (!decoder_.Send(value.bytes(), key.facts.pts_us, key.facts.hidden)) decoders_.NoteUndecodable(key.unit);
  decoder_.End();
  while (auto decoded = decoder_.Receive()) {
    // Others are what was held back when there was no room for every picture any more.
    if (decoded->tag != key.facts.pts_us) {
      if (auto picture = Numbered(std::move(*decoded))) key_frames_.push_back(std::move(*picture));
      continue;
    }
    if (decoded->damaged) decoders_.NoteUndecodable(key.unit);
    UnitPicture picture{key.unit, std::move(decoded->frame), key.facts.orientation};
    picture.record.offset = key.number.offset;
    picture.record.timestamp = key.number.timestamp;
    key_frames_.push_back(std::move(picture));
  }
  units_.clear();
  slots_.clear();
}

void UnitPictures::End() {
  if (every_) return decoder_.End();
  DecodeKeyFrame();
}

std::optional<UnitPicture> UnitPictures::Take() {
  if (!key_frames_.empty()) {
    UnitPicture picture = std::move(key_frames_.front());
    key_frames_.pop_front();
    return picture;
  }
  while (auto decoded = decoder_.Receive()) {
    if (auto picture = Numbered(std::move(*decoded))) return picture;
  }
  return std::nullopt;
}

std::optional<UnitPicture> UnitPictures::Numbered(media::UnitDecoder::Decoded decoded) {
  const auto unit = units_.find(decoded.tag);
  if (unit == units_.end()) return std::nullopt;
  if (decoded.damaged) decoders_.NoteUndecodable(unit->second.record);
  // Those shown earlier gave no picture, and will give none.
  const auto rank = std::distance(units_.begin(), unit);
  const Slot slot = slots_[static_cast<std::size_t>(rank)];
  UnitPicture picture{std::move(unit->second.record), std::move(decoded.frame), unit->second.orientation};
  picture.record.offset = slot.offset;
  picture.record.timestamp = slot.timestamp;
  units_.erase(units_.begin(), std::next(unit));
  slots_.erase(slots_.begin(), slots_.begin() + rank + 1);
  return picture;
}

std::optional<std::int64_t> UnitPictures::next() const {
  if (!slots_.empty()) return slots_.front().offset;
  return key_frame_ ? std::optional(key_frame_->unit.offset) : std::nullopt;
}

SinkRecord UnitImages::Make(const UnitPicture& picture) {
  media::Sight sight{.turn = media::TurnOfExif(picture.orientation)};
  const AVRational shape = picture.frame->sample_aspect_ratio;
  if (shape.num > 0 && shape.den > 0) sight.pixel_shape = av_q2d(shape);
  media::EncodedPicture image = maker_.Make(*picture.frame, sight);
  SinkRecord record = picture.record;
  record.value = std::move(image.bytes);
  SetHeader(record.headers, "content-type", image.content_type);
  SetHeader(record.headers, "framespool.width", std::to_string(image.width));
  SetHeader(record.headers, "framespool.height", std::to_string(image.height));
  // It stands upright now.
  std::erase_if(record.headers, [](const Header& header) { return header.key == "framespool.orientation"; });
  record.sync_point = SyncPoint::kEach;
  return record;
}

}  // namespace framespool::mjpeg
