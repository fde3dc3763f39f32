#include "worker_setup.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "version.h"

namespace framespool {

namespace {

/// What a connector must never open, whatever its config says: it could overwrite what the worker lives of.
config::FileAccess Files(const config::WorkerConfig& config, const std::filesystem::path& file,
                         const Belongings& ours) {
  std::vector<config::OwnPath> own{{"data.dir", config.data_dir}, {"the worker's properties", file}};
  if (!config.users_file.empty()) own.push_back({"listeners.users.file", config.users_file});
  if (!config.https_key.empty()) own.push_back({"listeners.https.ssl.key.location", config.https_key});
  if (!config.https_certificate.empty())
    own.push_back({"listeners.https.ssl.certificate.location", config.https_certificate});
  for (const auto& folder : PluginPath(config.plugin_path, ours)) own.push_back({"plugin.path", folder});
  return {{config.file_roots.begin(), config.file_roots.end()}, std::move(own)};
}

void RequireCertificate(const std::vector<rest::Listener>& listeners) {
  const auto secure = std::find_if(listeners.begin(), listeners.end(), [](const auto& each) { return each.is_tls; });
  if (secure == listeners.end()) return;
  throw ConfigError(
      Problem{.field = "listeners",
              .message = "has https://" + secure->host + ":" + std::to_string(secure->port) +
                         ", which needs a certificate: listeners.https.ssl.certificate.location=FILE, and "
                         "listeners.https.ssl.key.location=FILE where its key is in another one",
              .kind = kind::kRequired});
}

void RequireOfThisMachine(const std::vector<rest::Listener>& listeners) {
  for (const rest::Listener& listener : listeners) {
    if (config::IsOfThisMachine(listener.host)) continue;
    const std::string host = listener.host.empty() ? "0.0.0.0" : listener.host;
    throw ConfigError(config::OpenToAll(
        "listeners", (listener.is_tls ? "https://" : "http://") + host + ":" + std::to_string(listener.port), ""));
  }
}

}  // namespace

Belongings FindBelongings() {
  const auto prefix = std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path();
  const auto installed = prefix / kInstalledPlugins;
  if (std::filesystem::is_directory(installed)) return {installed, prefix / "share" / "framespool"};
  return {prefix / "plugins", prefix / "share"};
}

std::vector<std::filesystem::path> PluginPath(const std::vector<std::string>& folders, const Belongings& ours) {
  if (!folders.empty()) return {folders.begin(), folders.end()};
  return {ours.plugins};
}

void RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

std::vector<std::string> Environment() {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) variables.emplace_back(*variable);
  return variables;
}

std::vector<rest::Listener> Listeners(const config::WorkerConfig& config, const std::filesystem::path& file) {
  try {
    auto listeners = rest::ParseListeners(config.listeners);
    if (config.https_certificate.empty()) RequireCertificate(listeners);
    if (config.users_file.empty() && !config.insecure) RequireOfThisMachine(listeners);
    return listeners;
  } catch (const ConfigError& error) {
    const bool from_environment = std::getenv("FRAMESPOOL_LISTENERS") != nullptr;
    throw ConfigError((from_environment ? "environment FRAMESPOOL_LISTENERS" : file.string()) + ": " + error.what(),
                      error.problems());
  }
}

std::unique_ptr<tls::Certificate> CertificateOf(const config::WorkerConfig& config) {
  if (config.https_certificate.empty()) return nullptr;
  return std::make_unique<tls::Certificate>(tls::CertificateFiles{
      .certificate = config.https_certificate, .key = config.https_key, .key_password = config.https_key_password});
}

std::unique_ptr<access::Gatekeeper> GatekeeperOf(const config::WorkerConfig& config, access::KeptFiles kept) {
  if (config.users_file.empty()) return nullptr;
  return std::make_unique<access::Gatekeeper>(config.users_file, std::move(kept));
}

std::filesystem::path CrashFile(const config::WorkerConfig& config) {
  return std::filesystem::path(config.data_dir) / "crash";
}

std::filesystem::path QuarantineFile(const config::WorkerConfig& config) {
  return std::filesystem::path(config.data_dir) / "quarantine.jsonl";
}

herder::HerderOptions HerderOptionsOf(const config::WorkerConfig& config, const config::ConfigProviders& providers,
                                      const std::filesystem::path& file, const Belongings& ours, AccessGate* gate,
                                      TlsServer* tls) {
  herder::HerderOptions options;
  options.version = kVersion;
  options.commit = kCommit;
  options.data_dir = std::filesystem::absolute(config.data_dir).string();
  options.files = Files(config, file, ours);
  options.listening = config::Listening(gate, config.insecure, tls);
  options.converters = config.converters;
  options.providers = providers;
  options.override_policy = config.override_policy;
  options.offset_flush_interval = config.offset_flush_interval;
  options.shutdown_timeout = config.shutdown_timeout;
  options.stall_timeout = config.stall_timeout;
  options.quarantine = QuarantineFile(config);
  return options;
}

}  // namespace framespool
