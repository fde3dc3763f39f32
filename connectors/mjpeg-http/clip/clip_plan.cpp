#include "clip/clip_plan.h"

#include <algorithm>
#include <cmath>

namespace framespool::mjpeg {

namespace {

using std::chrono::microseconds;

constexpr std::size_t kMostFrames = 65'535;            // what a zip without extensions can name
constexpr std::size_t kMostClipBytes = 2'000'000'000;  // what every player takes as an AVI
constexpr std::chrono::milliseconds kRead{500};
constexpr std::chrono::seconds kBrokerPatience{10};  // for a broker that says it has more

/// Reads what the plan is of; throws when nothing comes for a while.
void ReadSpan(Track& track, const ClipPlan& plan, const std::function<bool(SinkRecord&)>& take,
              const std::stop_token& stop) {
  const Position &from = plan.from, &until = plan.until;
  track.Seek(from, plan.end);
  auto deadline = std::chrono::steady_clock::now() + kBrokerPatience;
  Position reached = from;
  while (!track.Reached(until) && !stop.stop_requested()) {
    auto record = track.Next(kRead, stop);
    if (track.position() != reached) {
      reached = track.position();
      deadline = std::chrono::steady_clock::now() + kBrokerPatience;
    } else if (std::chrono::steady_clock::now() > deadline) {
      throw RetriableError("the broker gave no record for " + std::to_string(kBrokerPatience.count()) + " s");
    }
    if (!record || record->offset >= until[static_cast<std::size_t>(record->partition)]) continue;
    if (!take(*record)) return;
  }
}

/// The time between two frames as Pacer sees it; nothing for a gap or a jump back.
std::optional<microseconds> Distance(const FramePtr& from, const FramePtr& to) {
  microseconds distance = to->id.timestamp - from->id.timestamp;
  const bool one_video = from->id.partition == to->id.partition && from->key == to->key;
  if (one_video && from->pts_us && to->pts_us) distance = microseconds(*to->pts_us - *from->pts_us);
  if (distance <= microseconds(0) || distance > kLeastGap) return std::nullopt;
  return distance;
}

const char* Extension(std::string_view content_type) {
  if (content_type == "image/png") return "png";
  if (content_type == "image/webp") return "webp";
  if (content_type == "image/jpeg" || content_type == "image/jpg") return "jpg";
  return "img";
}

/// As a video names its rate: 25, 30000/1001; where it is none of those, in microseconds.
void SetRate(ClipPlan& plan, double fps) {
  const double whole = std::max(1.0, std::round(fps));
  const auto close = [&](double value, double share) { return std::abs(value - whole) < whole * share; };
  if (!close(fps, 0.0002) && close(fps * 1.001, 0.0002)) {
    plan.rate = static_cast<std::uint32_t>(whole) * 1000;
    plan.scale = 1001;
  } else if (close(fps, 0.003)) {
    plan.rate = static_cast<std::uint32_t>(whole);
    plan.scale = 1;
  } else {
    plan.rate = 1'000'000;
    plan.scale = static_cast<std::uint32_t>(std::clamp(1e6 / fps, 1000.0, 2e6));
  }
}

/// record 7 calls itself image/jpeg, and its 24 bytes begin with "{\"n\":1"
std::string Described(const Frame& frame) {
  constexpr std::size_t kShown = 16;
  std::string beginning;
  for (const char c : frame.image.text().substr(0, kShown)) beginning += c >= 0x20 && c < 0x7F ? c : '.';
  return "record " + std::to_string(frame.id.offset) + " calls itself " + frame.content_type + ", and its " +
         std::to_string(frame.image.size()) + " bytes begin with \"" + beginning + "\"";
}

Answer TooMuch() {
  return BadRequest(
      "a clip has at most 65,535 frames and 2 GB, and this span has more; choose a shorter one "
      "(from, until)");
}

}  // namespace

std::string_view NameOf(ClipFormat format) {
  switch (format) {
    case ClipFormat::kMp4: return "mp4";
    case ClipFormat::kZip: return "zip";
    case ClipFormat::kAvi: break;
  }
  return "avi";
}

std::variant<ClipQuery, std::string> ParseClipQuery(const Request& request, Timestamp now) {
  ClipQuery query;
  QueryValues values(request);
  if (const auto from = MomentOf(values, "from", now)) query.from = *from;
  if (const auto until = MomentOf(values, "until", now)) query.until = *until;
  const std::string format = values.Text("format").value_or("avi");
  if (format == "mp4") {
    query.format = ClipFormat::kMp4;
  } else if (format == "zip") {
    query.format = ClipFormat::kZip;
  } else if (format != "avi") {
    values.Wrong("format", "avi (JPEG as recorded), mp4 (encoded anew) or zip (one file a frame)", format);
  }
  query.key = values.Text("key").value_or("");
  query.id = values.Name("id");
  query.speed = values.TimeLapse();
  if (query.speed != 1 && query.format != ClipFormat::kMp4) {
    values.Complain("speed makes a time-lapse, which is an mp4; add format=mp4");
  }
  if (IsEmptySpan(query.from, query.until)) values.Complain(kEmptySpan);
  if (!values.problem().empty()) return values.problem();
  return query;
}

Payload InFile(const Payload& image, ClipFormat format) {
  if (format != ClipFormat::kAvi) return image;
  return media::UprightJpeg(image).value_or(image);
}

std::size_t ClipPlan::bytes() const {
  std::size_t bytes = 0;
  for (const ClipFrame& frame : frames) bytes += frame.size;
  return bytes;
}

std::variant<ClipPlan, Answer> MakeClipPlan(const ClipQuery& query, Track& track, ClipProgress& progress,
                                            const std::function<bool()>& alive, std::stop_token stop) {
  ClipPlan plan;
  plan.older = OlderThanRetained(track, query.from);
  plan.from = Find(track, query.from, stop);
  // What is still to come cannot be in a file that begins now.
  plan.until = FindEnd(track, query.until, stop).value_or(track.End());
  plan.end = track.End();
  std::int64_t expected = 0;
  for (std::size_t i = 0; i < plan.end.size(); ++i) {
    plan.until[i] = std::min(plan.until[i], plan.end[i]);
    expected += std::max<std::int64_t>(0, plan.until[i] - plan.from[i]);
  }
  progress.frames = expected;
  std::size_t bytes = 0;
  bool mixed = false, too_much = false;
  FramePtr before;
  microseconds shown{0};
  std::int64_t distances = 0;
  ReadSpan(
      track, plan,
      [&](SinkRecord& record) {
        ++progress.frames_done;
        FramePtr frame = MakeFrame(record);
        if (!frame) return alive();
        const std::size_t size = InFile(frame->image, query.format).size();
        bytes += size;
        too_much = plan.frames.size() >= kMostFrames || bytes > kMostClipBytes;
        if (too_much) return false;
        if (plan.frames.empty()) {
          plan.size = media::SizeOf(frame->image).value_or(media::ImageSize{});
          plan.content_type = frame->content_type;
          plan.first = Described(*frame);
        }
        mixed |= frame->content_type != plan.content_type;
        plan.frames.push_back({frame->id, size, frame->image.size(), Extension(frame->content_type)});
        if (const auto distance = before ? Distance(before, frame) : std::nullopt) {
          shown += *distance;
          ++distances;
        }
        before = std::move(frame);
        return plan.frames.size() % 64 != 0 || alive();
      },
      stop);
  if (too_much) return TooMuch();
  if (plan.frames.empty()) {
    return NotFound("there is no frame in this span; /status says from when to when the topic reaches");
  }
  if (mixed) plan.content_type.clear();
  if (distances > 0) SetRate(plan, static_cast<double>(distances) * 1e6 / static_cast<double>(shown.count()));
  return plan;
}

void ReadClip(const ClipPlan& plan, Track& track, const std::function<bool(std::size_t, const SinkRecord&)>& take,
              std::stop_token stop) {
  std::size_t next = 0;
  ReadSpan(
      track, plan,
      [&](SinkRecord& record) {
        if (!media::ImageType(record.headers, record.value)) return true;
        const bool same = next < plan.frames.size() && plan.frames[next].id.offset == record.offset &&
                          plan.frames[next].id.partition == record.partition &&
                          plan.frames[next].stored == record.value.size();
        if (!same) {
          throw std::runtime_error("frame " +
                                   std::to_string(next < plan.frames.size() ? plan.frames[next].id.offset : -1) +
                                   " has been deleted by the topic's retention while the clip was made");
        }
        return take(next++, record) && next < plan.frames.size();
      },
      stop);
  if (next < plan.frames.size() && stop.stop_requested()) throw std::runtime_error("the sink is being stopped");
}

}  // namespace framespool::mjpeg
