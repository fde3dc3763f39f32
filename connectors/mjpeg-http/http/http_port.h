#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "http/access_policy.h"
#include "http/http_session.h"
#include "mux/mux_site.h"

namespace framespool::mjpeg {

inline constexpr std::string_view kMux = "/mux";  // many streams in one body; a page of the port, not of a sink

/// What is served below one path of a port.
class Mount {
 public:
  virtual ~Mount() = default;
  virtual const std::string& connector() const = 0;
  virtual const std::string& topic() const = 0;
  /// Any thread: may pages of another site read what is served here?
  virtual bool AllowsOrigin(const Request& request) const = 0;
  /// Any thread: is it asked for by a name of its own?
  virtual bool AllowsHost(const Request& request) const = 0;
  /// Any thread: who may read what is served here.
  virtual const AccessPolicy& access() const = 0;
  /// On the io thread, for those who may. `page` is the path below the mount: "" or "/snapshot".
  virtual void Serve(const std::shared_ptr<HttpSession>& session, std::string_view page) = 0;
};

/// A listening address and the one io thread that serves it. Shared by all sinks that name it; owned by
/// the PortRegistry.
class HttpPort {
 public:
  /// Listens. `channels` are what its /mux shows. Clients are answered by `tls`; null: as they are. Throws
  /// boost::system::system_error.
  HttpPort(const boost::asio::ip::address& address, std::uint16_t port, TlsServer* tls, MuxChannels& channels,
           std::shared_ptr<ScaledFrames> scaled);
  /// Joins the io thread. Nothing may be mounted any more.
  ~HttpPort();

  boost::asio::io_context& io() { return io_; }
  const boost::asio::ip::tcp::endpoint& endpoint() const { return endpoint_; }

  void Add(const std::string& path, std::shared_ptr<Mount> mount);
  void Remove(const std::string& path);
  /// Path and connector of everything mounted.
  std::map<std::string, std::string> Mounted() const;

 private:
  void Accept();
  void Begin(boost::asio::ip::tcp::socket socket);
  /// Ends the connection that has been idle longest: first those that have not said what they want, then those that do
  /// not take their answer. False when all others wait for theirs. Streams are no sessions any more.
  bool MakeRoom();
  void Route(const std::shared_ptr<HttpSession>& session);
  void ServeMux(const std::shared_ptr<HttpSession>& session);

  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer retry_;
  boost::asio::ip::tcp::endpoint endpoint_;
  TlsServer* const tls_;
  const int most_sessions_;
  std::shared_ptr<std::atomic<int>> open_sessions_ = std::make_shared<std::atomic<int>>(0);
  std::deque<std::weak_ptr<HttpSession>> sessions_;  // the io thread's; in the order in which they came
  MuxSite mux_;

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Mount>> mounts_;
  std::atomic<bool> accepting_ = false;

  std::thread thread_;
};

}  // namespace framespool::mjpeg
