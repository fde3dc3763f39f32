#include "sessions.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include <access/password.h>
#include <framespool/http/text.h>

namespace framespool::access {

namespace {

constexpr std::chrono::hours kIdle{12};
constexpr std::chrono::minutes kUseCounts{10};
constexpr std::size_t kMostSessions = 1024;
constexpr std::size_t kMostOfAUser = 64;
constexpr std::string_view kCookie = "framespool-";

constexpr std::string_view kNoPage = "-";
constexpr std::size_t kLongestOrigin = 300;  // a name of the DNS has 253 at most

std::string LineHash(const User& user) { return HashToken(LineOf(user)); }

std::int64_t Seconds(Sessions::Clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

std::optional<Sessions::Clock::time_point> TimeOf(std::string_view text) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return Sessions::Clock::time_point(std::chrono::seconds(seconds));
}

}  // namespace

Sessions::Sessions() : cookie_name_(std::string(kCookie) + NewToken().substr(3, 8)) {}

bool Sessions::IsOver(const Session& session, Clock::time_point now) {
  // Of a clock that was set back as well: what begins later than now is nothing that can be trusted.
  return now - session.used > kIdle || now - session.begun > kLongest || session.begun > now + kIdle;
}

std::string Sessions::Begin(const User& user, std::string_view origin, Clock::time_point now) {
  MakeRoom(user.name, now);
  changed_ = true;
  std::string secret = NewToken();
  // One that is none is of no page that there is.
  const bool one_word = origin.size() <= kLongestOrigin && origin.find_first_of(" \n") == std::string_view::npos;
  const std::string_view page = origin.empty() ? kNoPage : one_word ? origin : "null";
  by_hash_.emplace(HashToken(secret), Session{user.name, LineHash(user), std::string(page), now, now});
  return secret;
}

const User* Sessions::Find(std::string_view secret, std::string_view origin, const Users& users,
                           Clock::time_point now) {
  const auto found = by_hash_.find(HashToken(secret));
  if (found == by_hash_.end()) return nullptr;
  Session& session = found->second;
  const User* user = users.Find(session.user);
  if (IsOver(session, now) || user == nullptr || LineHash(*user) != session.line) {
    by_hash_.erase(found);
    changed_ = true;
    return nullptr;
  }
  if (!origin.empty() && session.origin != kNoPage && session.origin != origin) return nullptr;
  if (now - session.used > kUseCounts) {
    session.used = now;
    changed_ = true;
  }
  return user;
}

void Sessions::End(std::string_view secret) {
  if (by_hash_.erase(HashToken(secret)) > 0) changed_ = true;
}

void Sessions::MakeRoom(const std::string& user, Clock::time_point now) {
  std::erase_if(by_hash_, [&](const auto& each) { return IsOver(each.second, now); });
  const auto drop_oldest = [&](std::size_t most, const auto& counts) {
    std::size_t count = 0;
    auto oldest = by_hash_.end();
    for (auto each = by_hash_.begin(); each != by_hash_.end(); ++each) {
      if (!counts(each->second)) continue;
      ++count;
      if (oldest == by_hash_.end() || each->second.used < oldest->second.used) oldest = each;
    }
    if (count >= most) by_hash_.erase(oldest);
  };
  drop_oldest(kMostOfAUser, [&](const Session& session) { return session.user == user; });
  drop_oldest(kMostSessions, [](const Session& /*session*/) { return true; });
}

std::string Sessions::Text() const {
  std::string text = cookie_name_ + "\n";
  for (const auto& [hash, session] : by_hash_) {
    text += hash + " " + session.user + " " + session.line + " " + session.origin + " " +
            std::to_string(Seconds(session.begun)) + " " + std::to_string(Seconds(session.used)) + "\n";
  }
  return text;
}

void Sessions::Restore(std::string_view text, Clock::time_point now) {
  const auto end = text.find('\n');
  const std::string_view name = text.substr(0, end);
  if (!name.starts_with(kCookie) || name.size() != cookie_name_.size() || end == std::string_view::npos) return;
  cookie_name_ = name;
  changed_ = false;
  for (const std::string_view line : http::SplitList(text.substr(end + 1), '\n')) {
    const auto parts = http::SplitList(line, ' ');
    if (parts.size() != 6) continue;
    const auto begun = TimeOf(parts[4]);
    const auto used = TimeOf(parts[5]);
    if (!begun || !used || by_hash_.size() >= kMostSessions) continue;
    Session session{std::string(parts[1]), std::string(parts[2]), std::string(parts[3]), *begun, *used};
    if (!IsOver(session, now)) by_hash_.insert_or_assign(std::string(parts[0]), std::move(session));
  }
}

std::string_view CookieOf(std::string_view header, std::string_view name) {
  for (const char separator : {';', ','}) {
    for (const std::string_view pair : http::SplitList(header, separator)) {
      if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
        return pair.substr(name.size() + 1);
    }
  }
  return {};
}

}  // namespace framespool::access
