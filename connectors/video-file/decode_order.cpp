#include "decode_order.h"

namespace framespool::video_file {
namespace {

constexpr int kBehind = 48;
// Bounds what is read where the frame never comes: half an hour of packets.
constexpr std::int64_t kMostPackets = 100'000;

}  // namespace

DecodeOrder::DecodeOrder(PacketReader& packets, std::int64_t frame) {
  bool seen_key = false;
  std::int64_t shown = 0;
  for (int behind = 0; behind < kBehind && shown < kMostPackets;) {
    const auto packet = packets.Next();
    if (!packet) break;
    seen_key = seen_key || packet->key;
    if (!seen_key || !packet->shown) continue;
    if (packet->dts) place_[*packet->dts] = shown;
    ++shown;
    if (packet->pts < frame) ++rank_;
    if (packet->pts == frame) found_ = true;
    if (packet->pts > frame) ++behind;
  }
}

std::optional<std::int64_t> DecodeOrder::Distance(std::int64_t dts) const {
  const auto found = place_.find(dts);
  return found == place_.end() ? std::nullopt : std::optional(found->second - rank_);
}

}  // namespace framespool::video_file
