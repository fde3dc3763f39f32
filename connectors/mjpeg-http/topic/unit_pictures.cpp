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

UnitPictures::UnitPictures(media::VideoCodec codec, Decoders& decoders, bool every)
    : decoders_(decoders), codec_(codec), decoder_(codec) {
  if (!every) Limit();
}

UnitPictures::~UnitPictures() {
  if (counts_) decoders_.Leave();
}

void UnitPictures::Limit() {
  if (counts_) return;
  counts_ = decoders_.Enter();
  every_ = counts_;
}

bool UnitPictures::GoesOnWith(const media::VideoFacts& facts) const {
  if (facts.gop != 0) return facts.codec == codec_;
  return facts.codec == codec_ && facts.session == session_ && (!first_pts_us_ || facts.pts_us > last_pts_us_);
}

void UnitPictures::Add(SinkRecord unit, const media::VideoFacts& facts) {
  const bool key = facts.gop == 0;
  if (!every_ && key) Limit();
  if (!every_ && !key) return;
  const Value value = std::exchange(unit.value, {});
  if (!first_pts_us_) {
    first_pts_us_ = facts.pts_us;
    last_pts_us_ = facts.pts_us;
    session_ = facts.session;
  }
  last_pts_us_ = std::max(last_pts_us_, facts.pts_us);
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
  if (!every_) decoder_.End();
}

void UnitPictures::End() { decoder_.End(); }

std::optional<UnitPicture> UnitPictures::Take() {
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
  return slots_.empty() ? std::nullopt : std::optional(slots_.front().offset);
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
