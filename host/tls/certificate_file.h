#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <memory>

#include <tls/certificate.h>

namespace framespool::tls {

struct FreeContext {
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};
using Context = std::unique_ptr<SSL_CTX, FreeContext>;

/// What connections are made of, with what `files` hold now. Throws as Certificate() does.
Context ReadContext(const CertificateFiles& files);

/// When its certificate is over.
std::chrono::system_clock::time_point EndOf(SSL_CTX* context);

/// The last thing that OpenSSL complained of on this thread, in its words; forgets all of them.
std::string TakeComplaint();

}  // namespace framespool::tls
