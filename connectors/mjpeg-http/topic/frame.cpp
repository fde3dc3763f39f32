#include "topic/frame.h"

#include <framespool/http/chunked.h>

#include <algorithm>
#include <utility>

#include "framespool/media/image.h"
#include "framespool/media/video_record.h"
#include "topic/record_number.h"

namespace framespool::mjpeg {

namespace {

void WriteHeaders(Frame& frame) {
  frame.first_header = "Content-Type: " + frame.content_type + "\r\n\r\n";
  frame.next_boundary = std::string(kLengthTail) + frame.first_header;
  const std::int64_t milliseconds = frame.id.timestamp.time_since_epoch().count();
  frame.length_header = "\r\nContent-Type: " + frame.content_type +
                        "\r\nContent-Length: " + std::to_string(frame.image.size()) +
                        "\r\nX-Timestamp: " + std::to_string(milliseconds) + "000000" +
                        "\r\nX-Framespool-Offset: " + std::to_string(frame.id.offset) +
                        "\r\nX-Framespool-Partition: " + std::to_string(frame.id.partition) +
                        "\r\nX-Framespool-Timestamp: " + std::to_string(milliseconds) + "\r\n\r\n";
}

/// When it was taken and recorded, on the clock that times what is sent. A camera whose clock is wrong says nothing of
/// the first: it cannot have been later than it was recorded, nor much before.
void TellTimes(Frame& frame, const SinkRecord& record) {
  constexpr std::chrono::seconds kLongestWay{10};
  frame.read_at = std::chrono::steady_clock::now();
  frame.recorded_at = frame.read_at - (std::chrono::system_clock::now() - record.timestamp);
  frame.captured_at = frame.recorded_at;
  if (!frame.awaited) return;
  const auto captured = NumberIn(record.headers, "framespool.capture.us");
  if (!captured) return;
  const auto recorded = std::chrono::microseconds(record.timestamp.time_since_epoch()).count();
  // A timestamp ends with the millisecond.
  if (*captured > recorded + 999 || *captured < recorded - std::chrono::microseconds(kLongestWay).count()) return;
  frame.captured_at -= std::chrono::microseconds(recorded - *captured);
}

constexpr std::string_view kPlaceType = "uuidframespool-frame";
constexpr std::size_t kPlaceBytes = 4 + kPlaceType.size() + 4 + 4 * 8;

/// A box of a type of our own (ISO/IEC 14496-12, 11.1), which players pass over: partition (4 bytes), offset, timestamp
/// in ms since 1970, and when it is decoded and its picture shown by the file's clock in µs (8 bytes each).
std::string PlaceBox(const FrameId& id, const media::FragmentedMp4::Fragment& fragment) {
  std::string box;
  const auto put = [&](std::int64_t value, int size) {
    for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) box += static_cast<char>(value >> shift & 255);
  };
  put(kPlaceBytes, 4);
  box += kPlaceType;
  put(id.partition, 4);
  put(id.offset, 8);
  put(id.timestamp.time_since_epoch().count(), 8);
  put(fragment.decoded_us, 8);
  put(fragment.shown_us, 8);
  return box;
}

constexpr media::FragmentedMp4::Room kRoom{.before = http::kMostChunkHead + kPlaceBytes,
                                           .behind = http::kChunkEnd.size()};

/// Puts into the room around the fragment what each viewer is sent with it, so that it is one piece for all of them.
void TakeIn(Frame& frame, media::FragmentedMp4::Fragment fragment) {
  const std::string box = PlaceBox(frame.id, fragment);
  const auto bytes = std::make_shared<std::vector<std::byte>>(std::move(fragment.bytes));
  const std::size_t begin = http::kMostChunkHead, end = bytes->size() - kRoom.behind;
  const std::string head = http::ChunkHead(end - begin);
  const auto put = [&](std::string_view text, std::size_t at) {
    std::ranges::copy(std::as_bytes(std::span(text)), bytes->data() + at);
  };
  put(head, begin - head.size());
  put(box, begin);
  put(http::kChunkEnd, end);
  const std::string_view all(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  frame.image = Payload(bytes, std::span(*bytes).subspan(kRoom.before, end - kRoom.before));
  frame.placed = all.substr(begin, end - begin);
  frame.chunk = all.substr(begin - head.size());
}

}  // namespace

FramePtr MakeFrame(const SinkRecord& record, bool fresh, bool awaited) {
  auto type = media::ImageType(record.headers, record.value);
  if (!type) return nullptr;
  auto frame = std::make_shared<Frame>();
  frame->id = {record.partition, record.offset, record.timestamp};
  frame->pts_us = NumberIn(record.headers, "framespool.pts.us");
  frame->decoded = NumberIn(record.headers, "framespool.gop").has_value();
  frame->key = record.key;
  frame->fresh = fresh;
  frame->awaited = fresh && awaited;
  TellTimes(*frame, record);
  frame->image = record.value.payload();
  frame->content_type = std::move(*type);
  WriteHeaders(*frame);
  return frame;
}

std::shared_ptr<Frame> MakeFragment(const SinkRecord& record, media::FragmentedMp4& mp4, bool fresh, bool awaited) {
  const auto facts = media::ReadVideoFacts(record.headers);
  if (!facts || record.value.is_null()) return nullptr;
  auto fragment = mp4.Add(record.value.bytes(), *facts, kRoom);
  if (!fragment) return nullptr;
  auto frame = std::make_shared<Frame>();
  frame->id = {record.partition, record.offset, record.timestamp};
  frame->pts_us = facts->dts_us.value_or(facts->pts_us);  // they come in this order
  frame->key = record.key;
  frame->fresh = fresh;
  frame->awaited = fresh && awaited;
  TellTimes(*frame, record);
  frame->content_type = "video/mp4";
  frame->start = std::move(fragment->start);
  frame->begins = fragment->begins;
  frame->codec = facts->codec;
  TakeIn(*frame, *std::move(fragment));
  return frame;
}

Position OffsetsOf(const std::vector<std::optional<SinkRecord>>& records, Position otherwise) {
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (records[i]) otherwise[i] = records[i]->offset;
  }
  return otherwise;
}

FramePtr InOnePiece(const Frame& frame) {
  const std::size_t before = frame.length_header.size(), size = frame.image.size();
  auto bytes = std::make_shared<std::string>();
  bytes->reserve(before + size + frame.next_boundary.size());
  *bytes += frame.length_header;
  *bytes += frame.image.text();
  *bytes += frame.next_boundary;
  auto joined = std::make_shared<Frame>(frame);
  joined->joined = *bytes;
  joined->image = Payload(bytes, std::as_bytes(std::span(*bytes)).subspan(before, size));
  return joined;
}

FramePtr WithImage(const Frame& frame, std::string content_type, Payload image) {
  auto other = std::make_shared<Frame>();
  other->id = frame.id;
  other->pts_us = frame.pts_us;
  other->key = frame.key;
  other->fresh = frame.fresh;
  other->awaited = frame.awaited;
  other->decoded = frame.decoded;
  other->recorded_at = frame.recorded_at;
  other->read_at = frame.read_at;
  other->captured_at = frame.captured_at;
  other->image = std::move(image);
  other->content_type = std::move(content_type);
  WriteHeaders(*other);
  return other;
}

}  // namespace framespool::mjpeg
