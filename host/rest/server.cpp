#include <rest/server.h>

#include <stdexcept>

#include "access_policy.h"
#include "http_server.h"

namespace framespool::rest {

namespace {

/// Two, so that one large body or answer does not hold up everyone.
constexpr int kLoopsPerListener = 2;

}  // namespace

HttpServer::HttpServer(const std::vector<Listener>& listeners, const Worker& worker, const Limits& limits,
                       const std::filesystem::path& page_folder, const Access& access)
    : limits_(limits),
      pages_(page_folder),
      router_(worker, pages_, std::make_shared<const AccessPolicy>(listeners, access), access.gate),
      dispatch_(
          [this](const Request& request, const Responder& responder) { return router_.Handle(request, responder); }) {
  for (const Listener& listener : listeners) {
    sockets_.emplace_back(listener);
    urls_.push_back(sockets_.back().url());
  }
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    if (listeners[i].is_tls && access.tls == nullptr) throw std::logic_error("a listener of https has no certificate");
    TlsServer* const tls = listeners[i].is_tls ? access.tls : nullptr;
    for (int loop = 0; loop < kLoopsPerListener; ++loop) {
      loops_.push_back(std::make_unique<EventLoop>("rest-" + std::to_string(loops_.size()), sockets_[i].fd(), tls,
                                                   limits_, buffered_, dispatch_));
    }
  }
}

struct Server::State {
  HttpServer http;
};

Server::Server(const std::vector<Listener>& listeners, const Worker& worker, const std::filesystem::path& page_folder,
               const Access& access)
    : state_(new State{.http = HttpServer(listeners, worker, Limits{}, page_folder, access)}) {}

Server::~Server() = default;

const std::vector<std::string>& Server::urls() const noexcept { return state_->http.urls(); }

}  // namespace framespool::rest
