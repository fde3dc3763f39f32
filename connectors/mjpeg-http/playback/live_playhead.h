#pragma once

#include <boost/asio/io_context.hpp>

#include "playback/playhead.h"

namespace framespool::mjpeg {

/// The playhead of `playback=live`: everyone sees the newest frame next. Whoever is slow misses whole frames; nothing
/// is queued and nothing is stored.
class LivePlayhead final : public Playhead {
 public:
  LivePlayhead(boost::asio::io_context& io, const PlayheadSettings& settings) : Playhead(io, settings) {}

  void Open() override;
  void Join(std::shared_ptr<StreamViewer> viewer) override;
  std::optional<Standing> standing() const override { return standing_; }
  void OnIdle(StreamViewer& viewer) override;

 private:
  void OnFed();
  void Serve(StreamViewer& viewer);
  void Rest() override;

  std::uint64_t turn_ = 0;  // counts pictures
  std::optional<Standing> standing_;
};

}  // namespace framespool::mjpeg
