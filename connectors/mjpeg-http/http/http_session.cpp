#include "http/http_session.h"

#include <framespool/http/origins.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>

#include "http/link_rule.h"

namespace framespool::mjpeg {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// Its requests have no bodies: what stands where one would is read when the connection is closed.
constexpr http::RequestLimits kLimits = {
    .head_bytes = 8 << 10, .body_bytes = 4096, .reads_bodies = false, .wants_host = false};
constexpr std::chrono::seconds kRequestTime{10};
constexpr std::chrono::seconds kAnswerTime{30};
constexpr std::chrono::seconds kLingerTime{1};

}  // namespace

HttpSession::HttpSession(Client client, Router router, std::shared_ptr<std::atomic<int>> open_sessions)
    : socket_(std::move(client.socket)),
      channel_(std::move(client.channel)),
      limit_(socket_.get_executor()),
      router_(std::move(router)),
      open_sessions_(std::move(open_sessions)),
      reader_(std::in_place, kLimits) {
  ++*open_sessions_;
}

HttpSession::~HttpSession() { --*open_sessions_; }

void HttpSession::Start() {
  Limit(kRequestTime);
  Receive();
}

void HttpSession::Receive() {
  ssize_t size = 0;
  while ((size = channel_.Receive(received_)) > 0) {
    if (!OnInput({received_.data(), static_cast<std::size_t>(size)})) return;
  }
  if (size == 0 || !http::HadToWait()) {
    limit_.cancel();
    return;
  }
  socket_.async_wait(Socket::wait_read, [self = shared_from_this()](error_code error) {
    if (error)
      self->limit_.cancel();
    else
      self->Receive();
  });
}

bool HttpSession::OnInput(std::string_view bytes) {
  using Result = http::RequestReader::Result;
  if (!reader_->Append(bytes)) {
    Drop();
    return false;
  }
  const Result result = reader_->Next();
  if (result == Result::kMore) return true;
  limit_.cancel();
  if (result == Result::kRequest) {
    OnRequest(reader_->TakeRequest());
  } else {
    const http::Refusal& refusal = reader_->refusal();
    Send(Refuse(refusal.status == 431 ? 431 : 400, refusal.message));
  }
  return false;
}

void HttpSession::OnRequest(http::Request sent) {
  error_code unknown;
  const auto peer = socket_.remote_endpoint(unknown);
  if (!unknown) sent.client = peer.address().to_string();
  reader_.reset();
  waits_ = Waits::kAnswer;
  auto request = Decode(sent);
  if (!request) {
    request_.method = sent.method;
    return Send(Refuse(400, "the request target must be a path with valid %-escapes, but is \"" + sent.path +
                                (sent.query.empty() ? "" : "?" + sent.query) + "\""));
  }
  request_ = std::move(*request);
  if (request_.method != "GET" && request_.method != "HEAD" && request_.method != "OPTIONS" &&
      request_.method != "DELETE") {
    return Send(WrongMethod(request_.method));
  }
  router_(shared_from_this());
}

std::string HttpSession::Admit(const AccessAnswer& answer, std::string_view page, const std::string& connector,
                               const std::string& topic) {
  request_.admitted = answer.until;
  request_.link = answer.link;
  return answer.link ? Confine(request_, page, *answer.link, connector, topic, Now()) : std::string();
}

void HttpSession::Ask(AccessGate& gate, std::function<void(const AccessAnswer&)> then) {
  const auto answer = [self = shared_from_this(), then = std::move(then)](const AccessAnswer& said) {
    self->Withdraw();
    self->limit_.cancel();
    if (self->socket_.is_open()) then(said);
  };
  // Its own pages send their origin along with what changes something.
  const auto page = http::ParseOrigin(request_.origin);
  const bool own = page && http::IsOriginOf(*page, request_.host);
  auto asked = gate.Ask({.authorization = request_.authorization,
                         .cookie = request_.cookie,
                         .client = request_.client,
                         .origin = own ? "" : request_.origin,
                         .link = request_.Query("link").value_or("")},
                        [answer, executor = socket_.get_executor()](AccessAnswer late) {
                          asio::post(executor, [answer, late = std::move(late)] { answer(late); });
                        });
  if (const auto* now = std::get_if<AccessAnswer>(&asked)) return answer(*now);
  question_ = std::get<std::unique_ptr<AccessQuestion>>(std::move(asked));
  Limit(kAnswerTime);
}

void HttpSession::Send(Answer answer) {
  answer_ = std::move(answer);
  for (auto& header : CrossOriginHeaders(answer_.headers)) answer_.headers.push_back(std::move(header));
  const std::size_t size = answer_.image.size() > 0 ? answer_.image.size() : answer_.text.size();
  if (!answer_.endless) answer_.headers.emplace_back("Content-Length", std::to_string(size));
  head_ = HeadText(request_.version, answer_);
  left_ = {head_, {}};
  if (!request_.head()) left_[1] = answer_.image.size() > 0 ? answer_.image.text() : std::string_view(answer_.text);
  waits_ = Waits::kTaken;
  Limit(kAnswerTime);
  Write();
}

void HttpSession::Write() {
  switch (channel_.Send(left_)) {
    case http::Channel::Sent::kAll: limit_.cancel(); return HangUp();
    case http::Channel::Sent::kFailed: limit_.cancel(); return;
    case http::Channel::Sent::kSome: break;
  }
  socket_.async_wait(Socket::wait_write, [self = shared_from_this()](error_code error) {
    if (error)
      self->limit_.cancel();
    else
      self->Write();
  });
}

http::Headers HttpSession::CrossOriginHeaders(const http::Headers& told) const {
  if (!origin_allowed_ || request_.origin.empty()) return {};
  std::string exposed = "*";
  if (cookie_allowed_) {
    // "*" is the name of a header there.
    exposed = "Content-Length";
    for (const auto& [name, value] : told) exposed.append(", ").append(name);
  }
  http::Headers headers = http::CorsHeaders(request_.origin, exposed);
  if (cookie_allowed_) headers.emplace_back("Access-Control-Allow-Credentials", "true");
  headers.emplace_back("Vary", "Origin");
  return headers;
}

// A close with unread bytes resets the connection and may take the answer with it (a request with a body, a head that
// was too long), so the rest is read first, for a short while.
void HttpSession::HangUp() {
  channel_.EndOutput();
  waits_ = Waits::kEnd;
  Limit(kLingerTime);
  struct Drain {
    std::shared_ptr<HttpSession> self;
    void operator()(error_code failed, std::size_t) {
      if (failed) {
        self->limit_.cancel();
        return;
      }
      HttpSession& session = *self;
      session.socket_.async_read_some(asio::buffer(session.received_), std::move(*this));
    }
  };
  Drain{shared_from_this()}(error_code(), 0);
}

void HttpSession::Drop() {
  Withdraw();
  limit_.cancel();
  error_code ignored;
  socket_.close(ignored);
}

Client HttpSession::TakeClient() {
  limit_.cancel();
  return {std::move(socket_), std::move(channel_)};
}

void HttpSession::Limit(std::chrono::seconds time) {
  limit_.expires_after(time);
  limit_.async_wait([weak = weak_from_this()](error_code error) {
    const auto self = weak.lock();
    if (error || !self) return;
    self->Drop();
  });
}

}  // namespace framespool::mjpeg
