#pragma once

#include <memory>
#include <string>
#include <vector>

#include "clip/clip_desk.h"
#include "framespool/connector.h"
#include "http/http_port.h"
#include "mjpeg_library.h"
#include "mux/mux_channel.h"
#include "sink_config.h"
#include "sink_counters.h"
#include "site/frame_desk.h"
#include "site/sink_metrics.h"
#include "site/sink_site.h"
#include "topic/topic_source.h"

namespace framespool::mjpeg {

/// Shows a topic's pictures to browsers as multipart/x-mixed-replace: one reader for each playhead, so that a playhead
/// moves only while someone watches it.
class MjpegHttpSink final : public View {
 public:
  using Config = SinkConfig;
  using Library = MjpegLibrary;
  static const ConfigDef<Config>& Describe() { return DescribeSink(); }
  static const std::vector<MetricSpec>& Metrics() { return SinkMetrics(); }
  /// Whether the address can be listened on and the path is free.
  static std::vector<Problem> Check(const Config& config, const std::string& connector, MjpegLibrary& library);

  MjpegHttpSink(const Config& config, ViewContext& context, MjpegLibrary& library);
  /// Drops the viewers, stores what they have seen, gives up the path and the port.
  ~MjpegHttpSink() override;

  std::uint16_t port() const { return port_->endpoint().port(); }

 private:
  void Close();

  MjpegLibrary& library_;
  const std::string path_;
  SinkCounters counters_;
  const TopicSource tracks_;
  std::unique_ptr<FrameDesk> desk_;
  std::unique_ptr<ClipDesk> clips_;
  std::shared_ptr<SinkSite> site_;
  std::shared_ptr<HttpPort> port_;
  std::unique_ptr<MuxOffer> mux_offer_;
};

}  // namespace framespool::mjpeg
