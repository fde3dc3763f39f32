#include "mjpeg_http_sink.h"

#include <boost/asio/post.hpp>
#include <future>

namespace framespool::mjpeg {

namespace {

Place PlaceOf(const SinkConfig& config) { return {config.host, static_cast<std::uint16_t>(config.port), config.path}; }

/// A topic that cannot be is said at once, by the task's failure; a broker that is away is waited for with the port
/// open.
void RequireTopic(const std::string& topic, ViewContext& context) {
  try {
    static_cast<void>(context.Partitions(topic));
  } catch (const RetriableError& error) {
    context.Log(LogLevel::kWarn, std::string("shows nothing yet: ") + error.what());
  }
}

}  // namespace

std::vector<Problem> MjpegHttpSink::Check(const Config& config, const std::string& connector, MjpegLibrary& library) {
  return library.ports().Check(PlaceOf(config), connector);
}

MjpegHttpSink::MjpegHttpSink(const Config& config, ViewContext& context, MjpegLibrary& library)
    : library_(library),
      path_(config.path),
      tracks_(context, config.topics.front(), config.decoders_max),
      desk_(std::make_unique<FrameDesk>(tracks_)),
      clips_(std::make_unique<ClipDesk>(tracks_)) {
  counters_.capture_to_viewer = context.HistogramOf(kCaptureToViewer);
  // First of all, since the topic may have to be asked for: who created this connector finds its port open.
  port_ = library.ports().Open(PlaceOf(config), context.connector(), context.tls(), [&](HttpPort& port) {
    site_ = std::make_shared<SinkSite>(port.io(), port.endpoint(), config, context, counters_, tracks_, *desk_, *clips_,
                                       library.scaled().Get(), library.channels().Of(context.connector()));
    return site_;
  });
  boost::asio::post(port_->io(), [site = site_] { site->Open(); });
  mux_offer_ = std::make_unique<MuxOffer>(library.channels(), tracks_, counters_, *desk_, site_->origins(),
                                          site_->access_policy());
  try {
    RequireTopic(config.topics.front(), context);
  } catch (...) {
    Close();
    throw;
  }
  context.Log(LogLevel::kInfo, "showing " + config.topics.front() + " at " + site_->url());
}

MjpegHttpSink::~MjpegHttpSink() { Close(); }

void MjpegHttpSink::Close() {
  mux_offer_.reset();
  std::promise<std::vector<std::unique_ptr<Feeder>>> closed;
  boost::asio::post(port_->io(), [&] { closed.set_value(site_->Close()); });
  closed.get_future().get().clear();
  // The desk answers on the io thread, so it goes before the port.
  desk_.reset();
  clips_.reset();
  site_.reset();
  library_.ports().Close(std::move(port_), path_);
}

}  // namespace framespool::mjpeg
