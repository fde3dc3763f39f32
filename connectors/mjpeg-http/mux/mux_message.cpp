#include "mux/mux_message.h"

#include <nlohmann/json.hpp>

namespace framespool::mjpeg {

namespace {

using Json = nlohmann::ordered_json;

void Put(std::array<char, 24>& header, std::size_t at, std::size_t bytes, std::uint64_t value) {
  for (std::size_t i = 0; i < bytes; ++i) header[at + i] = static_cast<char>(value >> (8 * (bytes - 1 - i)) & 0xFF);
}

void Label(MuxMessage& message, std::uint8_t type, std::size_t stream, std::int64_t offset, Timestamp time) {
  const MuxMessage::Pieces pieces = message.pieces();
  std::size_t size = 0;
  for (std::size_t i = 1; i < pieces.size(); ++i) size += pieces[i].size();
  Put(message.header, 0, 4, size);
  Put(message.header, 4, 1, type);
  Put(message.header, 6, 2, stream);
  Put(message.header, 8, 8, static_cast<std::uint64_t>(offset));
  Put(message.header, 16, 8, static_cast<std::uint64_t>(time.time_since_epoch().count()));
}

MuxMessage JsonMessage(const Json& json, std::size_t stream) {
  MuxMessage message;
  message.json = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  Label(message, 0, stream, 0, Now());
  return message;
}

}  // namespace

MuxMessage::Pieces MuxMessage::pieces() const {
  const std::string_view head(header.data(), header.size());
  if (!fragment) return {head, image.size() > 0 ? image.text() : std::string_view(json), {}};
  const std::string_view start = starts ? fragment->start->bytes.text() : std::string_view();
  return {head, start, fragment->placed};
}

MuxMessage NamesMessage(const std::vector<std::string>& streams) { return JsonMessage(Json{{"streams", streams}}, 0); }

MuxMessage StateMessage(std::size_t stream, const std::string& name, std::string_view state,
                        const std::string& reason) {
  Json json{{"stream", name}, {"state", state}};
  if (!reason.empty()) json["reason"] = reason;
  return JsonMessage(json, stream);
}

MuxMessage VideoBeginsMessage(std::size_t stream, const std::string& name, const std::string& codecs) {
  return JsonMessage(Json{{"stream", name}, {"state", "live"}, {"video", "video/mp4; codecs=\"" + codecs + "\""}},
                     stream);
}

MuxMessage ClockMessage(Timestamp moment, double speed) {
  return JsonMessage(Json{{"clock", moment.time_since_epoch().count()}, {"speed", speed}}, 0);
}

MuxMessage PictureMessage(std::size_t stream, std::uint8_t type, const FrameId& id, Payload image) {
  MuxMessage message;
  message.image = std::move(image);
  Label(message, type, stream, id.offset, id.timestamp);
  return message;
}

MuxMessage VideoMessage(std::size_t stream, FramePtr fragment, bool starts) {
  MuxMessage message;
  const FrameId id = fragment->id;
  message.fragment = std::move(fragment);
  message.starts = starts;
  Label(message, 4, stream, id.offset, id.timestamp);
  return message;
}

std::uint8_t MuxType(std::string_view content_type) {
  if (content_type == "image/jpeg" || content_type == "image/jpg") return 1;
  if (content_type == "image/png") return 2;
  if (content_type == "image/webp") return 3;
  return 0;
}

}  // namespace framespool::mjpeg
