#include "connection.h"

#include <sys/socket.h>

#include <utility>

#include "error_response.h"

namespace framespool::rest {

namespace {

/// What a refused client may go on sending before it is cut off; cutting at once would cost it our answer.
constexpr std::size_t kMaxDiscardedBytes = 16'777'216;

}  // namespace

Connection::Connection(http::Channel channel, std::string client, const Limits& limits, BufferedBytes& buffered,
                       const Dispatch& dispatch, const MakeResponder& make_responder)
    : channel_(std::move(channel)),
      client_(std::move(client)),
      limits_(limits),
      buffered_(buffered),
      dispatch_(dispatch),
      make_responder_(make_responder),
      reader_(limits),
      deadline_(since_ + limits.hello_time) {}

Connection::~Connection() { buffered_.Change(accounted_, 0); }

void Connection::OnReadable() {
  char bytes[65'536];
  while (!done_) {
    const ssize_t size = channel_.Receive(bytes);
    if (size > 0)
      OnInput({bytes, static_cast<std::size_t>(size)});
    else if (size == 0)
      return OnEndOfInput();
    else if (http::HadToWait())
      return;
    else
      Abort();
  }
}

void Connection::OnInput(std::string_view bytes) {
  if (done_) return;
  if (lingering_ || close_after_output_) {
    discarded_ += bytes.size();
    if (discarded_ > kMaxDiscardedBytes) Abort();
  } else if (!reader_.Append(bytes)) {
    Abort();
  } else {
    Serve();
    Account();
  }
}

void Connection::OnEndOfInput() {
  end_of_input_ = true;
  if (lingering_ || (!busy_ && output_.empty())) done_ = true;
}

void Connection::Account() {
  const std::size_t now = done_ || close_after_output_ ? 0 : reader_.buffered();
  const std::size_t total = buffered_.Change(std::exchange(accounted_, now), now);
  // Of the clients that make it too much, those with a little may go on: theirs are the ordinary requests.
  if (total <= limits_.buffered_bytes || now <= limits_.head_bytes || busy_) return;
  Send(ErrorResponse(503, "The worker holds too many unfinished requests; try again later"), true);
  Account();
}

void Connection::OnWritable() {
  if (output_.empty() || done_) return;
  Flush();
  Serve();
}

void Connection::Answer(const Response& response) {
  if (!busy_ || done_) return;
  busy_ = false;
  Send(response, false);
  Serve();
  Account();
}

void Connection::OnTick(Clock::time_point now) {
  if (busy_ || done_ || now < deadline_) return;
  if (reading_ && output_.empty()) {
    Send(
        ErrorResponse(408, "The request did not arrive within " + std::to_string(limits_.request_time.count()) + " ms"),
        true);
  } else {
    Abort();
  }
}

void Connection::Abort() {
  if (std::exchange(done_, true)) return;
  if (!output_.empty() || lingering_) {
    // A client that does not read, or does not stop sending, gets a reset. An ordinary close would leave the kernel
    // with the rest of its answer, and the client with a closed window to wait at.
    const linger reset{.l_onoff = 1, .l_linger = 0};
    setsockopt(channel_.socket(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  }
}

std::optional<std::pair<Connection::Idle, Connection::Clock::time_point>> Connection::idle_since() const noexcept {
  if (busy_ || done_) return std::nullopt;
  return std::pair(output_.empty() ? Idle::kRequest : Idle::kAnswer, since_);
}

void Connection::Serve() {
  while (!busy_ && !done_ && !close_after_output_ && output_.empty()) {
    switch (reader_.Next()) {
      case http::RequestReader::Result::kMore:
        // Once for each request, with the empty lines before it.
        if (reader_.started() && !std::exchange(reading_, true)) {
          SetDeadline(limits_.request_time);
          since_ = Clock::now();
        }
        if (end_of_input_) return Abort();
        if (reader_.TakeExpectation()) SendText(http::HeadText(100, {}));
        return;
      case http::RequestReader::Result::kRefused:
        Send(ErrorResponse(reader_.refusal().status, reader_.refusal().message), true);
        return;
      case http::RequestReader::Result::kRequest:
        busy_ = true;
        reading_ = false;
        request_ = reader_.TakeRequest();
        request_.client = client_;
        request_.secure = channel_.is_tls();
        if (const auto response = dispatch_(request_, make_responder_(weak_from_this()))) {
          busy_ = false;
          Send(*response, false);
        }
        break;
    }
  }
}

void Connection::Send(const Response& response, bool close) {
  const bool keep_alive = !close && request_.keep_alive;
  close_after_output_ = !keep_alive;
  reading_ = false;
  SendText(Serialize(response, request_.http_1_0, keep_alive, request_.method == "HEAD"));
  std::exchange(request_, {});
}

void Connection::SendText(std::string text) {
  if (output_.empty()) {
    output_ = std::move(text);
    since_ = Clock::now();
  } else {
    output_ += text;
  }
  Flush();
}

void Connection::Flush() {
  std::string_view left = std::string_view(output_).substr(sent_);
  const http::Channel::Sent sent = channel_.Send({&left, 1});
  sent_ = output_.size() - left.size();
  if (sent == http::Channel::Sent::kFailed) return Abort();
  if (sent == http::Channel::Sent::kSome) return SetDeadline(limits_.stall_time);
  // Assigned to, a string would keep its memory, for as long as this client stays.
  std::string().swap(output_);
  sent_ = 0;
  since_ = Clock::now();
  SetDeadline(reading_ ? limits_.request_time : limits_.idle_time);
  if (!close_after_output_) return;
  if (end_of_input_)
    done_ = true;
  else
    Linger();
}

void Connection::Linger() {
  // Closing with unread input would reset the connection and destroy the answer on its way (RFC 9112, 9.6).
  lingering_ = true;
  channel_.EndOutput();
  SetDeadline(limits_.linger_time);
}

}  // namespace framespool::rest
