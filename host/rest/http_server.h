#pragma once

#include <memory>
#include <string>
#include <vector>

#include <rest/server.h>

#include "connection.h"
#include "event_loop.h"
#include "listen_socket.h"
#include "router.h"
#include "static_pages.h"

namespace framespool::rest {

/// The Server's inside, with limits that a test can choose.
class HttpServer {
 public:
  HttpServer(const std::vector<Listener>& listeners, const Worker& worker, const Limits& limits,
             const std::filesystem::path& page_folder = {}, const Access& access = {});
  const std::vector<std::string>& urls() const noexcept { return urls_; }

 private:
  const Limits limits_;
  const StaticPages pages_;
  const Router router_;
  const Dispatch dispatch_;
  BufferedBytes buffered_;
  std::vector<ListenSocket> sockets_;
  std::vector<std::string> urls_;
  std::vector<std::unique_ptr<EventLoop>> loops_;
};

}  // namespace framespool::rest
