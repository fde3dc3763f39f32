#include "clip/clip_sender.h"

#include <algorithm>
#include <array>

#include "clip/mp4_encoder.h"
#include "framespool/http/entity_tag.h"
#include "http/byte_range.h"

namespace framespool::mjpeg {

namespace {

constexpr std::chrono::seconds kClientPatience{30};

/// screen-20240501T120000Z.avi
std::string FileName(const std::string& connector, Timestamp first, ClipFormat format) {
  std::string name;
  for (const char c : connector) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    name += plain ? c : '-';
  }
  std::string time = TimeText(first).substr(0, 19) + "Z";
  std::erase(time, ':');
  std::erase(time, '-');
  return name + "-" + time + "." + std::string(NameOf(format));
}

BlockingSocket SocketOf(Client client) {
  client.socket.release();
  return BlockingSocket(std::move(client.channel));
}

}  // namespace

ClipSender::ClipSender(const TopicSource& tracks, KnownRemuxes& known, Client client, Request request,
                       std::vector<std::pair<std::string, std::string>> headers)
    : tracks_(&tracks),
      known_(&known),
      context_(&tracks.context()),
      socket_(SocketOf(std::move(client))),
      request_(std::move(request)),
      headers_(std::move(headers)) {}

void ClipSender::Run(const ClipQuery& query, ClipProgress& progress, const std::stop_token& stop) {
  try {
    Make(query, progress, stop);
  } catch (const std::exception& error) {
    if (stop.stop_requested())
      return context_->Log(LogLevel::kDebug, "a clip of " + tracks_->topic() + " was cancelled");
    if (!begun_ && context_->paused()) return SendAnswer(Paused(context_->connector()), stop);
    context_->Log(LogLevel::kWarn, "a clip of " + tracks_->topic() + " was not made: " + error.what());
    if (!begun_) SendAnswer(Busy("the clip cannot be made now: " + std::string(error.what())), stop);
  }
}

void ClipSender::Close(const std::stop_token& stop) {
  // A body that is shorter than was said must not look whole, so what was begun in vain is cut off.
  if (whole_) socket_.Close(stop);
}

void ClipSender::Make(const ClipQuery& query, ClipProgress& progress, const std::stop_token& stop) {
  if (context_->paused()) return SendAnswer(Paused(context_->connector()), stop);
  Track track(*context_, tracks_->topic(), tracks_->decoders(), query.key);
  if (query.from.partition >= track.partitions()) {
    return SendAnswer(BadRequest("partition must be a number from 0 to " + std::to_string(track.partitions() - 1)),
                      stop);
  }
  if (query.format == ClipFormat::kMp4) {
    Track stored(*context_, tracks_->topic(), tracks_->decoders(), query.key, Units::kAsStored);
    const auto remux = MakeRemux(
        query, stored, tracks_->measures_whole() ? Measure::kWhole : Measure::kByBeginnings, *known_, progress,
        [this] { return socket_.alive(); }, stop);
    if (remux) {
      try {
        return SendRemux(*remux, query.from, stored, progress, stop);
      } catch (const UnlikeItsBeginning&) {
        tracks_->MeasureWhole();
        throw;
      }
    }
    if (query.speed != 1) {
      return SendAnswer(Unprocessable("a time-lapse is made of the key frames of one video, and this span has none or "
                                      "several; see key and partition"),
                        stop);
    }
    if (!socket_.alive() || stop.stop_requested()) return;
    progress.frames_done = 0;
  }
  const auto made = MakeClipPlan(
      query, track, progress, [this] { return socket_.alive(); }, stop);
  if (!socket_.alive() || stop.stop_requested()) return;
  if (const auto* answer = std::get_if<Answer>(&made)) return SendAnswer(*answer, stop);
  const auto& plan = std::get<ClipPlan>(made);
  progress.frames = static_cast<std::int64_t>(plan.frames.size());
  progress.frames_done = 0;
  if (query.format == ClipFormat::kMp4) {
    try {
      return SendMp4(plan, track, progress, stop);
    } catch (const NoPictures& error) {
      return SendAnswer(Unprocessable(std::string(error.what()) + ": " + plan.first +
                                      "; mp4 is made of JPEG, PNG and WebP, format=zip holds frames as they are"),
                        stop);
    }
  }
  std::string problem;
  const auto file = query.format == ClipFormat::kZip ? MakeZip(plan) : MakeAvi(plan, problem);
  if (!file) return SendAnswer(Unprocessable(problem), stop);
  SendHead(plan, query.format, file->content_type(), file->size(), progress, stop);
  if (!request_.head()) SendFile(*file, query.format, plan, track, progress, stop);
  whole_ = true;
}

void ClipSender::SendRemux(const Remux& remux, const Moment& from, Track& track, ClipProgress& progress,
                           const std::stop_token& stop) {
  // The same for the same bytes: the head has all sizes and times, and records do not change.
  std::string told(reinterpret_cast<const char*>(remux.head.data()), remux.head.size());
  told += std::to_string(remux.offsets.front());
  const std::string tag = http::EntityTag(told);
  const bool may_be_part = request_.if_range.empty() || request_.if_range == tag;
  const ByteRange range = may_be_part ? ByteRangeOf(request_.range, remux.size()) : ByteRange{0, remux.size()};
  Answer answer;
  answer.status = range.status;
  answer.content_type = "video/mp4";
  answer.headers = headers_;
  answer.headers.emplace_back("Accept-Ranges", "bytes");
  answer.headers.emplace_back("ETag", tag);
  if (range.is_none()) {
    answer.headers.emplace_back("Content-Range", "bytes */" + std::to_string(remux.size()));
    return SendAnswer(std::move(answer), stop);
  }
  if (range.is_part()) {
    answer.headers.emplace_back("Content-Range", "bytes " + std::to_string(range.first) + "-" +
                                                     std::to_string(range.end - 1) + "/" +
                                                     std::to_string(remux.size()));
  }
  answer.headers.emplace_back(
      "Content-Disposition",
      "attachment; filename=\"" + FileName(context_->connector(), remux.first.timestamp, ClipFormat::kMp4) + "\"");
  answer.headers.emplace_back("X-Framespool-Frames", std::to_string(remux.pictures));
  answer.headers.emplace_back("X-Framespool-First-Offset", std::to_string(remux.first.offset));
  answer.headers.emplace_back("X-Framespool-Last-Offset", std::to_string(remux.last.offset));
  if (const auto older = OlderThanRetained(track, from)) answer.headers.emplace_back(kOlderHeader, *older);
  answer.headers.emplace_back("Content-Length", std::to_string(range.end - range.first));
  progress.phase = ClipProgress::Phase::kSending;
  progress.frames = remux.pictures;
  progress.bytes = static_cast<std::int64_t>(range.end - range.first);
  begun_ = true;
  if (!socket_.Write(HeadText(request_.version, answer), kClientPatience, stop)) return;
  bool whole = true;
  if (!request_.head()) {
    ReadRemux(
        remux, track, range.first, range.end,
        [&](std::string_view bytes) {
          whole = socket_.Write(bytes, kClientPatience, stop);
          progress.bytes_done += static_cast<std::int64_t>(bytes.size());
          return whole;
        },
        stop);
  }
  whole_ = whole;
}

void ClipSender::SendFile(ClipFile& file, ClipFormat format, const ClipPlan& plan, Track& track, ClipProgress& progress,
                          const std::stop_token& stop) {
  const auto write = [&](std::string_view bytes) {
    if (!socket_.Write(bytes, kClientPatience, stop)) return false;
    progress.bytes_done += static_cast<std::int64_t>(bytes.size());
    return true;
  };
  if (!write(file.Begin())) return;
  bool whole = true;
  ReadClip(
      plan, track,
      [&](std::size_t index, const SinkRecord& record) {
        const Payload image = InFile(record.value.payload(), format);
        whole = write(file.BeforeFrame(index, record)) && write(image.text()) && write(file.AfterFrame(index));
        ++progress.frames_done;
        return whole;
      },
      stop);
  if (whole) write(file.End());
}

void ClipSender::SendMp4(const ClipPlan& plan, Track& track, ClipProgress& progress, const std::stop_token& stop) {
  if (request_.head()) return SendHead(plan, ClipFormat::kMp4, "video/mp4", 0, progress, stop);
  progress.phase = ClipProgress::Phase::kEncoding;
  Mp4Encoder encoder(plan.rate, plan.scale);
  bool wanted = true;
  ReadClip(
      plan, track,
      [&](std::size_t, const SinkRecord& record) {
        encoder.Add(record.value.text(), stop);
        ++progress.frames_done;
        wanted = socket_.alive();
        return wanted;
      },
      stop);
  if (!wanted) return;
  auto file = encoder.Finish([this] { return socket_.alive(); }, stop);
  if (!file) return;
  SendHead(plan, ClipFormat::kMp4, "video/mp4", file->size(), progress, stop);
  std::array<char, 1 << 16> bytes;
  for (std::size_t got = 0; (got = file->Read(bytes)) > 0;) {
    if (!socket_.Write({bytes.data(), got}, kClientPatience, stop)) return;
    progress.bytes_done += static_cast<std::int64_t>(got);
  }
  whole_ = true;
}

void ClipSender::SendHead(const ClipPlan& plan, ClipFormat format, std::string_view content_type, std::size_t size,
                          ClipProgress& progress, const std::stop_token& stop) {
  Answer answer;
  answer.content_type = content_type;
  answer.headers = headers_;
  answer.headers.emplace_back(
      "Content-Disposition",
      "attachment; filename=\"" + FileName(context_->connector(), plan.frames.front().id.timestamp, format) + "\"");
  answer.headers.emplace_back("X-Framespool-Frames", std::to_string(plan.frames.size()));
  answer.headers.emplace_back("X-Framespool-First-Offset", std::to_string(plan.frames.front().id.offset));
  answer.headers.emplace_back("X-Framespool-Last-Offset", std::to_string(plan.frames.back().id.offset));
  if (plan.older) answer.headers.emplace_back(kOlderHeader, *plan.older);
  if (size > 0) answer.headers.emplace_back("Content-Length", std::to_string(size));
  progress.phase = ClipProgress::Phase::kSending;
  progress.bytes = static_cast<std::int64_t>(size);
  progress.frames_done = 0;
  begun_ = true;
  socket_.Write(HeadText(request_.version, answer), kClientPatience, stop);
}

void ClipSender::SendAnswer(Answer answer, const std::stop_token& stop) {
  begun_ = true;
  answer.headers.insert(answer.headers.end(), headers_.begin(), headers_.end());
  answer.headers.emplace_back("Content-Length", std::to_string(answer.text.size()));
  std::string text = HeadText(request_.version, answer);
  if (!request_.head()) text += answer.text;
  whole_ = socket_.Write(text, kClientPatience, stop);
}

}  // namespace framespool::mjpeg
