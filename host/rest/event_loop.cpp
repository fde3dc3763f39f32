#include "event_loop.h"

#include <base/log.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pistache/peer.h>
#include <pistache/reactor.h>
#include <pistache/tcp.h>
#include <pistache/transport.h>
#include <pistache/version.h>
#include <rest/server.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

namespace framespool::rest {

namespace {

using Pistache::Polling::NotifyOn;
using Pistache::Polling::Tag;
using PeerPtr = std::shared_ptr<Pistache::Tcp::Peer>;

constexpr std::string_view kLogger = "rest";
constexpr int kMaxAcceptsAtOnce = 64;

/// Work for a loop's thread, from any thread. Outlives its loop for those who still hold it; what is posted then is
/// dropped with it.
class Mailbox {
 public:
  Mailbox() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (fd_ < 0) throw std::runtime_error(std::string("rest: cannot make an eventfd: ") + std::strerror(errno));
  }
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;
  ~Mailbox() { close(fd_); }

  int fd() const noexcept { return fd_; }

  void Post(std::function<void()> work) {
    {
      const std::lock_guard lock(mutex_);
      work_.push_back(std::move(work));
    }
    eventfd_write(fd_, 1);
  }

  /// The eventfd is emptied before the work is taken, so that no post can be slept over.
  std::vector<std::function<void()>> Take() {
    eventfd_t count = 0;
    eventfd_read(fd_, &count);
    const std::lock_guard lock(mutex_);
    return std::exchange(work_, {});
  }

 private:
  const int fd_;
  std::mutex mutex_;
  std::vector<std::function<void()>> work_;
};

/// One client's trouble must not cost the others of its wake-up theirs: events come once only.
template <class Work>
void Guarded(const Work& work) {
  try {
    work();
  } catch (const std::exception& error) {
    log::Error(kLogger, std::string("an event of a client could not be handled: ") + error.what());
  } catch (...) {
    log::Error(kLogger, "an event of a client could not be handled: an exception that is no std::exception");
  }
}

/// Of the client at the other end, without its port; as text that fits into a log and a history.
std::string AddressOf(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  char text[NI_MAXHOST] = "";
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
      getnameinfo(reinterpret_cast<sockaddr*>(&address), size, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0) {
    return "unknown";
  }
  return text;
}

/// Pistache wants one; what comes from a peer is received here before Pistache would.
class Unused final : public Pistache::Tcp::Handler {
  PROTOTYPE_OF(Pistache::Tcp::Handler, Unused)
 public:
  void onInput(const char* /*bytes*/, std::size_t /*size*/, const PeerPtr& /*peer*/) override {}
};

/// Keeps Pistache's peers and has the reactor watch them; accepts, reads, writes, and keeps the time itself. All on the
/// loop's thread.
class Transport final : public Pistache::Tcp::Transport {
 public:
  Transport(int listen_fd, TlsServer* tls, const Limits& limits, BufferedBytes& buffered, const Dispatch& dispatch)
      : Pistache::Tcp::Transport(std::make_shared<Unused>()),
        listen_fd_(listen_fd),
        tls_(tls),
        limits_(limits),
        buffered_(buffered),
        dispatch_(dispatch),
        make_responder_([this](std::weak_ptr<Connection> connection) { return ResponderOf(std::move(connection)); }) {
    timer_fd_ = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (timer_fd_ < 0) throw std::runtime_error(std::string("rest: cannot make a timerfd: ") + std::strerror(errno));
  }
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  ~Transport() override { close(timer_fd_); }

  std::shared_ptr<Pistache::Aio::Handler> clone() const override {
    throw std::logic_error("a rest transport belongs to one thread");
  }

  void registerPoller(Pistache::Polling::Epoll& poller) override {
    Pistache::Tcp::Transport::registerPoller(poller);
    for (const int fd : {listen_fd_, mailbox_->fd(), timer_fd_}) {
      poller.addFd(fd, Pistache::Flags<NotifyOn>(NotifyOn::Read), Tag(static_cast<std::uint64_t>(fd)));
    }
  }

  void onReady(const Pistache::Aio::FdSet& fds) override {
    for (const auto& event : fds) Guarded([&] { OnEvent(event); });
  }

  /// When the loop's thread has ended.
  void CloseAll();

 private:
  struct Client {
    PeerPtr peer;
    std::shared_ptr<Connection> connection;
    bool write_armed = false;
  };

  void OnEvent(const Pistache::Aio::FdSet::Entry& event);
  /// Lets `work` be done with a client, and closes it or asks for its next event as it says after that.
  template <class Work>
  void With(int fd, const Work& work);
  void Accept();
  void SetAccepting(bool accepting);
  void CloseIdlest();
  void OnTick();
  void SetTicking(bool ticking);
  /// After each call of a connection.
  void Settle(int fd, Client& client);
  Responder ResponderOf(std::weak_ptr<Connection> connection);

  const int listen_fd_;
  TlsServer* const tls_;
  const Limits& limits_;
  BufferedBytes& buffered_;
  const Dispatch& dispatch_;
  const std::shared_ptr<Mailbox> mailbox_ = std::make_shared<Mailbox>();
  const Connection::MakeResponder make_responder_;
  int timer_fd_ = -1;
  bool accepting_ = true;
  bool ticking_ = false;
  std::unordered_map<int, Client> clients_;
};

template <class Work>
void Transport::With(int fd, const Work& work) {
  const auto found = clients_.find(fd);
  if (found == clients_.end()) return;
  Client& client = found->second;
  try {
    work(*client.connection);
  } catch (...) {
    client.connection->Abort();
    Settle(fd, client);
    throw;
  }
  Settle(fd, client);
}

void Transport::Settle(int fd, Client& client) {
  if (client.connection->done()) {
    const PeerPtr peer = client.peer;
    clients_.erase(fd);
    removePeer(peer);
  } else if (client.connection->wants_write() != client.write_armed) {
    client.write_armed = !client.write_armed;
    const auto interest = client.write_armed ? NotifyOn::Read | NotifyOn::Write : NotifyOn::Read;
    reactor()->modifyFd(key(), fd, interest, Pistache::Polling::Mode::Edge);
  }
}

void Transport::OnEvent(const Pistache::Aio::FdSet::Entry& event) {
  const auto fd = static_cast<int>(event.getTag().value());
  if (fd == listen_fd_) return Accept();
  if (fd == timer_fd_) return OnTick();
  if (fd == mailbox_->fd()) {
    for (const auto& work : mailbox_->Take()) Guarded(work);
    return;
  }
  With(fd, [&](Connection& connection) {
    if (event.isWritable()) connection.OnWritable();
    if (event.isReadable()) connection.OnReadable();
  });
}

void Transport::Accept() {
  for (int i = 0; i < kMaxAcceptsAtOnce; ++i) {
    const int fd = accept4(listen_fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        log::Warn(kLogger,
                  std::string("cannot accept a client: ") + std::strerror(errno) +
                      "; closing the one that has been idle longest. Raise the limit of open files (ulimit -n)");
        CloseIdlest();
        SetAccepting(false);
      }
      return;
    }
    if (clients_.size() >= limits_.connections) CloseIdlest();
    const int on = 1;
    const auto user_timeout = static_cast<unsigned>(limits_.stall_time.count());
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout, sizeof user_timeout);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    const auto peer = Pistache::Tcp::Peer::Create(fd, Pistache::Address());
    auto connection = std::make_shared<Connection>(http::Channel(fd, tls_ == nullptr ? nullptr : tls_->Accept(fd)),
                                                   AddressOf(fd), limits_, buffered_, dispatch_, make_responder_);
    handleNewPeer(peer);
    clients_.insert_or_assign(fd, Client{.peer = peer, .connection = std::move(connection)});
    SetTicking(true);
  }
}

void Transport::SetAccepting(bool accepting) {
  if (accepting_ == accepting) return;
  accepting_ = accepting;
  if (accepting)
    reactor()->registerFd(key(), listen_fd_, NotifyOn::Read);
  else
    reactor()->removeFd(key(), listen_fd_);
  SetTicking(true);
}

void Transport::CloseIdlest() {
  // One that keeps us waiting for the rest of a request counts as idle too: Slowloris has many of these. Those that do
  // not take their answer come behind all of them.
  const Connection* idlest = nullptr;
  for (const auto& [fd, client] : clients_) {
    const auto since = client.connection->idle_since();
    if (since && (idlest == nullptr || *since < *idlest->idle_since())) idlest = client.connection.get();
  }
  if (idlest != nullptr) With(idlest->fd(), [](Connection& connection) { connection.Abort(); });
}

Responder Transport::ResponderOf(std::weak_ptr<Connection> connection) {
  return [this, mailbox = mailbox_, connection = std::move(connection)](Response response) {
    mailbox->Post([this, connection, response = std::move(response)] {
      const auto alive = connection.lock();
      if (alive) With(alive->fd(), [&](Connection& same) { same.Answer(response); });
    });
  };
}

void Transport::SetTicking(bool ticking) {
  if (ticking_ == ticking) return;
  ticking_ = ticking;
  const auto shortest =
      std::min({limits_.hello_time, limits_.request_time, limits_.idle_time, limits_.stall_time, limits_.linger_time});
  const auto tick = std::clamp(shortest / 2, std::chrono::milliseconds(10), std::chrono::milliseconds(1000));
  itimerspec spec{};
  if (ticking) {
    spec.it_interval.tv_sec = tick.count() / 1000;
    spec.it_interval.tv_nsec = tick.count() % 1000 * 1'000'000;
  }
  spec.it_value = spec.it_interval;
  timerfd_settime(timer_fd_, 0, &spec, nullptr);
}

void Transport::OnTick() {
  std::uint64_t times = 0;
  if (read(timer_fd_, &times, sizeof times) < 0) return;
  SetAccepting(true);
  const auto now = Connection::Clock::now();
  for (auto next = clients_.begin(); next != clients_.end();) {
    const int fd = next++->first;  // it may be gone after that
    Guarded([&] { With(fd, [&](Connection& connection) { connection.OnTick(now); }); });
  }
  if (clients_.empty()) SetTicking(false);
}

void Transport::CloseAll() {
  std::vector<PeerPtr> open;
  for (const auto& [fd, client] : clients_) open.push_back(client.peer);
  clients_.clear();
  for (const auto& peer : open) removePeer(peer);
}

}  // namespace

struct EventLoop::State {
  std::shared_ptr<Transport> transport;
  Pistache::Aio::Reactor reactor;
  std::thread thread;
};

EventLoop::EventLoop(std::string thread_name, int listen_fd, TlsServer* tls, const Limits& limits,
                     BufferedBytes& buffered, const Dispatch& dispatch)
    : state_(std::make_unique<State>()) {
  state_->transport = std::make_shared<Transport>(listen_fd, tls, limits, buffered, dispatch);
  state_->reactor.init(Pistache::Aio::SyncContext());
  state_->reactor.addHandler(state_->transport);
  state_->thread = std::thread([reactor = &state_->reactor, name = std::move(thread_name)] {
    log::NameThread(name);
    Guarded([&] { reactor->run(); });
  });
}

EventLoop::~EventLoop() {
  state_->reactor.shutdown();
  state_->thread.join();
  state_->transport->CloseAll();
}

std::string ServerLibrary() {
  using namespace Pistache::Version;
  return "Pistache " + std::to_string(Major) + "." + std::to_string(Minor) + "." + std::to_string(Patch);
}

}  // namespace framespool::rest
