#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <framespool/http/channel.h>
#include <framespool/http/request_reader.h>

#include "http.h"

namespace framespool::rest {

/// What a client may cost.
struct Limits : http::RequestLimits {
  std::size_t connections = 1'000;                 // of one loop; one more makes room for itself
  std::size_t buffered_bytes = 134'217'728;        // of all clients' unfinished requests together
  std::chrono::milliseconds hello_time{10'000};    // to the first byte of the first request, with TLS's handshake
  std::chrono::milliseconds request_time{30'000};  // from a request's first byte to its last
  std::chrono::milliseconds idle_time{300'000};    // between two requests
  std::chrono::milliseconds stall_time{30'000};    // an answer that the client does not read
  std::chrono::milliseconds linger_time{2'000};    // after the last answer, for the client to read it
};

/// How much the clients of a server hold unfinished here, all together. Any thread.
class BufferedBytes {
 public:
  /// `before` has become `now`; the total after that.
  std::size_t Change(std::size_t before, std::size_t now) noexcept { return total_ += now - before; }

 private:
  std::atomic<std::size_t> total_ = 0;
};

/// Answers a request at once, or returns nothing and calls the Responder later, from any thread.
using Dispatch = std::function<std::optional<Response>(const Request&, Responder)>;

/// One client. Requests are answered one after the other: the next is not looked at before the answer to the last one
/// is in the kernel's hands. Owned by the Transport of an EventLoop; its thread is the only one that calls here. It
/// writes to the socket; when it is done() with it, the transport closes.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Clock = std::chrono::steady_clock;
  /// Makes the Responder of the request that a connection is about to dispatch; it ends in a call of Answer().
  using MakeResponder = std::function<Responder(std::weak_ptr<Connection>)>;

  /// `client` is the address at the other end of `channel`.
  Connection(http::Channel channel, std::string client, const Limits& limits, BufferedBytes& buffered,
             const Dispatch& dispatch, const MakeResponder& make_responder);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// Takes what has come.
  void OnReadable();
  void OnWritable();
  /// The late answer to the request under way.
  void Answer(const Response& response);
  /// Called from time to time; gives up when the deadline has passed.
  void OnTick(Clock::time_point now);
  /// Nothing more is to be had from this client.
  void Abort();

  int fd() const noexcept { return channel_.socket(); }
  /// An answer did not fit into the socket: OnWritable() is wanted.
  bool wants_write() const noexcept { return !output_.empty() && !done_; }
  /// Nothing is to come any more from either side: the socket may be closed, and nothing else may be called.
  bool done() const noexcept { return done_; }
  /// What could be ended to make room for another: between two requests, or within one; or behind one whose answer the
  /// client does not take. Nothing when the client waits for us, or has been given up.
  enum class Idle : std::uint8_t { kRequest, kAnswer };
  std::optional<std::pair<Idle, Clock::time_point>> idle_since() const noexcept;

 private:
  void OnInput(std::string_view bytes);
  /// The client will send nothing more.
  void OnEndOfInput();
  /// Serves what has been read, as far as it goes.
  void Serve();
  /// Keeps buffered_ up to date; refuses this client when all of them hold too much.
  void Account();
  void Send(const Response& response, bool close);
  void SendText(std::string text);
  void Flush();
  void Linger();
  void SetDeadline(std::chrono::milliseconds from_now) { deadline_ = Clock::now() + from_now; }

  http::Channel channel_;
  const std::string client_;
  const Limits& limits_;
  BufferedBytes& buffered_;
  std::size_t accounted_ = 0;
  const Dispatch& dispatch_;
  const MakeResponder& make_responder_;

  http::RequestReader reader_;
  Request request_;  // the one under way
  bool busy_ = false;
  std::string output_;
  std::size_t sent_ = 0;  // bytes of output_
  bool close_after_output_ = false;
  bool lingering_ = false;
  std::size_t discarded_ = 0;
  bool done_ = false;
  bool end_of_input_ = false;
  bool reading_ = false;                    // part of a request is here, and deadline_ is for its rest
  Clock::time_point since_ = Clock::now();  // of what idle_since() says
  Clock::time_point deadline_;
};

}  // namespace framespool::rest
