#include <framespool/http/request_reader.h>
#include <framespool/http/text.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/parser.hpp>
#include <cctype>
#include <utility>

namespace framespool::http {

namespace {

namespace beast = boost::beast;
using beast::error_code;
using Error = beast::http::error;

/// Beast's string_body would take the memory that a client announces; this takes what has come.
struct GrowingBody {
  using value_type = std::string;
  class reader {
   public:
    template <bool is_request, class Fields>
    reader(beast::http::header<is_request, Fields>& /*head*/, value_type& body) : body_(body) {}
    void init(const boost::optional<std::uint64_t>& /*length*/, error_code& error) { error = {}; }
    template <class Buffers>
    std::size_t put(const Buffers& buffers, error_code& error) {
      const std::size_t before = body_.size();
      for (const auto piece : beast::buffers_range_ref(buffers))
        body_.append(static_cast<const char*>(piece.data()), piece.size());
      error = {};
      return body_.size() - before;
    }
    void finish(error_code& error) { error = {}; }

   private:
    value_type& body_;
  };
};

bool IsControl(char c) { return c == '\x7f' || (static_cast<unsigned char>(c) < 0x20 && c != '\t'); }

/// Whether a line that is not whole yet has what no line may have: bare CR or LF, another control character.
bool IsSpoiled(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\r' && i + 1 == line.size()) return false;
    if (line[i] == '\r' && line[i + 1] == '\n')
      ++i;
    else if (IsControl(line[i]))
      return true;
  }
  return false;
}

/// Whether `pending` may become the next chunk's first line, or the body's last lines. Beast waits for their end
/// whatever they begin with, and whoever sent them waits for an answer.
bool MayBecomeChunk(std::string_view pending, bool behind_another) {
  constexpr std::string_view kEnd = "\r\n";
  if (behind_another) {
    if (!kEnd.starts_with(pending.substr(0, kEnd.size()))) return false;
    pending.remove_prefix(std::min(pending.size(), kEnd.size()));
  }
  const auto digits = std::min(pending.find_first_not_of("0123456789abcdefABCDEF"), pending.size());
  if (digits == pending.size()) return true;
  return digits > 0 && std::string_view("\r; \t").find(pending[digits]) != std::string_view::npos &&
         !IsSpoiled(pending);
}

std::string_view View(beast::string_view text) { return {text.data(), text.size()}; }

bool IsNumber(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Whether the head's Content-Length is a number, though one that 64 bits cannot hold.
bool AnnouncesTooMuch(std::string_view head) {
  constexpr std::string_view kName = "content-length:";
  for (auto at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at + 2)) {
    const std::string_view line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
    if (!SameText(line.substr(0, kName.size()), kName)) continue;
    const std::string_view value = Strip(line.substr(kName.size()));
    if (IsNumber(value) && value.size() > 19) return true;
  }
  return false;
}

}  // namespace

class RequestReader::Parser : public beast::http::request_parser<GrowingBody> {
 public:
  explicit Parser(const RequestLimits& limits) {
    header_limit(static_cast<std::uint32_t>(limits.head_bytes));
    body_limit(limits.body_bytes);
    eager(true);
    skip(!limits.reads_bodies);
    on_chunk_header(check_chunk_);
  }

  std::size_t Put(std::string_view bytes, error_code& error) { return put({bytes.data(), bytes.size()}, error); }

 private:
  // Beast takes whatever stands in quotes.
  void (*check_chunk_)(std::uint64_t, beast::string_view,
                       error_code&) = [](std::uint64_t /*size*/, beast::string_view extension, error_code& error) {
    if (std::any_of(extension.begin(), extension.end(), IsControl)) error = Error::bad_chunk_extension;
  };
};

RequestReader::RequestReader(const RequestLimits& limits) : limits_(limits) {}
RequestReader::~RequestReader() = default;

bool RequestReader::Append(std::string_view bytes) {
  input_ += bytes;
  return input_.size() <= limits_.head_bytes + limits_.body_bytes;
}

RequestReader::Result RequestReader::Next() {
  if (!parser_) {
    if (const auto ended = ReadHead()) return *ended;
  }
  return ReadBody();
}

Request RequestReader::TakeRequest() {
  parser_.reset();
  expects_continue_ = false;
  return std::exchange(request_, {});
}

bool RequestReader::TakeExpectation() { return std::exchange(expects_continue_, false); }

std::size_t RequestReader::buffered() const noexcept {
  return input_.size() + (parser_ ? parser_->get().body().size() : 0);
}

RequestReader::Result RequestReader::Refuse(int status, std::string message) {
  refusal_ = {.status = status, .message = std::move(message)};
  return Result::kRefused;
}

RequestReader::Result RequestReader::RefuseTooLarge() {
  return Refuse(413, "The request's body is larger than " + std::to_string(limits_.body_bytes) + " bytes");
}

std::optional<RequestReader::Result> RequestReader::ReadHead() {
  // RFC 9112: an empty line before a request is to be ignored.
  while (scanned_ == 0 && input_.starts_with("\r\n")) input_.erase(0, 2);
  // Beast sees a head when it is whole. What can be none is answered before its end: its client may wait for that.
  for (; scanned_ < input_.size(); ++scanned_) {
    const char c = input_[scanned_];
    const char before = scanned_ > 0 ? input_[scanned_ - 1] : '\0';
    if (scanned_ >= limits_.head_bytes) {
      return Refuse(431,
                    "The request's line and headers are larger than " + std::to_string(limits_.head_bytes) + " bytes");
    }
    if (c == '\r') {
      if (scanned_ + 1 == input_.size()) return Result::kMore;
      if (input_[scanned_ + 1] != '\n') return Refuse(400, "Malformed request: a CR without LF in its head");
    } else if (c == '\n') {
      if (before != '\r') return Refuse(400, "Malformed request: lines must end with CRLF");
      if (scanned_ >= 3 && input_.compare(scanned_ - 3, 4, "\r\n\r\n") == 0) {
        const auto ended = ParseHead(std::string_view(input_).substr(0, scanned_ + 1));
        input_.erase(0, scanned_ + 1);
        scanned_ = 0;
        return ended ? ended : CheckHead();
      }
    } else if (IsControl(c)) {
      return Refuse(400, "Malformed request: a control character in its head; this port speaks plain HTTP/1.1");
    } else if (before == '\n' && (c == ' ' || c == '\t')) {
      return Refuse(400, "Malformed request header: it goes on in a second line; wanted: Name: value");
    }
  }
  return Result::kMore;
}

std::optional<RequestReader::Result> RequestReader::ParseHead(std::string_view head) {
  parser_ = std::make_unique<Parser>(limits_);
  error_code error;
  parser_->Put(head, error);
  if (!error) return std::nullopt;
  if (error == Error::bad_version) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    const std::string_view version = line.substr(line.rfind(' ') + 1);
    if (std::count(line.begin(), line.end(), ' ') == 2 && version.starts_with("HTTP/"))
      return Refuse(505, "HTTP version not supported: " + std::string(version) + "; use HTTP/1.1");
  }
  if (error == Error::body_limit || (error == Error::bad_content_length && AnnouncesTooMuch(head)))
    return RefuseTooLarge();
  if (error == Error::bad_content_length || error == Error::bad_transfer_encoding) {
    return Refuse(400,
                  "Malformed request: its Content-Length is no number, or says another thing than a second one or "
                  "Transfer-Encoding");
  }
  if (error == Error::bad_field || error == Error::bad_value)
    return Refuse(400, "Malformed request header; wanted: Name: value");
  return Refuse(400, "Malformed request line; wanted: METHOD /path HTTP/1.1");
}

std::optional<RequestReader::Result> RequestReader::CheckHead() {
  const auto& head = parser_->get();
  const auto target = ParseTarget(View(head.target()));
  if (!target) return Refuse(400, "Malformed request target; wanted a path that begins with /");
  request_ = {.method = std::string(View(head.method_string())),
              .path = std::string(target->path),
              .query = std::string(target->query),
              .http_1_0 = head.version() == 10,
              .keep_alive = parser_->keep_alive()};
  for (const auto& field : head)
    request_.headers.emplace_back(LowerCase(View(field.name_string())), View(field.value()));

  const auto hosts = head.count(beast::http::field::host);
  if (hosts > 1) return Refuse(400, "Malformed request: more than one Host header");
  const auto coding = request_.Header("transfer-encoding");
  const auto length = request_.Header("content-length");
  if (coding) {
    if (length) return Refuse(400, "Malformed request: both Content-Length and Transfer-Encoding");
    if (request_.http_1_0) return Refuse(400, "Malformed request: Transfer-Encoding in HTTP/1.0");
    if (limits_.reads_bodies && !SameText(*coding, "chunked"))
      return Refuse(501, "Transfer-Encoding is not supported: " + *coding + "; use chunked");
  }
  // Beast takes a list of equal lengths; another program might take one of them for the next request.
  if (length && !IsNumber(*length)) return Refuse(400, "Malformed Content-Length: \"" + *length + "\"");
  if (const auto expect = request_.Header("expect"); expect && limits_.reads_bodies) {
    if (!SameText(*expect, "100-continue")) return Refuse(417, "Expectation not supported: " + *expect);
    expects_continue_ = !request_.http_1_0 && !parser_->is_done();
  }
  if (hosts == 0 && limits_.wants_host && !request_.http_1_0)
    return Refuse(400, "Malformed request: HTTP/1.1 wants a Host header");
  return std::nullopt;
}

RequestReader::Result RequestReader::ReadBody() {
  std::size_t used = 0;
  while (!parser_->is_done() && used < input_.size()) {
    // No line of a chunk and no trailers may be larger than a head.
    const auto piece = std::string_view(input_).substr(used, limits_.head_bytes);
    error_code error;
    const std::size_t taken = parser_->Put(piece, error);
    used += taken;
    if (error == Error::body_limit) return RefuseTooLarge();
    if (error && error != Error::need_more) return Refuse(400, "Malformed chunked body");
    if (taken > 0) continue;
    if (piece.size() == limits_.head_bytes || !MayBecomeChunk(piece, !parser_->get().body().empty()))
      return Refuse(400, "Malformed chunked body");
    break;
  }
  if (used == input_.size())
    std::string().swap(input_);  // an idle client holds nothing
  else
    input_.erase(0, used);
  if (!parser_->is_done()) return Result::kMore;
  request_.body = std::move(parser_->get().body());
  return Result::kRequest;
}

}  // namespace framespool::http
