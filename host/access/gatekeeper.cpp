#include "access/gatekeeper.h"

#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <array>
#include <chrono>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>

#include <access/password.h>
#include <access/users_file.h>
#include <base/file_stamp.h>
#include <base/log.h>
#include <framespool/errors.h>
#include <framespool/http/text.h>

#include "password_desk.h"
#include "sessions.h"

namespace framespool::access {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kLogger = "access";
constexpr std::chrono::minutes kRemembered{5};
constexpr std::size_t kMostRemembered = 1024;

AccessAnswer Refused(std::string message) {
  return {.kind = AccessAnswer::Kind::kRefused, .message = std::move(message)};
}

AccessAnswer Admitted(const User& user) {
  return {.kind = AccessAnswer::Kind::kAdmitted, .user = user.name, .level = user.level};
}

struct NameAndPassword {
  std::string name;
  std::string password;
};

/// What stands behind `scheme` and spaces; empty for other schemes.
std::string_view After(std::string_view header, std::string_view scheme) {
  if (header.size() <= scheme.size() || header[scheme.size()] != ' ') return {};
  return http::SameText(header.substr(0, scheme.size()), scheme) ? http::Strip(header.substr(scheme.size()))
                                                                 : std::string_view();
}

std::optional<NameAndPassword> BasicOf(std::string_view authorization) {
  const auto text = http::FromBase64(After(authorization, "Basic"));
  const auto colon = text ? text->find(':') : std::string::npos;
  if (colon == std::string::npos) return std::nullopt;
  return NameAndPassword{text->substr(0, colon), text->substr(colon + 1)};
}

/// Passwords that were right a moment ago, as a keyed hash of the header: the key is gone with the process.
class Remembered {
 public:
  Remembered() {
    if (RAND_bytes(key_.data(), static_cast<int>(key_.size())) != 1)
      throw std::runtime_error("OpenSSL has no random bytes");
  }
  void Put(std::string_view authorization, const User& user, Clock::time_point now) {
    if (by_hash_.size() >= kMostRemembered)
      std::erase_if(by_hash_, [&](const auto& each) { return each.second.until <= now; });
    if (by_hash_.size() >= kMostRemembered) by_hash_.clear();
    by_hash_.insert_or_assign(HashOf(authorization), Right{user, now + kRemembered});
  }
  /// Whose it is, if that user still is as he was.
  const User* Find(std::string_view authorization, const Users& users, Clock::time_point now) const {
    const auto found = by_hash_.find(HashOf(authorization));
    if (found == by_hash_.end() || found->second.until <= now) return nullptr;
    const User* user = users.Find(found->second.user.name);
    return user != nullptr && user->hash == found->second.user.hash ? user : nullptr;
  }

 private:
  struct Right {
    User user;
    Clock::time_point until;
  };
  std::string HashOf(std::string_view text) const {
    std::string hash(SHA256_DIGEST_LENGTH, '\0');
    HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()), reinterpret_cast<const unsigned char*>(text.data()),
         text.size(), reinterpret_cast<unsigned char*>(hash.data()), nullptr);
    return hash;
  }

  std::array<unsigned char, 32> key_{};
  std::map<std::string, Right> by_hash_;
};

}  // namespace

struct Gatekeeper::State {
  State(std::filesystem::path file, std::filesystem::path kept)
      : users_file(std::move(file)),
        sessions_file(std::move(kept)),
        stamp(base::StampOf(users_file)),
        users(std::make_shared<Users>(ReadUsersFile(users_file))) {
    Warn();
    RestoreSessions();
  }

  void Warn() const {
    if (const std::string open = OpenTo(users_file); !open.empty())
      log::Warn(kLogger, "listeners.users.file names " + users_file.string() + ", which " + open + ": chmod 600 it");
  }
  std::shared_ptr<const Users> Now() {
    const std::lock_guard lock(mutex);
    return users;
  }
  void RestoreSessions();
  /// Both on the desk's thread.
  void Reload();
  void SaveSessions();
  AccessAnswer CheckPassword(const AccessRequest& request);

  const std::filesystem::path users_file;
  const std::filesystem::path sessions_file;
  base::FileStamp stamp;  // the desk's thread's
  std::mutex mutex;
  std::shared_ptr<const Users> users;
  Remembered remembered;
  Sessions sessions;
  std::optional<PasswordDesk> desk;  // last: its thread uses the others
};

void Gatekeeper::State::RestoreSessions() {
  std::ifstream file(sessions_file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  sessions.Restore(text, Sessions::Clock::now());
}

void Gatekeeper::State::SaveSessions() {
  std::string text;
  {
    const std::lock_guard lock(mutex);
    if (sessions_file.empty() || !sessions.TakeChange()) return;
    text = sessions.Text();
  }
  try {
    ChangeFile(sessions_file, [&](const std::string& /*before*/) { return text; });
  } catch (const std::exception& error) {
    log::Warn(kLogger, std::string("who has logged in has to do it again after the next start: ") + error.what());
  }
}

void Gatekeeper::State::Reload() {
  const base::FileStamp seen = base::StampOf(users_file);
  if (seen == std::exchange(stamp, seen)) return;
  try {
    auto fresh = std::make_shared<const Users>(ReadUsersFile(users_file));
    log::Info(kLogger, "read " + users_file.string() + " again: it has " + std::to_string(fresh->all().size()) +
                           (fresh->all().size() == 1 ? " user" : " users"));
    Warn();
    const std::lock_guard lock(mutex);
    users = std::move(fresh);
  } catch (const ConfigError& error) {
    log::Error(kLogger, std::string(error.what()) + "; the users are still those that it had before", error.problems());
  }
}

AccessAnswer Gatekeeper::State::CheckPassword(const AccessRequest& request) {
  const auto given = BasicOf(request.authorization);
  if (!given) return Refused("this is no log-in");
  const auto known = Now();
  const User* user = known->Find(given->name);
  if (user != nullptr && user->has_token()) user = nullptr;
  // Of who does not exist as well, or the time that it takes would tell.
  const User* hashed = user != nullptr ? user : known->first_with_password();
  if (hashed == nullptr || !IsPassword(given->password, hashed->hash) || user == nullptr) {
    log::Warn(kLogger, "a wrong user or password from " + request.client);
    return Refused("the user or the password is wrong");
  }
  const std::lock_guard lock(mutex);
  remembered.Put(request.authorization, *user, Clock::now());
  return Admitted(*user);
}

Gatekeeper::Gatekeeper(std::filesystem::path users_file, std::filesystem::path sessions_file)
    : state_(std::make_unique<State>(std::move(users_file), std::move(sessions_file))) {
  state_->desk.emplace([state = state_.get()](const AccessRequest& request) { return state->CheckPassword(request); },
                       [state = state_.get()] {
                         state->Reload();
                         state->SaveSessions();
                       });
}

Gatekeeper::~Gatekeeper() {
  state_->desk.reset();
  state_->SaveSessions();
}

std::string Gatekeeper::Begin(const std::string& user, const std::string& origin, bool is_secret) {
  const auto known = state_->Now();
  const std::lock_guard lock(state_->mutex);
  const User* found = known->Find(user);
  // Who has just been taken out of the file gets a secret that stands for nobody.
  const std::string secret =
      found != nullptr ? state_->sessions.Begin(*found, origin, Sessions::Clock::now()) : NewToken();
  state_->desk->LookNow();
  return state_->sessions.cookie_name() + "=" + secret + "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" +
         std::to_string(std::chrono::seconds(Sessions::kLongest).count()) + (is_secret ? "; Secure" : "");
}

std::string Gatekeeper::End(const std::string& cookie) {
  const std::lock_guard lock(state_->mutex);
  const std::string& name = state_->sessions.cookie_name();
  state_->sessions.End(CookieOf(cookie, name));
  state_->desk->LookNow();
  return name + "=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0";
}

std::variant<AccessAnswer, std::unique_ptr<AccessQuestion>> Gatekeeper::Ask(const AccessRequest& request, Then then) {
  const auto known = state_->Now();
  if (request.authorization.empty()) {
    const std::lock_guard lock(state_->mutex);
    const auto secret = CookieOf(request.cookie, state_->sessions.cookie_name());
    const User* user =
        secret.empty() ? nullptr : state_->sessions.Find(secret, request.origin, *known, Sessions::Clock::now());
    if (user != nullptr) return Admitted(*user);
    return Refused(
        "this worker asks who you are: send a user and a password, or a token (Authorization: Bearer TOKEN)");
  }
  if (const auto token = After(request.authorization, "Bearer"); !token.empty()) {
    const User* user = known->FindToken(HashToken(token));
    return user != nullptr ? Admitted(*user) : Refused("this token is none of this worker's");
  }
  if (!BasicOf(request.authorization))
    return Refused("the header Authorization is no Bearer TOKEN and no Basic log-in");
  {
    const std::lock_guard lock(state_->mutex);
    if (const User* user = state_->remembered.Find(request.authorization, *known, Clock::now())) return Admitted(*user);
  }
  return state_->desk->Ask(request, std::move(then));
}

}  // namespace framespool::access
