#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <framespool/http/message.h>

namespace framespool::http {

/// What a request may cost, and what a server wants of it.
struct RequestLimits {
  std::size_t head_bytes = 16'384;
  std::size_t body_bytes = 10'485'760;
  bool reads_bodies = true;  // false: a request ends with its head, and nothing behind it is looked at
  bool wants_host = true;    // an HTTP/1.1 request without a Host is refused
};

/// The guard: cuts what a client sends into whole requests. Whatever is not one sane request is refused here, so no
/// code behind it sees a malformed head, a chunk, or half a body. Boost.Beast parses; refused here is what Beast lets
/// through although two programs could read it differently (request smuggling), and what it would wait for the end of
/// although nothing good can come of it. Owned by a connection; one thread. `limits` outlive it.
class RequestReader {
 public:
  enum class Result { kMore, kRequest, kRefused };

  explicit RequestReader(const RequestLimits& limits);
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;
  ~RequestReader();

  /// Takes bytes from the client. False when more is waiting here than one request may have.
  bool Append(std::string_view bytes);
  /// Goes on with what is there. After kRequest, TakeRequest(); after kRefused the connection must be closed.
  Result Next();
  Request TakeRequest();
  const Refusal& refusal() const noexcept { return refusal_; }

  /// Says once for a request that its client waits for "100 Continue" before it sends the body.
  bool TakeExpectation();
  /// Bytes held of requests that are not whole.
  std::size_t buffered() const noexcept;
  /// Part of a request is here.
  bool started() const noexcept { return parser_ != nullptr || !input_.empty(); }

 private:
  class Parser;

  Result Refuse(int status, std::string message);
  Result RefuseTooLarge();
  /// Nothing when the head is read and good.
  std::optional<Result> ReadHead();
  std::optional<Result> ParseHead(std::string_view head);
  std::optional<Result> CheckHead();
  Result ReadBody();

  const RequestLimits& limits_;
  std::string input_;
  std::size_t scanned_ = 0;         // bytes of input_ known to be a good part of a head
  std::unique_ptr<Parser> parser_;  // from the end of a request's head to the end of the request
  bool expects_continue_ = false;
  Request request_;
  Refusal refusal_;
};

}  // namespace framespool::http
