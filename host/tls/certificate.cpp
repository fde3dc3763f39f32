#include "tls/certificate.h"

#include <openssl/crypto.h>
#include <sys/stat.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <utility>

#include <base/file_stamp.h>
#include <base/log.h>
#include <framespool/errors.h>
#include <framespool/record.h>

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

using std::chrono::system_clock;

/// What a certificate's end means just now.
enum class Term : std::uint8_t { kFar, kNear, kOver };

Term TermOf(SSL_CTX* context) {
  const auto left = EndOf(context) - system_clock::now();
  return left.count() < 0 ? Term::kOver : left < kSoon ? Term::kNear : Term::kFar;
}

}  // namespace

struct Certificate::State {
  explicit State(CertificateFiles given)
      : files(std::move(given)),
        stamps(Stamps()),
        context(ReadContext(files)),
        thread([this](const std::stop_token& stop) { Watch(stop); }) {
    WarnOfReaders();
  }

  std::array<base::FileStamp, 2> Stamps() const { return {base::StampOf(files.certificate), base::StampOf(files.key)}; }
  std::shared_ptr<SSL_CTX> Now() {
    const std::lock_guard lock(mutex);
    return context;
  }
  void WarnOfReaders() const;
  /// Once for each.
  void WarnOfEnd();
  std::string EndInWords(Term now, const std::shared_ptr<SSL_CTX>& used) const;
  void Watch(const std::stop_token& stop);
  void Reload();
  std::shared_ptr<SSL_CTX> ReadBetter();

  const CertificateFiles files;
  std::array<base::FileStamp, 2> stamps;  // the thread's
  Term term = Term::kFar;                 // the thread's: as it was last
  std::mutex mutex;
  std::condition_variable_any changed;
  std::shared_ptr<SSL_CTX> context;
  std::optional<base::StandingProblem> unusable;  // what stands in the files
  std::jthread thread;
};

void Certificate::State::WarnOfReaders() const {
  const std::filesystem::path& key = files.key.empty() ? files.certificate : files.key;
  if (OthersCanRead(key))
    log::Warn(kLogger, "everybody on this machine can read the private key in " + key.string() + ": chmod 600 it");
}

std::string Certificate::State::EndInWords(Term now, const std::shared_ptr<SSL_CTX>& used) const {
  const auto left = EndOf(used.get()) - system_clock::now();
  return "the certificate in " + files.certificate.string() +
         (now == Term::kOver
              ? " is over: browsers will not take it"
              : " is over in " + std::to_string(std::chrono::floor<std::chrono::hours>(left).count()) + " hours") +
         "; a new one is read as soon as it stands there";
}

void Certificate::State::WarnOfEnd() {
  const auto used = Now();
  const Term now = TermOf(used.get());
  if (std::exchange(term, now) != now && now != Term::kFar) log::Warn(kLogger, EndInWords(now, used));
}

std::shared_ptr<SSL_CTX> Certificate::State::ReadBetter() {
  std::shared_ptr<SSL_CTX> fresh = ReadContext(files);
  if (TermOf(fresh.get()) == Term::kOver && TermOf(Now().get()) != Term::kOver)
    throw std::runtime_error("the certificate that stands in " + files.certificate.string() + " now is over");
  return fresh;
}

void Certificate::State::Reload() {
  const auto seen = Stamps();
  if (seen == std::exchange(stamps, seen)) return;
  std::string why;
  std::vector<Problem> problems;
  try {
    std::shared_ptr<SSL_CTX> fresh = ReadBetter();
    {
      const std::lock_guard lock(mutex);
      context = std::move(fresh);
      unusable.reset();
    }
    log::Info(kLogger, "read the certificate in " + files.certificate.string() + " again");
    term = Term::kFar;  // what is to be said of this one is said again
    return WarnOfReaders();
  } catch (const ConfigError& error) {
    why = error.what();
    problems = error.problems();
  } catch (const std::exception& error) {
    why = error.what();
  }
  why += "; the certificate is still the one that it had before";
  log::Error(kLogger, why, problems);
  const std::lock_guard lock(mutex);
  const Timestamp since = unusable ? unusable->since : framespool::Now();
  unusable = {.subject = "certificate", .kind = "certificate-unusable", .message = std::move(why), .since = since};
}

void Certificate::State::Watch(const std::stop_token& stop) {
  log::NameThread("tls");
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    lock.unlock();
    Reload();
    WarnOfEnd();
    lock.lock();
    changed.wait_for(lock, stop, kLook, [] { return false; });
  }
}

Certificate::Certificate(CertificateFiles files) : state_(std::make_unique<State>(std::move(files))) {}

Certificate::~Certificate() = default;

std::unique_ptr<TlsConnection> Certificate::Accept(int socket) {
  // Each connection holds on to what it is made of.
  return ServeTls(state_->Now().get(), socket);
}

std::vector<base::StandingProblem> Certificate::problems() const {
  std::vector<base::StandingProblem> problems;
  std::shared_ptr<SSL_CTX> used;
  {
    const std::lock_guard lock(state_->mutex);
    used = state_->context;
    if (state_->unusable) problems.push_back(*state_->unusable);
  }
  const Term now = TermOf(used.get());
  if (now == Term::kFar) return problems;
  const auto begun = now == Term::kOver ? EndOf(used.get()) : EndOf(used.get()) - kSoon;
  problems.push_back({.subject = "certificate",
                      .kind = now == Term::kOver ? ProblemKind("certificate-over") : ProblemKind("certificate-ends"),
                      .message = state_->EndInWords(now, used),
                      .since = std::chrono::floor<std::chrono::milliseconds>(begun)});
  return problems;
}

std::string TlsLibrary() { return std::string("OpenSSL ") + OpenSSL_version(OPENSSL_VERSION_STRING); }

}  // namespace framespool::tls
