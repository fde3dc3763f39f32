#pragma once

#include <framespool/http/request_reader.h>

#include <array>
#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "framespool/access.h"
#include "http/client.h"
#include "http/http_message.h"

namespace framespool::mjpeg {

/// One connection, from accept until its one request is answered or its socket is taken over by a stream. Requests are
/// bounded in size (8 KB) and time (10 s). Lives on its port's io thread and keeps itself alive while it waits; whoever
/// answers it may let go of it last, on another.
class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  /// Answers the session with Send(), now or later, or takes its socket.
  using Router = std::function<void(const std::shared_ptr<HttpSession>&)>;

  HttpSession(Client client, Router router, std::shared_ptr<std::atomic<int>> open_sessions);
  ~HttpSession();

  void Start();
  const Request& request() const { return request_; }
  /// Lets the page that asked read the answer, though it is another site's. Before Send().
  /// `with_cookie`: also where its request carried the cookie of a log-in.
  void AllowOrigin(bool with_cookie) {
    origin_allowed_ = true;
    cookie_allowed_ = with_cookie;
  }
  /// What says so in the head of an answer that has `told` in it; Send() adds it by itself.
  http::Headers CrossOriginHeaders(const http::Headers& told) const;
  /// Notes in the request by what it is let in, and leaves of it what a link opens of `page`. Why that is nothing, as
  /// Confine() says.
  std::string Admit(const AccessAnswer& answer, std::string_view page, const std::string& connector,
                    const std::string& topic);
  /// Asks who sent the request. `then` is called on the io thread, now or later, unless the connection has ended
  /// before; `gate` outlives the port.
  void Ask(AccessGate& gate, std::function<void(const AccessAnswer&)> then);
  /// Waits for no answer of the gate's any more: before the io thread ends.
  void Withdraw() { question_.reset(); }
  /// On the io thread, once.
  void Send(Answer answer);
  Client TakeClient();
  boost::asio::any_io_executor executor() { return socket_.get_executor(); }

  /// What it waits for.
  enum class Waits { kRequest, kAnswer, kTaken, kEnd };
  Waits waits() const { return waits_; }
  /// Ends the connection, to make room for another.
  void Drop();

 private:
  /// Reads on until the request is there.
  void Receive();
  /// Whether more is wanted.
  bool OnInput(std::string_view bytes);
  void OnRequest(http::Request sent);
  /// Sends on until the answer is out.
  void Write();
  void HangUp();
  void Limit(std::chrono::seconds time);

  Socket socket_;
  http::Channel channel_;
  boost::asio::steady_timer limit_;
  Router router_;
  std::shared_ptr<std::atomic<int>> open_sessions_;
  std::array<char, 4096> received_;
  std::optional<http::RequestReader> reader_;
  Request request_;
  bool origin_allowed_ = false;
  bool cookie_allowed_ = false;
  Waits waits_ = Waits::kRequest;
  std::unique_ptr<AccessQuestion> question_;
  Answer answer_;
  std::string head_;
  std::array<std::string_view, 2> left_;  // of head_ and answer_
};

}  // namespace framespool::mjpeg
