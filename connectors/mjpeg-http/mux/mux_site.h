#pragma once

#include <memory>
#include <vector>

#include "http/http_session.h"
#include "mux/mux_viewer.h"

namespace framespool::mjpeg {

/// GET /mux of one port. Owned by the port, on its io thread.
class MuxSite {
 public:
  void Serve(const std::shared_ptr<HttpSession>& session);
  /// Ends all connections.
  void Close();

 private:
  const std::shared_ptr<ScaledFrames> scaled_ = ScaledFrames::Shared();
  std::vector<std::weak_ptr<MuxViewer>> viewers_;
};

}  // namespace framespool::mjpeg
