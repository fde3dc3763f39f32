#include "topic/frame.h"

#include "framespool/media/image.h"
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

}  // namespace

FramePtr MakeFrame(const SinkRecord& record, bool fresh) {
  auto type = media::ImageType(record.headers, record.value);
  if (!type) return nullptr;
  auto frame = std::make_shared<Frame>();
  frame->id = {record.partition, record.offset, record.timestamp};
  frame->pts_us = NumberIn(record.headers, "framespool.pts.us");
  frame->key = record.key;
  frame->fresh = fresh;
  frame->recorded_at = std::chrono::steady_clock::now() - (std::chrono::system_clock::now() - record.timestamp);
  frame->image = record.value.payload();
  frame->content_type = std::move(*type);
  WriteHeaders(*frame);
  return frame;
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
  other->recorded_at = frame.recorded_at;
  other->image = std::move(image);
  other->content_type = std::move(content_type);
  WriteHeaders(*other);
  return other;
}

}  // namespace framespool::mjpeg
