#include <framespool/http/message.h>

#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/serializer.hpp>
#include <ctime>
#include <utility>

namespace framespool::http {

namespace {

namespace beast = boost::beast;

// HTTP's, whatever the locale.
constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

}  // namespace

std::string HeadText(int status, const Headers& headers, bool http_1_0) {
  beast::http::response<beast::http::empty_body> message;
  message.version(http_1_0 ? 10 : 11);
  message.result(static_cast<unsigned>(status));
  for (const auto& [name, value] : headers) message.insert(name, value);
  beast::http::response_serializer<beast::http::empty_body> serializer(message);
  std::string text;
  beast::error_code error;
  serializer.next(error,
                  [&](const beast::error_code&, const auto& buffers) { text = beast::buffers_to_string(buffers); });
  return text;
}

std::string DateText() {
  // Thousands of answers have the same.
  thread_local std::time_t last = -1;
  thread_local std::string text;
  const std::time_t now = std::time(nullptr);
  if (now == std::exchange(last, now)) return text;
  std::tm utc{};
  gmtime_r(&now, &utc);
  char rest[32];
  std::strftime(rest, sizeof rest, "%Y %H:%M:%S GMT", &utc);
  text = std::string(kDays[utc.tm_wday]) + ", " + (utc.tm_mday < 10 ? "0" : "") + std::to_string(utc.tm_mday) + " " +
         kMonths[utc.tm_mon] + " " + rest;
  return text;
}

}  // namespace framespool::http
