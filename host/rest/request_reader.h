#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <herder/herder.h>

#include "chunked_body.h"
#include "http.h"

namespace framespool::rest {

/// What a client may cost.
struct Limits {
  std::size_t connections = 1'000;  // of one loop; one more makes room for itself
  std::size_t head_bytes = 16'384;
  std::size_t body_bytes = 10'485'760;
  std::size_t buffered_bytes = 134'217'728;        // of all clients' unfinished requests together
  std::chrono::milliseconds request_time{30'000};  // from a request's first byte to its last
  std::chrono::milliseconds idle_time{300'000};    // between two requests
  std::chrono::milliseconds stall_time{30'000};    // an answer that the client does not read
  std::chrono::milliseconds linger_time{2'000};    // after the last answer, for the client to read it
};

/// The guard: cuts what a client sends into whole requests. Whatever is not one sane request is refused here, so no
/// code behind it sees a malformed head, a chunk, or half a body. Owned by a Connection; one thread.
class RequestReader {
 public:
  enum class Result { kMore, kRequest, kRefused };

  explicit RequestReader(const Limits& limits) : limits_(limits) {}

  /// Takes bytes from the client. False when more is waiting here than one request may have.
  bool Append(std::string_view bytes);
  /// Goes on with what is there. After kRequest, TakeRequest(); after kRefused the connection must be closed.
  Result Next();
  Request TakeRequest();
  const base::Refusal& refusal() const noexcept { return refusal_; }

  /// Says once for a request that its client waits for "100 Continue" before it sends the body.
  bool TakeExpectation();
  std::size_t buffered() const noexcept { return input_.size() + (chunks_ ? chunks_->size() : 0); }
  /// Part of a request is here.
  bool started() const noexcept { return head_done_ || !input_.empty(); }

 private:
  Result Refuse(int code, std::string message);
  /// Nothing when the head's end is not here yet.
  std::optional<Result> ReadHead();
  Result ParseHead(std::string_view head);
  Result ParseRequestLine(std::string_view line);
  Result ParseHeader(std::string_view line);
  Result DecideBody();
  Result ReadBody();

  const Limits& limits_;
  std::string input_;
  std::size_t scanned_ = 0;  // bytes of input_ known to be a good part of a head
  bool head_done_ = false;
  bool expects_continue_ = false;
  std::size_t content_length_ = 0;
  std::optional<ChunkedBody> chunks_;
  Request request_;
  base::Refusal refusal_;
};

}  // namespace framespool::rest
