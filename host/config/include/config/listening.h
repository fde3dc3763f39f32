#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <framespool/access.h>
#include <framespool/config_def.h>
#include <framespool/tls.h>

namespace framespool::config {

/// Whether only programs of this machine can call who listens at `host`, an address as in a URL or localhost. Other
/// names may lead anywhere.
bool IsOfThisMachine(std::string_view host);

/// Of who would listen beyond this machine and ask nobody who he is: what to write. `field` names the address;
/// `instead`: what else helps, beginning with "or ".
Problem OpenToAll(std::string field, const std::string& where, const std::string& instead);

/// Where connectors may listen, and who is asked there: beyond this machine only if the worker has users, the connector
/// asks for a credential of its own, or the worker's owner wants it so. Immutable; any thread.
class Listening {
 public:
  /// Anywhere.
  Listening() = default;
  /// `gate` knows the worker's users, and outlives every task; null: it has none, and `insecure` says whether
  /// connectors listen anywhere all the same. `tls` has the worker's certificate, and outlives them too; null: none.
  Listening(AccessGate* gate, bool insecure, TlsServer* tls = nullptr)
      : anywhere_(insecure || gate != nullptr), gate_(gate), tls_(tls) {}

  AccessGate* gate() const noexcept { return gate_; }
  TlsServer* tls() const noexcept { return tls_; }

  /// What of `config` listens where it must not: of each of `fields` with Role::kHost.
  std::vector<Problem> Problems(std::span<const FieldSpec> fields, const RawConfig& config) const;
  /// Throws ConfigError with them.
  void Require(std::span<const FieldSpec> fields, const RawConfig& config) const;

 private:
  bool anywhere_ = true;
  AccessGate* gate_ = nullptr;
  TlsServer* tls_ = nullptr;
};

}  // namespace framespool::config
