#pragma once

#include <memory>
#include <string>
#include <vector>

#include "clip/clip_desk.h"
#include "framespool/connector.h"
#include "http/http_port.h"
#include "mux/mux_channel.h"
#include "sink_config.h"
#include "sink_counters.h"
#include "site/frame_desk.h"
#include "site/sink_site.h"
#include "topic/topic_source.h"

namespace framespool::mjpeg {

/// Shows a topic's pictures to browsers as multipart/x-mixed-replace. It reads for itself, one reader for each
/// playhead, so that a playhead can move only while someone watches it; the worker delivers nothing to it.
class MjpegHttpSink final : public SinkTask {
 public:
  using Config = SinkConfig;
  static const ConfigDef<Config>& Describe() { return DescribeSink(); }
  /// Whether the address can be listened on and the path is free.
  static std::vector<Problem> Check(const Config& config, const std::string& connector);

  MjpegHttpSink(const Config& config, SinkTaskContext& context);
  /// Drops the viewers, stores what they have seen, gives up the path and the port.
  ~MjpegHttpSink() override;

  void Put(std::span<const SinkRecord> records, std::stop_token stop) override;

  std::uint16_t port() const { return port_->endpoint().port(); }

 private:
  void Close();

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
