#include "site/timeline.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "topic/record_number.h"

namespace framespool::mjpeg {

namespace {

using Json = nlohmann::ordered_json;
using std::chrono::milliseconds;

constexpr milliseconds kTime{40};  // the desk has other questions to answer
constexpr int kLooks = 1500;
constexpr std::size_t kMostMarks = 20'000;

std::int64_t Milliseconds(Timestamp time) { return time.time_since_epoch().count(); }

/// Whole steps of a power of two: the same records again while the topic grows.
std::vector<std::int64_t> Offsets(const Extent& extent, std::size_t points) {
  std::int64_t step = 1;
  while ((extent.end - extent.first) / step > static_cast<std::int64_t>(points)) step *= 2;
  std::vector<std::int64_t> offsets{extent.first};
  for (std::int64_t offset = (extent.first / step + 1) * step; offset < extent.end - 1; offset += step)
    offsets.push_back(offset);
  if (extent.end - 1 > offsets.back()) offsets.push_back(extent.end - 1);
  return offsets;
}

}  // namespace

Answer Timeline::Tell(Track& track, std::size_t points, std::stop_token stop) {
  Json json;
  json["partitions"] = track.partitions();
  json["points"] = Json::array();
  json["gaps"] = Json::array();
  json["loops"] = Json::array();
  const Extent extent = track.Extents().front();
  Survey survey{track, std::move(stop), Clock::now() + kTime, kLooks, 0, true, {}, {}};
  // Of several partitions each has gaps of its own, which the merged stream does not have.
  if (track.partitions() == 1 && extent.end > extent.first) {
    marks_.erase(marks_.begin(), marks_.lower_bound(extent.first));
    if (marks_.size() > kMostMarks || (!marks_.empty() && marks_.rbegin()->first >= extent.end)) marks_.clear();
    std::vector<std::int64_t> seen;
    for (const std::int64_t offset : Offsets(extent, points)) {
      if (Look(survey, offset) != nullptr) seen.push_back(offset);
    }
    std::vector<double> pace;
    for (std::size_t i = 1; i < seen.size(); ++i) {
      pace.push_back(static_cast<double>(Milliseconds(marks_[seen[i]].time) - Milliseconds(marks_[seen[i - 1]].time)) /
                     static_cast<double>(seen[i] - seen[i - 1]));
    }
    std::sort(pace.begin(), pace.end());
    survey.ms_per_frame = pace.empty() ? 0 : std::max(0.0, pace[pace.size() / 2]);
    for (std::size_t i = 1; i < seen.size(); ++i) Between(survey, seen[i - 1], seen[i]);
    for (const std::int64_t offset : seen) json["points"].push_back({offset, Milliseconds(marks_[offset].time)});
  }
  for (const Gap& gap : survey.gaps) {
    json["gaps"].push_back(
        {{"offset", gap.offset}, {"from_ms", Milliseconds(gap.from)}, {"until_ms", Milliseconds(gap.until)}});
  }
  for (const std::int64_t offset : survey.loops)
    json["loops"].push_back({{"offset", offset}, {"time_ms", Milliseconds(marks_[offset].time)}});
  json["complete"] = survey.complete;
  Answer answer;
  answer.text = json.dump() + "\n";
  return answer;
}

const Timeline::Mark* Timeline::Look(Survey& survey, std::int64_t offset) {
  const auto known = marks_.find(offset);
  if (known != marks_.end()) return &known->second;
  if (survey.looks_left-- <= 0 || Clock::now() > survey.deadline) {
    survey.complete = false;
    return nullptr;
  }
  const auto record = survey.track.StoredAt(0, offset, survey.stop);
  if (!record) return nullptr;
  // Access units stand in the order of decoding.
  const auto dts_us = NumberIn(record->headers, "framespool.dts.us");
  const auto in_video = dts_us ? dts_us : NumberIn(record->headers, "framespool.pts.us");
  return &marks_.try_emplace(offset, Mark{record->timestamp, NumberIn(record->headers, "framespool.loop"), in_video})
              .first->second;
}

bool Timeline::BeginsAnew(const Mark& left, const Mark& right) {
  if (left.loop && right.loop && *left.loop != *right.loop) return true;
  return left.pts_us && right.pts_us && *right.pts_us < *left.pts_us;
}

// Halves what has a gap or a beginning in it until that lies between two neighbours.
void Timeline::Between(Survey& survey, std::int64_t left, std::int64_t right) {
  const Mark &from = marks_[left], &until = marks_[right];
  const double excess =
      static_cast<double>((until.time - from.time).count()) - survey.ms_per_frame * static_cast<double>(right - left);
  const bool gap = excess > static_cast<double>(milliseconds(kLeastGap).count());
  const bool anew = BeginsAnew(from, until);
  if (!gap && !anew) return;
  if (right == left + 1) {
    if (gap) survey.gaps.push_back({right, from.time, until.time});
    if (anew) survey.loops.push_back(right);
    return;
  }
  const std::int64_t middle = left + (right - left) / 2;
  if (Look(survey, middle) == nullptr) return;
  Between(survey, left, middle);
  Between(survey, middle, right);
}

}  // namespace framespool::mjpeg
