#pragma once

#include <boost/asio/io_context.hpp>

#include "playback/playhead.h"

namespace framespool::mjpeg {

/// The playhead of `playback=live`: everyone sees the newest frame next. Whoever is slow misses whole frames; nothing
/// is queued and nothing is stored.
class LivePlayhead final : public Playhead {
 public:
  /// `key`: only the records of this key; empty: all.
  LivePlayhead(boost::asio::io_context& io, const PlayheadSettings& settings, std::string key)
      : Playhead(io, settings), key_(std::move(key)), cap_timer_(io) {}

  void Open() override;
  void Join(std::shared_ptr<StreamViewer> viewer) override;
  std::optional<Standing> standing() const override { return standing_; }
  void OnIdle(StreamViewer& viewer) override;

 private:
  void OnFed();
  void Serve(StreamViewer& viewer);
  void ServeLater(Clock::time_point time);
  void Rest() override;

  const std::string key_;
  boost::asio::steady_timer cap_timer_;  // for those whose fps held a frame back that none has followed since
  Clock::time_point cap_due_ = Clock::time_point::max();
  std::uint64_t turn_ = 0;  // counts pictures
  std::optional<Standing> standing_;
};

}  // namespace framespool::mjpeg
