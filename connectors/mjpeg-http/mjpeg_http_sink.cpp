#include "mjpeg_http_sink.h"

#include <boost/asio/post.hpp>
#include <future>

#include "http/port_registry.h"

namespace framespool::mjpeg {

namespace {

Place PlaceOf(const SinkConfig& config) { return {config.host, static_cast<std::uint16_t>(config.port), config.path}; }

/// A topic that cannot be is said at once, by the task's failure; a broker that is away is waited for with the port
/// open.
void RequireTopic(const std::string& topic, SinkTaskContext& context) {
  try {
    static_cast<void>(context.Partitions(topic));
  } catch (const RetriableError& error) {
    context.Log(LogLevel::kWarn, std::string("shows nothing yet: ") + error.what());
  }
}

}  // namespace

std::vector<Problem> MjpegHttpSink::Check(const Config& config, const std::string& connector) {
  return PortRegistry::Instance().Check(PlaceOf(config), connector);
}

MjpegHttpSink::MjpegHttpSink(const Config& config, SinkTaskContext& context)
    : path_(config.path),
      tracks_(context, config.topics.front()),
      desk_(std::make_unique<FrameDesk>(tracks_)),
      clips_(std::make_unique<ClipDesk>(context, config.topics.front())) {
  context.PauseConsumption();
  // First of all, since the topic may have to be asked for: who created this connector finds its port open.
  port_ = PortRegistry::Instance().Open(PlaceOf(config), context.connector(), [&](HttpPort& port) {
    site_ =
        std::make_shared<SinkSite>(port.io(), port.endpoint(), config, context, counters_, tracks_, *desk_, *clips_);
    return site_;
  });
  boost::asio::post(port_->io(), [site = site_] { site->Open(); });
  mux_offer_ = std::make_unique<MuxOffer>(tracks_, counters_, site_->origins(), site_->access_policy());
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
  PortRegistry::Instance().Close(std::move(port_), path_);
}

void MjpegHttpSink::Put(std::span<const SinkRecord>, std::stop_token) {}

}  // namespace framespool::mjpeg
