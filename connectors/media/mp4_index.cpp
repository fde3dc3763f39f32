#include "framespool/media/mp4_index.h"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <numeric>

#include "mp4_boxes.h"
#include "mp4_clock.h"
#include "mp4_start.h"
#include "nal_units.h"

namespace framespool::media {
namespace {

using Bytes = std::vector<std::byte>;

constexpr std::uint32_t kVersion1 = 1u << 24;
constexpr std::size_t kSamplesInAChunk = 64;
// How many units may stand between one and the next that is shown.
constexpr std::size_t kReordered = 64;

std::size_t SampleSize(std::span<const std::byte> unit) {
  std::size_t size = 0;
  for (const NalUnit nal : SplitByteStream(unit)) size += 4 + nal.size();
  return size;
}

/// True when a unit is as large in a file as in the topic, and a key frame's parameter sets are here, as far as its
/// beginning tells.
bool TellsAll(std::span<const std::byte> beginning, const VideoFacts& facts) {
  const std::vector<NalUnit> nals = SplitByteStream(beginning);
  const std::byte* expected = beginning.data();
  for (const NalUnit nal : nals) {
    if (nal.data() != expected + kStartCode.size()) return false;
    expected = nal.data() + nal.size();
  }
  return !nals.empty() && (facts.gop != 0 || std::any_of(nals.begin(), nals.end(), [&](const NalUnit nal) {
                             const NalKind kind = KindOf(nal, facts.codec);
                             return kind == NalKind::kKeyPicture || kind == NalKind::kPicture;
                           }));
}

/// Samples behind each other that need the same start.
struct Chunk {
  std::size_t first = 0;
  std::size_t samples = 0;
  std::uint16_t start = 0;
};

std::vector<Chunk> ChunksOf(const std::vector<Mp4Index::Sample>& samples) {
  std::vector<Chunk> chunks;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const bool begins =
        chunks.empty() || chunks.back().samples == kSamplesInAChunk || chunks.back().start != samples[i].start;
    if (begins) chunks.push_back({i, 0, samples[i].start});
    ++chunks.back().samples;
  }
  return chunks;
}

/// Part of the presentation: from when, by the file's clock, and for how long.
struct Edit {
  std::int64_t from_us = 0;
  std::int64_t lasts_us = 0;
};

/// The tables write each number as often as it comes, with how often.
void PutRuns(Bytes& bytes, std::size_t count, const std::function<std::int64_t(std::size_t)>& number) {
  const std::size_t entries_at = bytes.size();
  PutNumber(bytes, 0, 4);
  std::int64_t entries = 0;
  for (std::size_t i = 0; i < count;) {
    const std::size_t first = i;
    const std::int64_t value = number(first);
    while (i < count && number(i) == value) ++i;
    PutNumber(bytes, i - first, 4);
    PutNumber(bytes, static_cast<std::uint64_t>(value), 4);
    ++entries;
  }
  SetNumber(std::span(bytes).subspan(entries_at, 4), entries);
}

void PutMatrix(Bytes& bytes) {
  for (const std::uint32_t each : {0x10000u, 0u, 0u, 0u, 0x10000u, 0u, 0u, 0u, 0x40000000u}) PutNumber(bytes, each, 4);
}

/// What libavformat begins a file of these units with, for the boxes that are the same here.
class MovieOf {
 public:
  explicit MovieOf(const Mp4Start& start) : bytes_(start.bytes.bytes()) {}
  /// A whole box, head and all.
  std::span<const std::byte> Box(std::string_view type) const {
    const auto content = BoxIn(bytes_, type, 0);
    const std::size_t begin = static_cast<std::size_t>(content.data() - bytes_.data()) - 8;
    std::size_t size = 0;
    for (std::size_t i = 0; i < 4; ++i) size = size << 8 | std::to_integer<std::size_t>(bytes_[begin + i]);
    return bytes_.subspan(begin, size);
  }

 private:
  std::span<const std::byte> bytes_;
};

void Put(Bytes& bytes, std::span<const std::byte> more) { bytes.insert(bytes.end(), more.begin(), more.end()); }

class Movie {
 public:
  Movie(const std::vector<Mp4Index::Sample>& samples, const std::vector<std::shared_ptr<const Mp4Start>>& starts,
        std::int64_t last_step_us, std::vector<Edit> edits)
      : samples_(samples),
        starts_(starts),
        last_step_us_(last_step_us),
        edits_(std::move(edits)),
        chunks_(ChunksOf(samples)) {}

  Bytes Take() {
    PutBox(bytes_, "ftyp", std::nullopt, [&] {
      for (const char c : std::string_view("isom")) bytes_.push_back(static_cast<std::byte>(c));
      PutNumber(bytes_, 0x200, 4);
      for (const char c : std::string_view("isomiso2mp41")) bytes_.push_back(static_cast<std::byte>(c));
    });
    PutBox(bytes_, "moov", std::nullopt, [&] {
      PutMovieHeader();
      PutBox(bytes_, "trak", std::nullopt, [&] { PutTrack(); });
    });
    std::uint64_t size = 0;
    for (const auto& sample : samples_) size += sample.size;
    const bool large = size > std::numeric_limits<std::uint32_t>::max() - 8;
    PutNumber(bytes_, large ? 1 : size + 8, 4);
    for (const char c : std::string_view("mdat")) bytes_.push_back(static_cast<std::byte>(c));
    if (large) PutNumber(bytes_, size + 16, 8);
    SetChunkOffsets();
    return std::move(bytes_);
  }

 private:
  std::int64_t ShownFor() const {
    std::int64_t lasts = 0;
    for (const Edit& edit : edits_) lasts += edit.lasts_us;
    return lasts;
  }

  void PutMovieHeader() {
    PutBox(bytes_, "mvhd", kVersion1, [&] {
      for (int i = 0; i < 2; ++i) PutNumber(bytes_, 0, 8);
      PutNumber(bytes_, Mp4Clock::kTicks, 4);
      PutNumber(bytes_, static_cast<std::uint64_t>(ShownFor()), 8);
      PutNumber(bytes_, 0x10000, 4);  // rate
      PutNumber(bytes_, 0x100, 2);    // volume
      PutNumber(bytes_, 0, 2);
      PutNumber(bytes_, 0, 8);
      PutMatrix(bytes_);
      for (int i = 0; i < 6; ++i) PutNumber(bytes_, 0, 4);
      PutNumber(bytes_, 2, 4);  // the next track
    });
  }

  void PutTrack() {
    constexpr std::uint32_t kEnabledAndInMovie = 3;
    PutBox(bytes_, "tkhd", kVersion1 | kEnabledAndInMovie, [&] {
      for (int i = 0; i < 2; ++i) PutNumber(bytes_, 0, 8);
      PutNumber(bytes_, 1, 4);
      PutNumber(bytes_, 0, 4);
      PutNumber(bytes_, static_cast<std::uint64_t>(ShownFor()), 8);
      for (int i = 0; i < 4; ++i) PutNumber(bytes_, 0, 4);
      // Matrix, width and height.
      const auto tkhd = MovieOf(*starts_.front()).Box("tkhd");
      Put(bytes_, tkhd.last(44));
    });
    PutBox(bytes_, "edts", std::nullopt, [&] {
      PutBox(bytes_, "elst", kVersion1, [&] {
        PutNumber(bytes_, edits_.size(), 4);
        for (const Edit& edit : edits_) {
          PutNumber(bytes_, static_cast<std::uint64_t>(edit.lasts_us), 8);
          PutNumber(bytes_, static_cast<std::uint64_t>(edit.from_us), 8);
          PutNumber(bytes_, 0x10000, 4);
        }
      });
    });
    PutBox(bytes_, "mdia", std::nullopt, [&] {
      PutBox(bytes_, "mdhd", kVersion1, [&] {
        for (int i = 0; i < 2; ++i) PutNumber(bytes_, 0, 8);
        PutNumber(bytes_, Mp4Clock::kTicks, 4);
        PutNumber(bytes_, static_cast<std::uint64_t>(samples_.back().decoded_us + last_step_us_), 8);
        PutNumber(bytes_, 0x55C40000, 4);  // no language
      });
      const MovieOf movie(*starts_.front());
      Put(bytes_, movie.Box("hdlr"));
      PutBox(bytes_, "minf", std::nullopt, [&] {
        Put(bytes_, movie.Box("vmhd"));
        Put(bytes_, movie.Box("dinf"));
        PutBox(bytes_, "stbl", std::nullopt, [&] { PutTables(); });
      });
    });
  }

  void PutTables() {
    PutBox(bytes_, "stsd", 0, [&] {
      PutNumber(bytes_, starts_.size(), 4);
      for (const auto& start : starts_) Put(bytes_, MovieOf(*start).Box("stsd").subspan(16));
    });
    PutBox(bytes_, "stts", 0, [&] {
      PutRuns(bytes_, samples_.size(), [&](std::size_t i) {
        return i + 1 < samples_.size() ? samples_[i + 1].decoded_us - samples_[i].decoded_us : last_step_us_;
      });
    });
    PutBox(bytes_, "ctts", 0, [&] {
      PutRuns(bytes_, samples_.size(), [&](std::size_t i) { return samples_[i].shown_us - samples_[i].decoded_us; });
    });
    PutBox(bytes_, "stss", 0, [&] {
      const auto keys = std::count_if(samples_.begin(), samples_.end(), [](const auto& each) { return each.key; });
      PutNumber(bytes_, static_cast<std::uint64_t>(keys), 4);
      for (std::size_t i = 0; i < samples_.size(); ++i) {
        if (samples_[i].key) PutNumber(bytes_, i + 1, 4);
      }
    });
    PutBox(bytes_, "stsz", 0, [&] {
      PutNumber(bytes_, 0, 4);
      PutNumber(bytes_, samples_.size(), 4);
      for (const auto& sample : samples_) PutNumber(bytes_, sample.size, 4);
    });
    PutBox(bytes_, "stsc", 0, [&] {
      const std::size_t entries_at = bytes_.size();
      PutNumber(bytes_, 0, 4);
      std::int64_t entries = 0;
      for (std::size_t i = 0; i < chunks_.size(); ++i) {
        const bool same =
            i > 0 && chunks_[i].samples == chunks_[i - 1].samples && chunks_[i].start == chunks_[i - 1].start;
        if (same) continue;
        PutNumber(bytes_, i + 1, 4);
        PutNumber(bytes_, chunks_[i].samples, 4);
        PutNumber(bytes_, chunks_[i].start + 1u, 4);
        ++entries;
      }
      SetNumber(std::span(bytes_).subspan(entries_at, 4), entries);
    });
    PutBox(bytes_, "co64", 0, [&] {
      PutNumber(bytes_, chunks_.size(), 4);
      offsets_at_ = bytes_.size();
      bytes_.resize(bytes_.size() + 8 * chunks_.size());
    });
  }

  /// All that stands before the samples is there.
  void SetChunkOffsets() {
    auto at = static_cast<std::int64_t>(bytes_.size());
    for (std::size_t i = 0; i < chunks_.size(); ++i) {
      SetNumber(std::span(bytes_).subspan(offsets_at_ + 8 * i, 8), at);
      for (std::size_t j = 0; j < chunks_[i].samples; ++j) at += samples_[chunks_[i].first + j].size;
    }
  }

  const std::vector<Mp4Index::Sample>& samples_;
  const std::vector<std::shared_ptr<const Mp4Start>>& starts_;
  const std::int64_t last_step_us_;
  const std::vector<Edit> edits_;
  const std::vector<Chunk> chunks_;
  Bytes bytes_;
  std::size_t offsets_at_ = 0;
};

}  // namespace

Mp4Index::Mp4Index(double speed) : starts_(std::make_unique<Mp4Starts>()), clock_(std::make_unique<Mp4Clock>(speed)) {}
Mp4Index::~Mp4Index() = default;

Mp4Index::Took Mp4Index::Add(std::span<const std::byte> unit, const VideoFacts& facts) {
  return AddSized(unit, SampleSize(unit), facts);
}

Mp4Index::Took Mp4Index::AddBeginning(std::span<const std::byte> beginning, std::size_t size, const VideoFacts& facts) {
  if (beginning.size() >= size) return Add(beginning, facts);
  return TellsAll(beginning, facts) ? AddSized(beginning, size, facts) : Took::kTellsNothing;
}

Mp4Index::Took Mp4Index::AddSized(std::span<const std::byte> beginning, std::size_t in_file, const VideoFacts& facts) {
  if (!samples_.empty() && facts.codec != facts_.codec) return Took::kCannotBeHere;
  const auto start = starts_->For(beginning, facts);
  const std::size_t size = start ? in_file : 0;
  if (size == 0) {
    starts_->Forget();
    return Took::kNothing;
  }
  if (used_.empty() || used_.back() != start) {
    if (used_.size() == std::numeric_limits<std::uint16_t>::max()) return Took::kCannotBeHere;
    used_.push_back(start);
  }
  if (samples_.empty()) facts_ = facts;
  clock_->Set(facts.dts_us.value_or(facts.pts_us));
  samples_.push_back({.decoded_us = clock_->decoded_us(),
                      .shown_us = clock_->ShownAt(facts.pts_us),
                      .size = static_cast<std::uint32_t>(size),
                      .start = static_cast<std::uint16_t>(used_.size() - 1),
                      .key = facts.gop == 0,
                      .hidden = facts.hidden});
  return Took::kIt;
}

bool Mp4Index::Has(std::size_t count) const {
  if (count == 0) return true;
  if (count > samples_.size()) return false;
  const std::size_t looked_at = std::min(samples_.size(), kReordered);
  if (samples_.size() - count >= looked_at) return true;
  std::array<std::int64_t, kReordered> shown;
  for (std::size_t i = 0; i < looked_at; ++i) shown[i] = samples_[samples_.size() - looked_at + i].shown_us;
  const auto nth = shown.begin() + static_cast<std::ptrdiff_t>(looked_at - (samples_.size() - count) - 1);
  std::nth_element(shown.begin(), nth, shown.begin() + static_cast<std::ptrdiff_t>(looked_at));
  return *nth <= samples_.back().decoded_us;
}

std::vector<std::byte> Mp4Index::Head(std::size_t first, std::size_t end) const {
  std::vector<std::uint32_t> order(samples_.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return samples_[a].shown_us < samples_[b].shown_us; });
  const std::int64_t step = std::max<std::int64_t>(1, clock_->step_us());
  std::vector<Edit> edits;
  for (std::size_t i = first; i < end; ++i) {
    const Sample& sample = samples_[order[i]];
    if (sample.hidden) continue;
    const std::int64_t until = i + 1 < order.size() ? samples_[order[i + 1]].shown_us : sample.shown_us + step;
    if (edits.empty() || edits.back().from_us + edits.back().lasts_us != sample.shown_us) {
      edits.push_back({sample.shown_us, 0});
    }
    edits.back().lasts_us = until - edits.back().from_us;
  }
  return Movie(samples_, used_, step, std::move(edits)).Take();
}

std::vector<std::byte> SampleOf(std::span<const std::byte> unit) {
  Bytes sample;
  sample.reserve(unit.size() + 64);
  for (const NalUnit nal : SplitByteStream(unit)) {
    PutNumber(sample, nal.size(), 4);
    Put(sample, nal);
  }
  return sample;
}

}  // namespace framespool::media
