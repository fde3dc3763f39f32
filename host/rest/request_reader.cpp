#include "request_reader.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace framespool::rest {

namespace {

bool IsTokenChar(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool IsToken(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), IsTokenChar); }

bool HasListItem(const std::optional<std::string>& list, std::string_view item) {
  if (!list) return false;
  const std::string lower = LowerCase(*list);
  const auto items = SplitList(lower, ',');
  return std::find(items.begin(), items.end(), item) != items.end();
}

}  // namespace

bool RequestReader::Append(std::string_view bytes) {
  input_ += bytes;
  return input_.size() <= limits_.head_bytes + limits_.body_bytes;
}

RequestReader::Result RequestReader::Next() {
  if (!head_done_) {
    if (const auto ended = ReadHead()) return *ended;
  }
  return ReadBody();
}

Request RequestReader::TakeRequest() {
  Request request = std::move(request_);
  request_ = {};
  head_done_ = false;
  expects_continue_ = false;
  content_length_ = 0;
  chunks_.reset();
  return request;
}

bool RequestReader::TakeExpectation() { return std::exchange(expects_continue_, false); }

RequestReader::Result RequestReader::Refuse(int code, std::string message) {
  refusal_ = {.code = code, .message = std::move(message)};
  return Result::kRefused;
}

std::optional<RequestReader::Result> RequestReader::ReadHead() {
  // RFC 9112: an empty line before a request is to be ignored.
  while (scanned_ == 0 && input_.starts_with("\r\n")) input_.erase(0, 2);
  for (; scanned_ < input_.size(); ++scanned_) {
    const char c = input_[scanned_];
    if (scanned_ >= limits_.head_bytes) {
      return Refuse(431,
                    "The request's line and headers are larger than " + std::to_string(limits_.head_bytes) + " bytes");
    }
    if (c == '\r') {
      if (scanned_ + 1 == input_.size()) return Result::kMore;
      if (input_[scanned_ + 1] != '\n') return Refuse(400, "Malformed request: a CR without LF in its head");
    } else if (c == '\n') {
      if (scanned_ == 0 || input_[scanned_ - 1] != '\r') {
        return Refuse(400, "Malformed request: lines must end with CRLF");
      }
      if (scanned_ >= 3 && input_.compare(scanned_ - 3, 4, "\r\n\r\n") == 0) {
        const std::string head = input_.substr(0, scanned_ - 1);
        input_.erase(0, scanned_ + 1);
        scanned_ = 0;
        head_done_ = true;
        if (const Result result = ParseHead(head); result == Result::kRefused) return result;
        if (const Result result = DecideBody(); result == Result::kRefused) return result;
        return std::nullopt;
      }
    } else if (c == '\x7f' || (static_cast<unsigned char>(c) < 0x20 && c != '\t')) {
      return Refuse(400, "Malformed request: a control character in its head; this port speaks plain HTTP/1.1");
    }
  }
  return Result::kMore;
}

RequestReader::Result RequestReader::ParseHead(std::string_view head) {
  bool first = true;
  while (!head.empty()) {
    const auto end = head.find("\r\n");
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(end + 2);
    if (const Result result = first ? ParseRequestLine(line) : ParseHeader(line); result == Result::kRefused)
      return result;
    first = false;
  }
  return Result::kMore;
}

RequestReader::Result RequestReader::ParseRequestLine(std::string_view line) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || last == first || !IsToken(line.substr(0, first))) {
    return Refuse(400, "Malformed request line; wanted: METHOD /path HTTP/1.1");
  }
  request_.method = line.substr(0, first);
  std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (target.find_first_of(" \t") != std::string_view::npos || !version.starts_with("HTTP/")) {
    return Refuse(400, "Malformed request line; wanted: METHOD /path HTTP/1.1");
  }
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return Refuse(505, "HTTP version not supported: " + std::string(version) + "; use HTTP/1.1");
  }
  request_.http_1_0 = version == "HTTP/1.0";
  if (LowerCase(target.substr(0, 7)) == "http://") {
    target.remove_prefix(7);
    target.remove_prefix(std::min(target.find_first_of("/?"), target.size()));
  } else if (!target.starts_with('/') && target != "*") {
    return Refuse(400, "Malformed request target; wanted a path that begins with /");
  }
  target = target.substr(0, target.find('#'));
  const auto query = target.find('?');
  request_.path = target.substr(0, query);
  if (query != std::string_view::npos) request_.query = target.substr(query + 1);
  return Result::kMore;
}

RequestReader::Result RequestReader::ParseHeader(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !IsToken(line.substr(0, colon))) {
    return Refuse(400, "Malformed request header; wanted: Name: value");
  }
  request_.headers.emplace_back(LowerCase(line.substr(0, colon)), Strip(line.substr(colon + 1)));
  return Result::kMore;
}

RequestReader::Result RequestReader::DecideBody() {
  const auto connection = request_.Header("connection");
  request_.keep_alive = request_.http_1_0 ? HasListItem(connection, "keep-alive") : !HasListItem(connection, "close");

  const auto count = [&](std::string_view name) {
    return std::count_if(request_.headers.begin(), request_.headers.end(),
                         [&](const auto& h) { return h.first == name; });
  };
  if (count("host") > 1) return Refuse(400, "Malformed request: more than one Host header");
  const auto coding = request_.Header("transfer-encoding");
  const auto length = request_.Header("content-length");
  if (coding) {
    if (length) return Refuse(400, "Malformed request: both Content-Length and Transfer-Encoding");
    if (request_.http_1_0) return Refuse(400, "Malformed request: Transfer-Encoding in HTTP/1.0");
    if (LowerCase(*coding) != "chunked")
      return Refuse(501, "Transfer-Encoding is not supported: " + *coding + "; use chunked");
    chunks_.emplace(limits_.body_bytes);
  } else if (length) {
    // Two lengths, even equal ones, come out of Header() with a comma and fail here.
    const auto [end, error] = std::from_chars(length->data(), length->data() + length->size(), content_length_);
    if (length->empty() || end != length->data() + length->size() ||
        (error != std::errc{} && error != std::errc::result_out_of_range)) {
      return Refuse(400, "Malformed Content-Length: \"" + *length + "\"");
    }
    if (error == std::errc::result_out_of_range || content_length_ > limits_.body_bytes) {
      return Refuse(413, "The request's body is larger than " + std::to_string(limits_.body_bytes) + " bytes");
    }
  }
  if (const auto expect = request_.Header("expect")) {
    if (LowerCase(*expect) != "100-continue") return Refuse(417, "Expectation not supported: " + *expect);
    expects_continue_ = !request_.http_1_0 && (chunks_ || content_length_ > 0);
  }
  if (count("host") == 0 && !request_.http_1_0) return Refuse(400, "Malformed request: HTTP/1.1 wants a Host header");
  return Result::kMore;
}

RequestReader::Result RequestReader::ReadBody() {
  if (chunks_) {
    input_.erase(0, chunks_->Feed(input_));
    switch (chunks_->state()) {
      case ChunkedBody::State::kMore: return Result::kMore;
      case ChunkedBody::State::kBroken: return Refuse(400, "Malformed chunked body");
      case ChunkedBody::State::kTooLarge:
        return Refuse(413, "The request's body is larger than " + std::to_string(limits_.body_bytes) + " bytes");
      case ChunkedBody::State::kDone: request_.body = std::move(chunks_->body()); return Result::kRequest;
    }
  }
  if (input_.size() < content_length_) return Result::kMore;
  if (input_.size() == content_length_) {
    request_.body = std::exchange(input_, {});
  } else {
    request_.body = input_.substr(0, content_length_);
    input_.erase(0, content_length_);
  }
  return Result::kRequest;
}

}  // namespace framespool::rest
