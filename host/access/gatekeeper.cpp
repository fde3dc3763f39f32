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
#include <stop_token>
#include <utility>

#include <access/password.h>
#include <access/users_file.h>
#include <base/file_stamp.h>
#include <base/log.h>
#include <framespool/errors.h>
#include <framespool/http/text.h>

#include "password_desk.h"
#include "sessions.h"
#include "viewer_links.h"

namespace framespool::access {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kLogger = "access";
constexpr std::chrono::minutes kRemembered{5};
constexpr std::size_t kMostRemembered = 1024;

AccessAnswer Refused(std::string message) {
  return {.kind = AccessAnswer::Kind::kRefused, .message = std::move(message)};
}

std::string ReadAll(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
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
  State(std::filesystem::path file, KeptFiles kept)
      : users_file(std::move(file)),
        sessions_file(std::move(kept.sessions)),
        links_file(std::move(kept.links)),
        stamp(base::StampOf(users_file)),
        users(std::make_shared<Users>(ReadUsersFile(users_file))) {
    Warn();
    sessions.Restore(ReadAll(sessions_file), Sessions::Clock::now());
    links.Restore(ReadAll(links_file));
  }

  void Warn() const {
    if (const std::string open = OpenTo(users_file); !open.empty())
      log::Warn(kLogger, "listeners.users.file names " + users_file.string() + ", which " + open + ": chmod 600 it");
  }
  std::shared_ptr<const Users> Now() {
    const std::lock_guard lock(mutex);
    return users;
  }
  /// On the desk's thread, the three.
  void Reload();
  void SaveSessions();
  void EndLinks();
  AccessAnswer CheckPassword(const AccessRequest& request);
  /// Throws std::system_error.
  void SaveLinks();
  /// Under the lock, as is the next. `user` may be of a moment ago.
  AccessAnswer Admit(const User& user);
  AccessAnswer CheckLink(const std::string& secret) const;

  const std::filesystem::path users_file;
  const std::filesystem::path sessions_file;
  const std::filesystem::path links_file;
  base::FileStamp stamp;  // the desk's thread's
  std::mutex mutex;
  std::shared_ptr<const Users> users;
  Remembered remembered;
  Sessions sessions;
  ViewerLinks links;
  std::map<std::string, std::stop_source> admitted;  // users, by name, until their lines change
  std::mutex links_file_mutex;                       // taken before the other
  std::optional<PasswordDesk> desk;                  // last: its thread uses the others
};

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
    std::erase_if(admitted, [&](auto& each) {
      const User* before = users->Find(each.first);
      const User* now = fresh->Find(each.first);
      const bool stays = before != nullptr && now != nullptr && *before == *now;
      if (!stays) each.second.request_stop();
      return !stays;
    });
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
  return Admit(*user);
}

AccessAnswer Gatekeeper::State::Admit(const User& user) {
  std::stop_source until;
  const User* now = users->Find(user.name);
  if (now != nullptr && *now == user)
    until = admitted[user.name];
  else
    until.request_stop();
  return {.kind = AccessAnswer::Kind::kAdmitted, .user = user.name, .level = user.level, .until = until.get_token()};
}

AccessAnswer Gatekeeper::State::CheckLink(const std::string& secret) const {
  const auto* found = links.Find(secret);
  const User* maker = found == nullptr ? nullptr : users->Find(found->kept.user);
  if (maker == nullptr || maker->level < AccessLevel::kOperator ||
      found->kept.link.expires <= ViewerLinks::Clock::now())
    return Refused("this link is over, was taken back, or is none of this worker's: ask who sent it for another");
  return {.kind = AccessAnswer::Kind::kAdmitted,
          .user = "link " + found->kept.id + " of " + found->kept.user,
          .link = std::make_shared<const ViewerLink>(found->kept.link),
          .until = found->holds.get_token()};
}

void Gatekeeper::State::EndLinks() {
  {
    const std::lock_guard lock(mutex);
    if (!links.EndThose(*users, ViewerLinks::Clock::now())) return;
  }
  try {
    SaveLinks();
  } catch (const std::exception&) {
    // Those in the file that are over are so after the next start as well.
  }
}

void Gatekeeper::State::SaveLinks() {
  if (links_file.empty()) return;
  const std::lock_guard one_at_a_time(links_file_mutex);
  std::string text;
  {
    const std::lock_guard lock(mutex);
    text = links.Text();
  }
  ChangeFile(links_file, [&](const std::string& /*before*/) { return text; });
}

Gatekeeper::Gatekeeper(std::filesystem::path users_file, KeptFiles kept)
    : state_(std::make_unique<State>(std::move(users_file), std::move(kept))) {
  state_->desk.emplace([state = state_.get()](const AccessRequest& request) { return state->CheckPassword(request); },
                       [state = state_.get()] {
                         state->Reload();
                         state->SaveSessions();
                         state->EndLinks();
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

std::optional<NewLink> Gatekeeper::MakeLink(const std::string& user, const ViewerLink& link) {
  std::optional<NewLink> made;
  {
    const std::lock_guard lock(state_->mutex);
    made = state_->links.Make(user, link);
  }
  if (!made) return std::nullopt;
  try {
    state_->SaveLinks();
  } catch (...) {
    const std::lock_guard lock(state_->mutex);
    state_->links.Remove(made->id);
    throw;
  }
  return made;
}

std::vector<KeptLink> Gatekeeper::Links() {
  const std::lock_guard lock(state_->mutex);
  return state_->links.All();
}

bool Gatekeeper::RemoveLink(std::string_view id) {
  {
    const std::lock_guard lock(state_->mutex);
    if (!state_->links.Remove(id)) return false;
  }
  state_->SaveLinks();
  return true;
}

std::variant<AccessAnswer, std::unique_ptr<AccessQuestion>> Gatekeeper::Ask(const AccessRequest& request, Then then) {
  const auto known = state_->Now();
  if (request.authorization.empty()) {
    const std::lock_guard lock(state_->mutex);
    const auto secret = CookieOf(request.cookie, state_->sessions.cookie_name());
    const User* user =
        secret.empty() ? nullptr : state_->sessions.Find(secret, request.origin, *known, Sessions::Clock::now());
    if (user != nullptr) return state_->Admit(*user);
    if (!request.link.empty()) return state_->CheckLink(request.link);
    return Refused(
        "this worker asks who you are: send a user and a password, or a token (Authorization: Bearer TOKEN)");
  }
  if (const auto token = After(request.authorization, "Bearer"); !token.empty()) {
    const User* user = known->FindToken(HashToken(token));
    if (user == nullptr) return Refused("this token is none of this worker's");
    const std::lock_guard lock(state_->mutex);
    return state_->Admit(*user);
  }
  if (!BasicOf(request.authorization))
    return Refused("the header Authorization is no Bearer TOKEN and no Basic log-in");
  {
    const std::lock_guard lock(state_->mutex);
    const User* user = state_->remembered.Find(request.authorization, *known, Clock::now());
    if (user != nullptr) return state_->Admit(*user);
  }
  return state_->desk->Ask(request, std::move(then));
}

}  // namespace framespool::access
