#pragma once

#include <memory>
#include <string>

#include "connection.h"

namespace framespool::rest {

/// One thread of the REST API, with all clients it accepted: a Pistache reactor and transport. Serves from construction
/// to destruction, then its clients are closed. `listen_fd` (non-blocking, shared with other loops), `tls` (null:
/// clients are answered as they are), `limits`, `buffered` and `dispatch` outlive it.
///
/// Of Pistache 0.0.5 it uses the reactor, the transport and its peers. Its listener, its reading, its HTTP parser and
/// its ResponseWriter are kept out, because they can be wedged from outside:
///  - a chunk split inside its CRLF spins the parser; a second Content-Type-like header it cannot read is a 400 or 415
///    (Java's default Accept header is one); of two query parameters with one name, one is lost;
///  - a response that does not fit the send buffer spins on EAGAIN (pistache #949), a response that becomes writable in
///    the same wake-up as new input is not sent until more arrives, and one queued for a client that has left goes to
///    whoever got its file descriptor;
///  - a client that has sent its request and shut down its side is closed before it is answered;
///  - a push between PollableQueue's last pop and its drain of the eventfd sleeps until the next push: a new client, or
///    a response, waits for ever.
/// So connections are accepted on the loop's own thread, http::RequestReader (Boost.Beast) reads requests, and
/// Connection writes answers.
class EventLoop {
 public:
  EventLoop(std::string thread_name, int listen_fd, TlsServer* tls, const Limits& limits, BufferedBytes& buffered,
            const Dispatch& dispatch);
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  ~EventLoop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace framespool::rest
