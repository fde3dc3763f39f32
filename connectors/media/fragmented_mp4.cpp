#include "framespool/media/fragmented_mp4.h"

#include <algorithm>

#include "framespool/media/mp4_index.h"
#include "mp4_boxes.h"
#include "mp4_clock.h"
#include "mp4_start.h"

namespace framespool::media {
namespace {

constexpr std::size_t kMostSampleBytes = 1 << 30;

struct Sample {
  std::uint32_t number = 0;  // of its fragment
  std::int64_t decoded_us = 0;
  std::int64_t shown_us = 0;
  std::int64_t lasts_us = 0;
  std::uint32_t size = 0;
  bool key = false;
};

/// ISO/IEC 14496-12, 8.8: a fragment of one sample, whose bytes follow in an mdat.
void PutMovieFragment(std::vector<std::byte>& bytes, const Sample& sample) {
  constexpr std::uint32_t kDefaultBaseIsMoof = 0x020000;
  constexpr std::uint32_t kVersion1 = 1u << 24;
  // Data offset, and of the sample duration, size, flags and composition time.
  constexpr std::uint32_t kRun = 0x000001 | 0x000100 | 0x000200 | 0x000400 | 0x000800;
  constexpr std::uint32_t kDependsOnNone = 0x02000000;
  constexpr std::uint32_t kDependsOnOthers = 0x01010000;  // and is no sync sample
  const std::size_t begin = bytes.size();
  std::size_t offset_at = 0;
  PutBox(bytes, "moof", std::nullopt, [&] {
    PutBox(bytes, "mfhd", 0, [&] { PutNumber(bytes, sample.number, 4); });
    PutBox(bytes, "traf", std::nullopt, [&] {
      PutBox(bytes, "tfhd", kDefaultBaseIsMoof, [&] { PutNumber(bytes, 1, 4); });
      PutBox(bytes, "tfdt", kVersion1, [&] { PutNumber(bytes, static_cast<std::uint64_t>(sample.decoded_us), 8); });
      PutBox(bytes, "trun", kVersion1 | kRun, [&] {
        PutNumber(bytes, 1, 4);
        offset_at = bytes.size();
        PutNumber(bytes, 0, 4);
        PutNumber(bytes, static_cast<std::uint64_t>(sample.lasts_us), 4);
        PutNumber(bytes, sample.size, 4);
        PutNumber(bytes, sample.key ? kDependsOnNone : kDependsOnOthers, 4);
        PutNumber(bytes, static_cast<std::uint64_t>(sample.shown_us - sample.decoded_us), 4);
      });
    });
  });
  // Behind the head of the mdat.
  SetNumber(std::span(bytes).subspan(offset_at, 4), static_cast<std::int64_t>(bytes.size() - begin + 8));
}

}  // namespace

FragmentedMp4::FragmentedMp4(double speed)
    : starts_(std::make_unique<Mp4Starts>()), clock_(std::make_unique<Mp4Clock>(speed)) {}
FragmentedMp4::~FragmentedMp4() = default;

std::optional<FragmentedMp4::Fragment> FragmentedMp4::Add(std::span<const std::byte> unit, const VideoFacts& facts,
                                                          const Room& room) {
  const auto start = starts_->For(unit, facts);
  if (!start) return std::nullopt;
  const std::vector<std::byte> data = SampleOf(unit);
  if (data.empty() || data.size() > kMostSampleBytes) {
    starts_->Forget();
    return std::nullopt;
  }
  clock_->Set(facts.dts_us.value_or(facts.pts_us));
  decoded_us_ = std::min(clock_->decoded_us(), decoded_us_ + 2 * lasts_us_);
  lasts_us_ = clock_->step_us();
  const Sample sample{.number = ++number_,
                      .decoded_us = decoded_us_,
                      .shown_us = clock_->ShownAt(facts.pts_us),
                      .lasts_us = lasts_us_,
                      .size = static_cast<std::uint32_t>(data.size()),
                      .key = facts.gop == 0};
  std::vector<std::byte> bytes;
  bytes.reserve(room.before + data.size() + 128 + room.behind);
  bytes.resize(room.before);
  PutMovieFragment(bytes, sample);
  PutBox(bytes, "mdat", std::nullopt, [&] { bytes.insert(bytes.end(), data.begin(), data.end()); });
  bytes.resize(bytes.size() + room.behind);
  return Fragment{std::move(bytes), sample.key, sample.decoded_us, sample.shown_us, start};
}

}  // namespace framespool::media
