#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace framespool::rest {

/// Decodes a body in chunked transfer coding, in whatever pieces it comes. Pistache 0.0.5's own decoder spins for ever
/// when TCP splits a chunk inside its CRLF.
class ChunkedBody {
 public:
  enum class State { kMore, kDone, kBroken, kTooLarge };

  /// At most `max_body` decoded bytes.
  explicit ChunkedBody(std::size_t max_body) : max_body_(max_body) {}

  /// Takes from the front of `input` what belongs to the body, and says how much that was.
  std::size_t Feed(std::string_view input);
  State state() const noexcept { return state_; }
  std::string& body() noexcept { return body_; }
  std::size_t size() const noexcept { return body_.size(); }

 private:
  enum class Part { kSize, kExtension, kSizeLf, kData, kDataCr, kDataLf, kTrailer, kTrailerLf };

  void Take(char c);
  void EndSizeLine();

  std::size_t max_body_;
  State state_ = State::kMore;
  Part part_ = Part::kSize;
  std::string body_;
  std::size_t left_ = 0;         // of the chunk being read
  std::size_t size_digits_ = 0;  // of the chunk's size
  std::size_t line_bytes_ = 0;   // of the extension or the trailers
  bool line_empty_ = true;       // the trailer line being read
};

}  // namespace framespool::rest
