#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "clip/clip_desk.h"
#include "http/cross_origin.h"
#include "http/host_policy.h"
#include "http/http_port.h"
#include "mux/mux_channel.h"
#include "sink_config.h"
#include "site/frame_desk.h"
#include "site/playheads.h"
#include "site/single_frames.h"
#include "site/status_page.h"
#include "site/stream_query.h"
#include "site/timeline.h"

namespace framespool::mjpeg {

/// The pages of one sink. Lives on its port's io thread, but for construction; owned by the task, shared with the port
/// while mounted.
class SinkSite final : public Mount, public std::enable_shared_from_this<SinkSite> {
 public:
  SinkSite(boost::asio::io_context& io, const boost::asio::ip::tcp::endpoint& endpoint, const SinkConfig& config,
           ViewContext& context, SinkCounters& counters, const TopicSource& tracks, FrameDesk& desk, ClipDesk& clips,
           std::shared_ptr<ScaledFrames> scaled, std::shared_ptr<const MuxChannel> channel);

  /// Starts the once-a-second work. On the io thread.
  void Open();
  /// Drops the viewers and stores what they have seen. Returns the feeders, told to stop. On the io thread.
  std::vector<std::unique_ptr<Feeder>> Close();

  const std::string& connector() const override { return context_.connector(); }
  const std::string& topic() const override { return settings_.topic; }
  bool AllowsOrigin(const Request& request) const override { return origins_->Allows(request.origin, request.host); }
  bool AllowsHost(const Request& request) const override { return hosts_.Allows(request.host); }
  const AccessPolicy& access() const override { return *access_; }
  const std::shared_ptr<const OriginPolicy>& origins() const { return origins_; }
  const std::shared_ptr<const AccessPolicy>& access_policy() const { return access_; }
  /// Where viewers find the stream.
  const std::string& url() const { return url_; }
  void Serve(const std::shared_ptr<HttpSession>& session, std::string_view page) override;

 private:
  void Stream(const std::shared_ptr<HttpSession>& session);
  void Video(const std::shared_ptr<HttpSession>& session);
  void Show(const std::shared_ptr<HttpSession>& session, const StreamQuery& defaults);
  void Begin(const std::shared_ptr<HttpSession>& session, const StreamQuery& query, const Playheads::Start& start);
  bool IsFull(const StreamQuery& query) const;
  void RefuseFull(const std::shared_ptr<HttpSession>& session, const StreamQuery& query);
  void Status(const std::shared_ptr<HttpSession>& session);
  void Clip(const std::shared_ptr<HttpSession>& session);
  void CancelClip(const std::shared_ptr<HttpSession>& session);
  void ShowTimeline(const std::shared_ptr<HttpSession>& session);
  void Ask(const std::shared_ptr<HttpSession>& session, FrameDesk::Question question);
  StatusFacts Facts() const;
  void Tick();
  void ReportMetrics();

  boost::asio::io_context& io_;
  const SinkConfig config_;
  ViewContext& context_;
  SinkCounters& counters_;
  FrameDesk& desk_;
  ClipDesk& clips_;
  const std::shared_ptr<ScaledFrames> scaled_;
  const std::shared_ptr<const MuxChannel> channel_;
  const PlayheadSettings settings_;
  const http::HostPolicy hosts_;
  const std::shared_ptr<const OriginPolicy> origins_;
  const std::shared_ptr<const AccessPolicy> access_;
  const std::string url_;
  const std::string mux_url_;
  const std::uint16_t port_;
  boost::asio::steady_timer tick_;
  bool closed_ = false;
  std::shared_ptr<std::atomic<bool>> reporting_ = std::make_shared<std::atomic<bool>>(false);
  std::shared_ptr<NextFrame> next_frame_ = std::make_shared<NextFrame>();
  std::shared_ptr<Timeline> timeline_ = std::make_shared<Timeline>();
  Playheads playheads_;
  const std::shared_ptr<SingleFrames> frames_;
};

}  // namespace framespool::mjpeg
