#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include <framespool/tls.h>

namespace framespool::http {

/// The bytes of one connection, as they are or by TLS, over a socket that somebody else owns, watches and closes. Waits
/// for nothing. One thread at a time.
class Channel {
 public:
  /// None: every call fails.
  Channel() = default;
  /// `tls` was made for `socket`; null: bytes go as they are.
  explicit Channel(int socket, std::unique_ptr<TlsConnection> tls = nullptr) : socket_(socket), tls_(std::move(tls)) {}

  enum class Sent : std::uint8_t {
    kAll,
    kSome,    // again when the socket can be written to, with what is left first
    kFailed,  // the connection is over
  };
  /// Takes off `pieces` what the socket takes of them.
  Sent Send(std::span<std::string_view> pieces);
  /// As recv(2): 0 when nothing more will come, -1 with errno. Until it says EAGAIN there may be more.
  ssize_t Receive(std::span<char> bytes);
  /// Nothing more is to be sent: says so to the client.
  void EndOutput();

  int socket() const noexcept { return socket_; }
  bool is_tls() const noexcept { return tls_ != nullptr; }
  /// Bytes that the socket took so far, as TCP counts them: with what TLS has added.
  std::uint64_t sent() const noexcept { return tls_ ? tls_->sent() : sent_; }

 private:
  /// Of `pieces`, how many bytes; or -1 with errno.
  ssize_t SendOnce(std::span<const std::string_view> pieces);

  int socket_ = -1;
  std::uint64_t sent_ = 0;
  std::unique_ptr<TlsConnection> tls_;
};

/// Whether the last send(2) or recv(2), or a Channel's, only has to be made again later.
bool HadToWait() noexcept;

}  // namespace framespool::http
