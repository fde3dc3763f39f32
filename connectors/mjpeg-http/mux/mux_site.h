#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "http/http_session.h"
#include "mux/mux_viewer.h"

namespace framespool::mjpeg {

/// GET /mux of one port. Owned by the port, on its io thread.
class MuxSite {
 public:
  /// `channels` outlive the port.
  MuxSite(MuxChannels& channels, std::shared_ptr<ScaledFrames> scaled)
      : channels_(channels), scaled_(std::move(scaled)) {}

  /// `known`: the worker's gate has admitted who asks, and no sink need ask again.
  void Serve(const std::shared_ptr<HttpSession>& session, bool known);
  /// Ends all connections.
  void Close();

 private:
  MuxChannels& channels_;
  const std::shared_ptr<ScaledFrames> scaled_;
  std::vector<std::weak_ptr<MuxViewer>> viewers_;
};

}  // namespace framespool::mjpeg
