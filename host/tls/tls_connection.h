#pragma once

#include <openssl/ssl.h>

#include <memory>

#include <framespool/tls.h>

namespace framespool::tls {

/// A client at `socket`, with the certificate of `context`. Throws std::runtime_error when there is no memory for it.
std::unique_ptr<TlsConnection> ServeTls(SSL_CTX* context, int socket);

}  // namespace framespool::tls
