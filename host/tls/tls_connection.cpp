#include "tls_connection.h"

#include <openssl/err.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <limits>
#include <stdexcept>

namespace framespool::tls {

namespace {

// OpenSSL's own BIO of a socket writes with write(2): a client that is gone would send SIGPIPE to the whole process.

int Socket(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

int Settle(BIO* bio, ssize_t done) {
  BIO_clear_retry_flags(bio);
  if (done < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) BIO_set_flags(bio, BIO_FLAGS_SHOULD_RETRY);
  return static_cast<int>(done);
}

int Write(BIO* bio, const char* bytes, int size) {
  ssize_t sent = 0;
  do {
    sent = send(Socket(bio), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  Settle(bio, sent);
  if (BIO_should_retry(bio)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int Read(BIO* bio, char* bytes, int size) {
  ssize_t got = 0;
  do {
    got = recv(Socket(bio), bytes, static_cast<std::size_t>(size), MSG_DONTWAIT);
  } while (got < 0 && errno == EINTR);
  Settle(bio, got);
  if (BIO_should_retry(bio)) BIO_set_retry_read(bio);
  if (got == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(got);
}

long Control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
  if (command == BIO_CTRL_FLUSH) return 1;
  return command == BIO_CTRL_EOF && BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
}

const BIO_METHOD* Method() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "framespool socket");
    if (made == nullptr) throw std::runtime_error("OpenSSL has no memory");
    BIO_meth_set_write(made, Write);
    BIO_meth_set_read(made, Read);
    BIO_meth_set_ctrl(made, Control);
    return made;
  }();
  return method;
}

struct FreeSsl {
  void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
};

class Connection final : public TlsConnection {
 public:
  Connection(SSL_CTX* context, int socket) : ssl_(SSL_new(context)) {
    BIO* const bio = BIO_new(Method());
    if (!ssl_ || bio == nullptr) {
      BIO_free(bio);
      ERR_clear_error();
      throw std::runtime_error("there is no memory for a client by TLS");
    }
    BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_accept_state(ssl_.get());
  }

  std::int64_t Send(std::string_view bytes) override {
    if (bytes.empty()) return 0;
    std::size_t sent = 0;
    const int done = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &sent);
    const std::int64_t taken = Result(done, sent);
    if (taken != 0) return taken;
    // Of a client that had said that it will send nothing more OpenSSL says just that, whatever a write has failed by.
    broken_ = true;
    errno = EPIPE;
    return -1;
  }

  std::int64_t Receive(std::span<char> bytes) override {
    std::size_t got = 0;
    const int done = SSL_read_ex(ssl_.get(), bytes.data(), bytes.size(), &got);
    return Result(done, got);
  }

  void EndOutput() override {
    // Of one that is broken, or has not agreed on a key, it must not be called.
    if (!broken_ && SSL_is_init_finished(ssl_.get()) == 1) SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }

  std::uint64_t sent() const noexcept override { return BIO_number_written(SSL_get_wbio(ssl_.get())); }

 private:
  std::int64_t Result(int done, std::size_t size) {
    if (done == 1) return static_cast<std::int64_t>(size);
    const int socket_error = errno;
    const int error = broken_ ? SSL_ERROR_SSL : SSL_get_error(ssl_.get(), done);
    ERR_clear_error();
    switch (error) {
      case SSL_ERROR_ZERO_RETURN: return 0;
      case SSL_ERROR_WANT_READ:
      case SSL_ERROR_WANT_WRITE: errno = EAGAIN; return -1;
      case SSL_ERROR_SYSCALL:
        broken_ = true;
        errno = socket_error == 0 || socket_error == EAGAIN ? ECONNRESET : socket_error;
        return -1;
      default:
        broken_ = true;
        errno = EPROTO;
        return -1;
    }
  }

  const std::unique_ptr<SSL, FreeSsl> ssl_;
  bool broken_ = false;
};

}  // namespace

std::unique_ptr<TlsConnection> ServeTls(SSL_CTX* context, int socket) {
  return std::make_unique<Connection>(context, socket);
}

}  // namespace framespool::tls
