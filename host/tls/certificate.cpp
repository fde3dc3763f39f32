#include "tls/certificate.h"

#include <openssl/crypto.h>
#include <sys/stat.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include <base/file_stamp.h>
#include <base/log.h>
#include <framespool/errors.h>

#include "certificate_file.h"
#include "tls_connection.h"

namespace framespool::tls {

namespace {

constexpr std::string_view kLogger = "tls";
constexpr std::chrono::seconds kLook{1};
constexpr std::chrono::hours kSoon{14 * 24};

bool OthersCanRead(const std::filesystem::path& file) {
  struct stat about {};
  return stat(file.c_str(), &about) == 0 && (about.st_mode & S_IROTH) != 0;
}

}  // namespace

struct Certificate::State {
  explicit State(CertificateFiles given)
      : files(std::move(given)),
        stamps(Stamps()),
        context(ReadContext(files)),
        thread([this](const std::stop_token& stop) { Watch(stop); }) {
    Warn();
  }

  std::array<base::FileStamp, 2> Stamps() const { return {base::StampOf(files.certificate), base::StampOf(files.key)}; }
  std::shared_ptr<SSL_CTX> Now() {
    const std::lock_guard lock(mutex);
    return context;
  }
  void Warn();
  void Watch(const std::stop_token& stop);
  void Reload();

  const CertificateFiles files;
  std::array<base::FileStamp, 2> stamps;  // the thread's
  std::mutex mutex;
  std::condition_variable_any changed;
  std::shared_ptr<SSL_CTX> context;
  std::jthread thread;
};

void Certificate::State::Warn() {
  const std::filesystem::path& key = files.key.empty() ? files.certificate : files.key;
  if (OthersCanRead(key))
    log::Warn(kLogger, "everybody on this machine can read the private key in " + key.string() + ": chmod 600 it");
  const auto left = EndOf(Now().get()) - std::chrono::system_clock::now();
  if (left < kSoon) {
    log::Warn(kLogger, "the certificate in " + files.certificate.string() +
                           (left.count() < 0
                                ? " is over: browsers will not take it"
                                : " is over in " +
                                      std::to_string(std::chrono::floor<std::chrono::hours>(left).count()) + " hours") +
                           "; a new one is read as soon as it stands there");
  }
}

void Certificate::State::Reload() {
  const auto seen = Stamps();
  if (seen == std::exchange(stamps, seen)) return;
  try {
    std::shared_ptr<SSL_CTX> fresh = ReadContext(files);
    {
      const std::lock_guard lock(mutex);
      context = std::move(fresh);
    }
    log::Info(kLogger, "read the certificate in " + files.certificate.string() + " again");
    Warn();
  } catch (const ConfigError& error) {
    log::Error(kLogger, std::string(error.what()) + "; the certificate is still the one that it had before",
               error.problems());
  } catch (const std::exception& error) {
    log::Error(kLogger, error.what());
  }
}

void Certificate::State::Watch(const std::stop_token& stop) {
  log::NameThread("tls");
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    changed.wait_for(lock, stop, kLook, [] { return false; });
    if (stop.stop_requested()) return;
    lock.unlock();
    Reload();
    lock.lock();
  }
}

Certificate::Certificate(CertificateFiles files) : state_(std::make_unique<State>(std::move(files))) {}

Certificate::~Certificate() = default;

std::unique_ptr<TlsConnection> Certificate::Accept(int socket) {
  // Each connection holds on to what it is made of.
  return ServeTls(state_->Now().get(), socket);
}

std::string TlsLibrary() { return std::string("OpenSSL ") + OpenSSL_version(OPENSSL_VERSION_STRING); }

}  // namespace framespool::tls
