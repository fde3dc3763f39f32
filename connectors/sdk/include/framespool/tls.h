#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "framespool/errors.h"

namespace framespool {

/// One client's connection by TLS, over a socket that somebody else owns, watches and closes. Waits for nothing: its
/// calls are send(2)'s and recv(2)'s on a socket that does not block. One thread at a time.
class FRAMESPOOL_EXPORT TlsConnection {
 public:
  virtual ~TlsConnection() = default;
  /// How many of `bytes` were taken, at least one; or -1 with errno. EAGAIN: the same bytes again when the socket can
  /// be written to. Only behind the first Receive() that brought something: until then it has not been agreed on a key.
  virtual std::int64_t Send(std::string_view bytes) = 0;
  /// How many bytes came, 0 when the client will send nothing more, or -1 with errno. EAGAIN: when the socket can be
  /// read again. What has come may have been decrypted before that: call until it says EAGAIN.
  virtual std::int64_t Receive(std::span<char> bytes) = 0;
  /// Says to the client that nothing more is to come, if that can be said at once.
  virtual void EndOutput() = 0;
  /// Bytes that the socket took so far, with all that TLS has added to them: to be compared with what TCP says of it.
  virtual std::uint64_t sent() const noexcept = 0;
};

/// The worker's certificate, for everything that listens. Any thread. Outlives every task.
class FRAMESPOOL_EXPORT TlsServer {
 public:
  virtual ~TlsServer() = default;
  /// For a client that was accepted at `socket`, which outlives the connection: with the certificate as it is now.
  /// Throws std::runtime_error when there is no memory for it.
  virtual std::unique_ptr<TlsConnection> Accept(int socket) = 0;
};

}  // namespace framespool
