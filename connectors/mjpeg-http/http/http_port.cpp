#include "http/http_port.h"

#include <framespool/http/origins.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>

#include "http/cross_origin.h"

namespace framespool::mjpeg {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// Connections that are neither answered nor a stream yet: so many, or this share of the process's descriptors, for
// topics and viewers need them too.
constexpr int kMostSessions = 1000;
constexpr int kShare = 4;
constexpr std::chrono::milliseconds kAcceptAgain{100};

int MostSessions() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY) return kMostSessions;
  return static_cast<int>(std::clamp<rlim_t>(files.rlim_cur / kShare, 4, kMostSessions));
}

Answer Preflight() {
  Answer answer;
  answer.content_type = "text/plain";
  answer.headers = http::PreflightHeaders("GET, HEAD, OPTIONS", "Authorization, *");
  answer.headers.emplace_back("Allow", "GET, HEAD, OPTIONS");
  return answer;
}

}  // namespace

HttpPort::HttpPort(const asio::ip::address& address, std::uint16_t port, TlsServer* tls, MuxChannels& channels,
                   std::shared_ptr<ScaledFrames> scaled)
    : work_(asio::make_work_guard(io_)),
      acceptor_(io_),
      retry_(io_),
      tls_(tls),
      most_sessions_(MostSessions()),
      mux_(channels, std::move(scaled)) {
  const tcp::endpoint wanted(address, port);
  acceptor_.open(wanted.protocol());
  acceptor_.set_option(tcp::acceptor::reuse_address(true));
  acceptor_.bind(wanted);
  acceptor_.listen(1024);
  endpoint_ = acceptor_.local_endpoint();
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "mjpeg-http");
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    io_.run();
  });
}

HttpPort::~HttpPort() {
  asio::post(io_, [this] {
    error_code ignored;
    acceptor_.close(ignored);
    retry_.cancel();
    mux_.Close();
    for (const auto& each : sessions_) {
      if (const auto session = each.lock()) session->Withdraw();
    }
    io_.stop();
  });
  thread_.join();
}

void HttpPort::Add(const std::string& path, std::shared_ptr<Mount> mount) {
  {
    const std::lock_guard lock(mutex_);
    mounts_.emplace(path, std::move(mount));
  }
  // Until there is something to serve, clients wait in the backlog: a viewer who comes back while the worker restarts
  // must not be told that his stream does not exist.
  if (!accepting_.exchange(true)) asio::post(io_, [this] { Accept(); });
}

void HttpPort::Remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  mounts_.erase(path);
}

std::map<std::string, std::string> HttpPort::Mounted() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, std::string> mounted;
  for (const auto& [path, mount] : mounts_) mounted.emplace(path, mount->connector());
  return mounted;
}

void HttpPort::Accept() {
  acceptor_.async_accept([this](error_code error, tcp::socket socket) {
    if (error == asio::error::operation_aborted || !acceptor_.is_open()) return;
    if (error == boost::system::errc::too_many_files_open && MakeRoom()) return Accept();
    if (error) {
      // Mostly no file descriptor left: the connection stays in the backlog, so trying again at once would spin.
      retry_.expires_after(kAcceptAgain);
      retry_.async_wait([this](error_code cancelled) {
        if (!cancelled) Accept();
      });
      return;
    }
    if (*open_sessions_ < most_sessions_ || MakeRoom()) Begin(std::move(socket));
    Accept();
  });
}

void HttpPort::Begin(tcp::socket socket) {
  std::unique_ptr<TlsConnection> tls;
  try {
    if (tls_ != nullptr) tls = tls_->Accept(socket.native_handle());
  } catch (const std::exception&) {
    return;  // no memory is left for this client
  }
  const int fd = socket.native_handle();
  const auto session = std::make_shared<HttpSession>(
      Client{std::move(socket), http::Channel(fd, std::move(tls))}, [this](const auto& each) { Route(each); },
      open_sessions_);
  if (sessions_.size() >= 2 * static_cast<std::size_t>(most_sessions_)) {
    std::erase_if(sessions_, [](const auto& each) { return each.expired(); });
  }
  sessions_.push_back(session);
  session->Start();
}

bool HttpPort::MakeRoom() {
  using Waits = HttpSession::Waits;
  std::erase_if(sessions_, [](const auto& each) { return each.expired(); });
  for (const auto idle : {std::array{Waits::kRequest, Waits::kEnd}, std::array{Waits::kTaken, Waits::kTaken}}) {
    for (auto each = sessions_.begin(); each != sessions_.end(); ++each) {
      const auto session = each->lock();
      if (!session || std::find(idle.begin(), idle.end(), session->waits()) == idle.end()) continue;
      session->Drop();
      sessions_.erase(each);
      return true;
    }
  }
  return false;
}

void HttpPort::Route(const std::shared_ptr<HttpSession>& session) {
  const std::string& path = session->request().path;
  std::shared_ptr<Mount> best;
  std::size_t best_size = 0;
  std::string paths;
  bool any_allows = false, any_host = false, asks = false;
  {
    const std::lock_guard lock(mutex_);
    // The port is about to close. To answer nothing says what is true: try again.
    if (mounts_.empty()) return;
    for (const auto& [mounted, mount] : mounts_) {
      paths += (paths.empty() ? "" : ", ") + mounted;
      const bool host = mount->AllowsHost(session->request());
      any_host = any_host || host;
      asks = asks || mount->access().gate() != nullptr;
      any_allows = any_allows || (host && mount->AllowsOrigin(session->request()));
      const std::string_view below = mounted == "/" ? std::string_view() : std::string_view(mounted);
      const bool inside = path.starts_with(below) && (path.size() == below.size() || path[below.size()] == '/');
      if (inside && (!best || below.size() > best_size)) {
        best = mount;
        best_size = below.size();
      }
    }
  }
  if (paths.empty()) return;  // the last sink is just going; so is this connection
  if (best && path != kMux ? !best->AllowsHost(session->request()) : !any_host) {
    return session->Send(Refuse(403, "this sink does not answer to the host name \"" + session->request().host +
                                         "\"; name it in http.allowed.hosts or http.advertised.url where it is one of "
                                         "yours"));
  }
  // A sink that does not allow the page itself is left out of its /mux.
  if (path == kMux ? any_allows : best && best->AllowsOrigin(session->request())) {
    session->AllowOrigin(asks && IsOfHost(session->request().origin, session->request().host));
  }
  if (session->request().method == "OPTIONS") return session->Send(Preflight());
  if (path == kMux) {
    if (session->request().method == "DELETE") return session->Send(WrongMethod("DELETE"));
    return ServeMux(session);
  }
  if (!best)
    return session->Send(Refuse(404, "nothing is served at " + path + "; the streams of this port are: " + paths));
  // Of the session's own request, which stays as it is.
  std::string_view page = std::string_view(path).substr(best_size);
  if (page == "/") page = {};
  const AccessPolicy& access = best->access();
  if (access.Admits(session->request().authorization)) return best->Serve(session, page);
  if (access.gate() == nullptr) return session->Send(access.Refusal());
  session->Ask(*access.gate(), [session = session.get(), best, page](const AccessAnswer& answer) {
    const auto self = session->shared_from_this();
    if (answer.kind != AccessAnswer::Kind::kAdmitted)
      return self->Send(best->access().Refusal(answer, self->request().is_fetch));
    const std::string refused = self->Admit(answer, page, best->connector(), best->topic());
    if (!refused.empty()) return self->Send(Forbidden(refused));
    best->Serve(self, page);
  });
}

void HttpPort::ServeMux(const std::shared_ptr<HttpSession>& session) {
  // Those of the sinks that ask for something themselves say later, each of its stream, whether it is that.
  std::shared_ptr<Mount> asks;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [path, mount] : mounts_) {
      if (mount->access().gate() != nullptr) asks = mount;
      if (!mount->access().Admits(session->request().authorization)) continue;
      asks = nullptr;
      break;
    }
  }
  if (!asks) return mux_.Serve(session, false);
  session->Ask(*asks->access().gate(), [this, session = session.get(), asks](const AccessAnswer& answer) {
    const auto self = session->shared_from_this();
    if (answer.kind != AccessAnswer::Kind::kAdmitted)
      return self->Send(asks->access().Refusal(answer, self->request().is_fetch));
    if (answer.link) return self->Send(Forbidden("this link opens one stream, and /mux has many"));
    self->Admit(answer, kMux, {}, {});
    mux_.Serve(self, true);
  });
}

}  // namespace framespool::mjpeg
