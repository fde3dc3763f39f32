#include "page/watch_page.h"

#include <array>
#include <cstdio>
#include <random>
#include <string_view>

namespace framespool::mjpeg {

namespace {

constexpr std::string_view kPlace = "NONCE";

std::string Nonce() {
  std::random_device random;
  std::string text;
  for (int i = 0; i < 4; ++i) {
    std::array<char, 9> digits{};
    std::snprintf(digits.data(), digits.size(), "%08x", random());
    text += digits.data();
  }
  return text;
}

Answer PageOf(std::string_view text, const std::vector<std::string>& framers) {
  const std::string nonce = Nonce();
  Answer answer;
  answer.content_type = "text/html; charset=utf-8";
  std::string_view rest = text;
  for (std::size_t at = 0; (at = rest.find(kPlace)) != std::string_view::npos; rest.remove_prefix(at + kPlace.size())) {
    answer.text += rest.substr(0, at);
    answer.text += nonce;
  }
  answer.text += rest;
  std::string frame = "'self'";
  for (const std::string& origin : framers) frame += " " + origin;
  answer.headers.emplace_back("Content-Security-Policy",
                              "default-src 'none'; script-src 'nonce-" + nonce + "'; style-src 'nonce-" + nonce +
                                  "'; img-src 'self' blob: data:; media-src blob:; connect-src 'self'; frame-src "
                                  "'self'; base-uri 'none'; form-action 'none'; "
                                  "frame-ancestors " +
                                  frame);
  if (framers.empty()) answer.headers.emplace_back("X-Frame-Options", "SAMEORIGIN");
  answer.headers.emplace_back("Referrer-Policy", "no-referrer");
  return answer;
}

}  // namespace

Answer WatchPage(const std::vector<std::string>& framers) { return PageOf(kWatchPageText, framers); }

Answer LinkPage(const std::vector<std::string>& framers) { return PageOf(kLinkPageText, framers); }

}  // namespace framespool::mjpeg
