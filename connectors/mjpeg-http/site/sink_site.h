#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/cross_origin.h"
#include "http/http_port.h"
#include "playback/playhead.h"
#include "sink_config.h"
#include "site/frame_desk.h"
#include "site/status_page.h"
#include "site/stream_query.h"

namespace framespool::mjpeg {

/// The pages of one sink: the stream with its playheads, /snapshot, /status, /frames/{offset}. Lives on its port's io
/// thread, but for construction; owned by the task, shared with the port while mounted.
class SinkSite final : public Mount, public std::enable_shared_from_this<SinkSite> {
 public:
  SinkSite(boost::asio::io_context& io, std::uint16_t port, const SinkConfig& config, SinkTaskContext& context,
           SinkCounters& counters, FrameDesk& desk);

  /// Starts the once-a-second work. On the io thread.
  void Open();
  /// Drops the viewers and stores what they have seen. Returns the feeders, told to stop. On the io thread.
  std::vector<std::unique_ptr<Feeder>> Close();

  const std::string& connector() const override { return context_.connector(); }
  bool AllowsOrigin(const Request& request) const override { return origins_->Allows(request.origin, request.host); }
  const std::shared_ptr<const OriginPolicy>& origins() const { return origins_; }
  void Serve(const std::shared_ptr<HttpSession>& session, std::string_view page) override;

 private:
  void Stream(const std::shared_ptr<HttpSession>& session);
  void Snapshot(const std::shared_ptr<HttpSession>& session);
  void Frames(const std::shared_ptr<HttpSession>& session, std::string_view offset);
  void Status(const std::shared_ptr<HttpSession>& session);
  void Ask(const std::shared_ptr<HttpSession>& session, FrameDesk::Question question);

  std::shared_ptr<Playhead> PlayheadFor(const StreamQuery& query);
  std::shared_ptr<Playhead> MakeStored(const std::string& group, Feeder::Origin origin);
  std::size_t Viewers() const;
  StatusFacts Facts() const;
  void Tick();
  void ReportMetrics();

  boost::asio::io_context& io_;
  const SinkConfig config_;
  SinkTaskContext& context_;
  SinkCounters& counters_;
  FrameDesk& desk_;
  const PlayheadSettings settings_;
  const std::shared_ptr<const OriginPolicy> origins_;
  const std::uint16_t port_;
  boost::asio::steady_timer tick_;
  bool closed_ = false;
  std::shared_ptr<std::atomic<bool>> reporting_ = std::make_shared<std::atomic<bool>>(false);
  std::shared_ptr<NextFrame> next_frame_ = std::make_shared<NextFrame>();

  std::shared_ptr<Playhead> main_;                           // what a viewer without a query watches
  std::map<std::string, std::shared_ptr<Playhead>> groups_;  // by name
  std::vector<std::shared_ptr<Playhead>> loose_;             // from=, one viewer each
};

}  // namespace framespool::mjpeg
