#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <access/gatekeeper.h>
#include <config/config_providers.h>
#include <config/worker_config.h>
#include <herder/worker_herder.h>
#include <rest/server.h>
#include <tls/certificate.h>

/// What a worker is made of, from its properties: for main, which runs it, and for lint, which asks one that does not
/// run.
namespace framespool {

/// What came with the program: below its prefix where it is installed (packaging/), beside bin/ where it was built.
struct Belongings {
  std::filesystem::path plugins;
  std::filesystem::path share;  // ui/, and the sample where there is one
};
Belongings FindBelongings();

/// `folders` of plugin.path, or those that came with the program.
std::vector<std::filesystem::path> PluginPath(const std::vector<std::string>& folders, const Belongings& ours);

/// 500 viewers are 500 sockets, a log is many files, and the default soft limit is 1,024.
void RaiseFileLimit();

/// Of this process, as NAME=value.
std::vector<std::string> Environment();

/// Throws ConfigError that says where the wrong one is from: the environment, or the properties in `file`; also where
/// one is open to others than this machine and nobody is asked who he is.
std::vector<rest::Listener> Listeners(const config::WorkerConfig& config, const std::filesystem::path& file);

/// The worker's certificate for https; null where it has none. Throws ConfigError.
std::unique_ptr<tls::Certificate> CertificateOf(const config::WorkerConfig& config);

/// The worker's users; null where it has none. `kept`: who has logged in, and what signs links. Throws ConfigError.
std::unique_ptr<access::Gatekeeper> GatekeeperOf(const config::WorkerConfig& config, access::KeptFiles kept = {});

/// The files of data.dir that are main's: what a crash of the worker leaves (CrashRecorder), and whose it was
/// (Quarantine).
std::filesystem::path CrashFile(const config::WorkerConfig& config);
std::filesystem::path QuarantineFile(const config::WorkerConfig& config);

/// `file`: the worker's properties, which no connector may open. `gate` and `tls` outlive the herder.
herder::HerderOptions HerderOptionsOf(const config::WorkerConfig& config, const config::ConfigProviders& providers,
                                      const std::filesystem::path& file, const Belongings& ours, AccessGate* gate,
                                      TlsServer* tls);

}  // namespace framespool
