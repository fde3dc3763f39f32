#include "viewer_links.h"

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <utility>

#include <access/password.h>
#include <framespool/http/text.h>

namespace framespool::access {

namespace {

constexpr std::size_t kIdLength = 12;

std::string TextOf(ViewerLink::Time time) { return std::to_string(time.time_since_epoch().count()); }

template <class T>
std::optional<T> NumberIn(std::string_view text) {
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<ViewerLink::Time> MillisecondsIn(std::string_view text) {
  const auto number = NumberIn<std::int64_t>(text);
  return number ? std::optional(ViewerLink::Time(std::chrono::milliseconds(*number))) : std::nullopt;
}

/// As the value of a query, of which PercentEncode() leaves what a path may have.
std::string Encoded(std::string_view text) {
  std::string encoded;
  for (const char c : text)
    encoded += c == '&' ? "%26" : c == '=' ? "%3D" : c == '+' ? "%2B" : http::PercentEncode({&c, 1});
  return encoded;
}

/// The same number again, whatever the locale.
std::string TextOf(double number) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, number).ptr;
  return {text, end};
}

}  // namespace

std::optional<NewLink> ViewerLinks::Make(const std::string& user, const ViewerLink& link) {
  if (by_hash_.size() >= kMost) return std::nullopt;
  const std::string secret = NewToken();
  // Of a token of its own: the id is no secret.
  const std::string id = NewToken().substr(3, kIdLength);
  by_hash_.emplace(HashToken(secret), Entry{{.id = id, .user = user, .link = link}, {}});
  return NewLink{.id = id, .secret = secret};
}

bool ViewerLinks::Remove(std::string_view id) {
  return std::erase_if(by_hash_, [&](auto& each) {
           const bool is_it = each.second.kept.id == id;
           if (is_it) each.second.holds.request_stop();
           return is_it;
         }) > 0;
}

const ViewerLinks::Entry* ViewerLinks::Find(std::string_view secret) const {
  const auto found = by_hash_.find(HashToken(secret));
  return found == by_hash_.end() ? nullptr : &found->second;
}

bool ViewerLinks::EndThose(const Users& users, Clock::time_point now) {
  return std::erase_if(by_hash_, [&](auto& each) {
           const User* user = users.Find(each.second.kept.user);
           const bool ends =
               each.second.kept.link.expires <= now || user == nullptr || user->level < AccessLevel::kOperator;
           if (ends) each.second.holds.request_stop();
           return ends;
         }) > 0;
}

std::vector<KeptLink> ViewerLinks::All() const {
  std::vector<KeptLink> all;
  for (const auto& [hash, entry] : by_hash_) all.push_back(entry.kept);
  return all;
}

std::string ViewerLinks::Text() const {
  std::string text;
  for (const auto& [hash, entry] : by_hash_) {
    const auto say = [&text](const char* key, const std::string& value) {
      text.append(key).append("=").append(Encoded(value)).append("&");
    };
    const ViewerLink& link = entry.kept.link;
    say("id", entry.kept.id);
    say("user", entry.kept.user);
    say("expires", TextOf(link.expires));
    if (!link.connector.empty()) say("connector", link.connector);
    if (!link.topic.empty()) say("topic", link.topic);
    if (link.from) say("from", TextOf(*link.from));
    if (link.to) say("to", TextOf(*link.to));
    if (link.most_fps > 0) say("fps", TextOf(link.most_fps));
    say("hash", hash);
    text.back() = '\n';
  }
  return text;
}

void ViewerLinks::Restore(std::string_view text) {
  for (const std::string_view line : http::SplitList(text, '\n')) {
    const auto values = http::ParseQuery(line);
    if (!values) continue;
    Entry entry;
    ViewerLink& link = entry.kept.link;
    std::string hash;
    bool is_whole = true;  // a bound that cannot be read must not be none
    const auto read = [&is_whole](auto& into, auto value) {
      if (value)
        into = *value;
      else
        is_whole = false;
    };
    for (const auto& [key, value] : *values) {
      if (key == "id") entry.kept.id = value;
      if (key == "user") entry.kept.user = value;
      if (key == "expires") read(link.expires, MillisecondsIn(value));
      if (key == "connector") link.connector = value;
      if (key == "topic") link.topic = value;
      if (key == "from") read(link.from, MillisecondsIn(value));
      if (key == "to") read(link.to, MillisecondsIn(value));
      if (key == "fps") read(link.most_fps, NumberIn<double>(value));
      if (key == "hash") hash = value;
    }
    // The hash is the last of a line: one that was cut off has none.
    if (is_whole && hash.size() == HashToken("").size() && !entry.kept.id.empty() && by_hash_.size() < kMost)
      by_hash_.insert_or_assign(hash, std::move(entry));
  }
}

}  // namespace framespool::access
