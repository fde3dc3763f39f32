#include "certificate_file.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

#include <framespool/errors.h>

namespace framespool::tls {

namespace {

namespace fs = std::filesystem;

constexpr const char* kCertificate = "listeners.https.ssl.certificate.location";
constexpr const char* kKey = "listeners.https.ssl.key.location";
constexpr const char* kPassword = "listeners.https.ssl.key.password";
constexpr std::uintmax_t kLargestFile = 1 << 20;

ConfigError Wrong(const char* key, const fs::path& file, const std::string& why) {
  return ConfigError(Problem{.field = key, .message = "names " + file.string() + ", which " + why});
}

/// Only what is a file, and no large one: it may name anything.
std::string ReadText(const char* key, const fs::path& file) {
  std::error_code error;
  if (!fs::is_regular_file(file, error))
    throw Wrong(key, file, error ? "cannot be read: " + error.message() : "is no file");
  if (fs::file_size(file, error) > kLargestFile) throw Wrong(key, file, "is too large for a certificate or a key");
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw Wrong(key, file, std::string("cannot be read: ") + std::strerror(errno));
  return {std::istreambuf_iterator<char>(stream), {}};
}

struct FreeBio {
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
std::unique_ptr<BIO, FreeBio> Reader(const std::string& text) {
  return std::unique_ptr<BIO, FreeBio>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

struct FreeX509 {
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};
using X509Ptr = std::unique_ptr<X509, FreeX509>;

struct FreeKey {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};

void UseCertificates(SSL_CTX* context, const CertificateFiles& files, const std::string& text) {
  const auto reader = Reader(text);
  const X509Ptr own(PEM_read_bio_X509_AUX(reader.get(), nullptr, nullptr, nullptr));
  if (!own) {
    throw Wrong(kCertificate, files.certificate,
                "has no certificate in PEM (-----BEGIN CERTIFICATE-----): " + TakeComplaint());
  }
  if (SSL_CTX_use_certificate(context, own.get()) != 1)
    throw Wrong(kCertificate, files.certificate, "has a certificate that cannot be used: " + TakeComplaint());
  for (;;) {
    X509Ptr signer(PEM_read_bio_X509(reader.get(), nullptr, nullptr, nullptr));
    if (!signer) break;
    if (SSL_CTX_add0_chain_cert(context, signer.get()) != 1)
      throw Wrong(kCertificate, files.certificate, "has a certificate that cannot be used: " + TakeComplaint());
    signer.release();
  }
  ERR_clear_error();  // its end was one
}

/// Asked for a password where there is none, OpenSSL would ask at the terminal.
int GivePassword(char* buffer, int size, int /*writes*/, void* password) {
  const auto& text = *static_cast<const std::string*>(password);
  if (text.empty() || text.size() > static_cast<std::size_t>(size)) return -1;
  std::memcpy(buffer, text.data(), text.size());
  return static_cast<int>(text.size());
}

void UseKey(SSL_CTX* context, const CertificateFiles& files, const std::string& certificate_text) {
  const bool own_file = !files.key.empty();
  const char* field = own_file ? kKey : kCertificate;
  const fs::path& file = own_file ? files.key : files.certificate;
  const std::string text = own_file ? ReadText(kKey, files.key) : certificate_text;
  std::string password = files.key_password;
  const std::unique_ptr<EVP_PKEY, FreeKey> key(
      PEM_read_bio_PrivateKey(Reader(text).get(), nullptr, GivePassword, &password));
  if (!key) {
    if (text.find("PRIVATE KEY-----") == std::string::npos) {
      throw Wrong(field, file,
                  "has no private key in PEM (-----BEGIN PRIVATE KEY-----)" +
                      std::string(own_file ? "" : std::string("; ") + kKey + " names it where it is elsewhere"));
    }
    throw Wrong(field, file,
                std::string("has a private key that cannot be read") +
                    (text.find("ENCRYPTED") != std::string::npos ? std::string("; is ") + kPassword + " right?" : "") +
                    ": " + TakeComplaint());
  }
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    TakeComplaint();
    throw Wrong(field, file,
                "has a private key that is not the one of the certificate in " + files.certificate.string());
  }
}

}  // namespace

std::string TakeComplaint() {
  char text[256] = "nothing is said of why";
  if (const unsigned long error = ERR_peek_last_error(); error != 0) {
    if (const char* reason = ERR_reason_error_string(error)) return ERR_clear_error(), std::string(reason);
    ERR_error_string_n(error, text, sizeof text);
  }
  ERR_clear_error();
  return text;
}

Context ReadContext(const CertificateFiles& files) {
  ERR_clear_error();
  Context context(SSL_CTX_new(TLS_server_method()));
  if (!context) throw std::runtime_error("OpenSSL has no TLS: " + TakeComplaint());
  SSL_CTX* const raw = context.get();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  // Clients that end without a word are many; what they asked for has its own end.
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_CIPHER_SERVER_PREFERENCE |
                               SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);  // tickets do without
  SSL_CTX_set_cipher_list(raw, "ECDHE+AESGCM:ECDHE+CHACHA20");
  const std::string text = ReadText(kCertificate, files.certificate);
  UseCertificates(raw, files, text);
  UseKey(raw, files, text);
  return context;
}

std::chrono::system_clock::time_point EndOf(SSL_CTX* context) {
  std::tm end{};
  const X509* certificate = SSL_CTX_get0_certificate(context);
  if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1)
    return std::chrono::system_clock::time_point::max();
  return std::chrono::system_clock::from_time_t(timegm(&end));
}

}  // namespace framespool::tls
