#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <base/standing_problem.h>
#include <framespool/tls.h>

namespace framespool::tls {

/// Both in PEM. The certificate's has those that sign it behind it, up to one that clients know.
struct CertificateFiles {
  std::filesystem::path certificate;
  std::filesystem::path key;  // empty: it stands in the certificate's file
  std::string key_password = {};
};

/// The worker's certificate at its door: what https is answered with, by REST and by everything that connectors listen
/// with. TLS 1.2 and newer. Its files are read again within a second or two when they change, by a thread of its own
/// ("tls"); while they are wrong or gone it is the one that they had before. Connections keep the one that they began
/// with. Any thread.
class Certificate final : public TlsServer {
 public:
  /// Throws ConfigError that names the key of worker.properties, the file, and what is wrong with it. Logs what others
  /// may do with the key that they should not, and a certificate that is over or soon will be.
  explicit Certificate(CertificateFiles files);
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;
  ~Certificate() override;

  std::unique_ptr<TlsConnection> Accept(int socket) override;

  /// What is wrong with it now: its files are, or its end is near.
  std::vector<base::StandingProblem> problems() const;

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

/// Name and version of what TLS is by: "OpenSSL 3.0.17".
std::string TlsLibrary();

}  // namespace framespool::tls
