#include "http/http_session.h"

#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>

namespace framespool::mjpeg {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::uint32_t kMostHeaderBytes = 8 << 10;
constexpr std::chrono::seconds kRequestTime{10};
constexpr std::chrono::seconds kAnswerTime{30};
constexpr std::chrono::seconds kLingerTime{1};

}  // namespace

HttpSession::HttpSession(Socket socket, Router router, std::shared_ptr<std::atomic<int>> open_sessions)
    : socket_(std::move(socket)),
      limit_(socket_.get_executor()),
      router_(std::move(router)),
      open_sessions_(std::move(open_sessions)),
      buffer_(kMostHeaderBytes + 4096) {
  ++*open_sessions_;
}

HttpSession::~HttpSession() { --*open_sessions_; }

void HttpSession::Start() {
  parser_.emplace();
  parser_->header_limit(kMostHeaderBytes);
  Limit(kRequestTime);
  http::async_read_header(socket_, buffer_, *parser_,
                          [self = shared_from_this()](error_code error, std::size_t) { self->OnHeader(error); });
}

void HttpSession::OnHeader(error_code error) {
  limit_.cancel();
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return Send(Refuse(431, "a request's head may have at most 8192 bytes"));
  }
  if (error && error.category() != http::make_error_code(http::error::bad_method).category()) return;
  if (error == http::error::end_of_stream || error == http::error::partial_message) return;
  if (error) return Send(Refuse(400, "not an HTTP/1.0 or HTTP/1.1 request: " + error.message()));
  request_.method = std::string(parser_->get().method_string());
  request_.version = parser_->get().version();
  request_.host = std::string(parser_->get()[http::field::host]);
  request_.origin = std::string(parser_->get()[http::field::origin]);
  request_.authorization = std::string(parser_->get()[http::field::authorization]);
  const std::string target(parser_->get().target());
  parser_.reset();
  waits_ = Waits::kAnswer;
  if (!ParseTarget(target, request_)) {
    return Send(Refuse(400, "the request target must be a path with valid %-escapes, but is \"" + target + "\""));
  }
  if (request_.method != "GET" && request_.method != "HEAD" && request_.method != "OPTIONS" &&
      request_.method != "DELETE") {
    return Send(WrongMethod(request_.method));
  }
  router_(shared_from_this());
}

void HttpSession::Send(Answer answer) {
  answer_ = std::move(answer);
  for (auto& header : CrossOriginHeaders()) answer_.headers.push_back(std::move(header));
  const std::size_t size = answer_.image.size() > 0 ? answer_.image.size() : answer_.text.size();
  head_ = HeadText(request_.version, answer_);
  if (!answer_.endless) head_ += "Content-Length: " + std::to_string(size) + "\r\n";
  head_ += "\r\n";
  std::array<asio::const_buffer, 2> buffers{asio::buffer(head_), asio::const_buffer()};
  if (!request_.head()) {
    buffers[1] = answer_.image.size() > 0 ? asio::const_buffer(answer_.image.bytes().data(), answer_.image.size())
                                          : asio::const_buffer(answer_.text.data(), answer_.text.size());
  }
  waits_ = Waits::kTaken;
  Limit(kAnswerTime);
  asio::async_write(socket_, buffers, [self = shared_from_this()](error_code error, std::size_t) {
    self->limit_.cancel();
    if (!error) self->HangUp();
  });
}

std::vector<std::pair<std::string, std::string>> HttpSession::CrossOriginHeaders() const {
  if (!origin_allowed_ || request_.origin.empty()) return {};
  return {{"Access-Control-Allow-Origin", request_.origin}, {"Access-Control-Expose-Headers", "*"}, {"Vary", "Origin"}};
}

// A close with unread bytes resets the connection and may take the answer with it (a request with a body, a head that
// was too long), so the rest is read first, for a short while.
void HttpSession::HangUp() {
  error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  waits_ = Waits::kEnd;
  Limit(kLingerTime);
  buffer_.clear();
  struct Drain {
    std::shared_ptr<HttpSession> self;
    void operator()(error_code failed, std::size_t) {
      if (failed) {
        self->limit_.cancel();
        return;
      }
      HttpSession& session = *self;
      session.socket_.async_read_some(session.buffer_.prepare(4096), std::move(*this));
    }
  };
  Drain{shared_from_this()}(error, 0);
}

void HttpSession::Drop() {
  limit_.cancel();
  error_code ignored;
  socket_.close(ignored);
}

HttpSession::Socket HttpSession::TakeSocket() {
  limit_.cancel();
  return std::move(socket_);
}

void HttpSession::Limit(std::chrono::seconds time) {
  limit_.expires_after(time);
  limit_.async_wait([weak = weak_from_this()](error_code error) {
    const auto self = weak.lock();
    if (error || !self) return;
    error_code ignored;
    self->socket_.close(ignored);
  });
}

}  // namespace framespool::mjpeg
