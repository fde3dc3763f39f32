#include "chunked_body.h"

#include <algorithm>

namespace framespool::rest {

namespace {

constexpr std::size_t kMaxSizeDigits = 15;
constexpr std::size_t kMaxLineBytes = 16 * 1024;

}  // namespace

std::size_t ChunkedBody::Feed(std::string_view input) {
  std::size_t taken = 0;
  while (taken < input.size() && state_ == State::kMore) {
    if (part_ == Part::kData) {
      const std::size_t piece = std::min(left_, input.size() - taken);
      body_.append(input.substr(taken, piece));
      taken += piece;
      left_ -= piece;
      if (left_ == 0) part_ = Part::kDataCr;
    } else {
      Take(input[taken++]);
    }
  }
  return taken;
}

void ChunkedBody::Take(char c) {
  switch (part_) {
    case Part::kSize: {
      int digit = -1;
      if (c >= '0' && c <= '9')
        digit = c - '0';
      else if (c >= 'a' && c <= 'f')
        digit = c - 'a' + 10;
      else if (c >= 'A' && c <= 'F')
        digit = c - 'A' + 10;
      if (digit >= 0 && size_digits_ < kMaxSizeDigits) {
        left_ = left_ * 16 + static_cast<std::size_t>(digit);
        ++size_digits_;
      } else if (size_digits_ > 0 && c == '\r') {
        part_ = Part::kSizeLf;
      } else if (size_digits_ > 0 && (c == ';' || c == ' ' || c == '\t')) {
        part_ = Part::kExtension;
      } else {
        state_ = State::kBroken;
      }
      break;
    }
    case Part::kExtension:
      if (c == '\r')
        part_ = Part::kSizeLf;
      else if (c == '\n' || c == '\0' || ++line_bytes_ > kMaxLineBytes)
        state_ = State::kBroken;
      break;
    case Part::kSizeLf:
      if (c == '\n')
        EndSizeLine();
      else
        state_ = State::kBroken;
      break;
    case Part::kDataCr:
      if (c == '\r')
        part_ = Part::kDataLf;
      else
        state_ = State::kBroken;
      break;
    case Part::kDataLf:
      if (c == '\n')
        part_ = Part::kSize;
      else
        state_ = State::kBroken;
      break;
    case Part::kTrailer:
      if (c == '\r') {
        part_ = Part::kTrailerLf;
      } else if (c == '\n' || c == '\0' || ++line_bytes_ > kMaxLineBytes) {
        state_ = State::kBroken;
      } else {
        line_empty_ = false;
      }
      break;
    case Part::kTrailerLf:
      if (c != '\n') {
        state_ = State::kBroken;
      } else if (line_empty_) {
        state_ = State::kDone;
      } else {
        part_ = Part::kTrailer;
        line_empty_ = true;
      }
      break;
    case Part::kData: break;
  }
}

void ChunkedBody::EndSizeLine() {
  size_digits_ = 0;
  if (left_ == 0) {
    part_ = Part::kTrailer;
  } else if (left_ > max_body_ - body_.size()) {
    state_ = State::kTooLarge;
  } else {
    part_ = Part::kData;
  }
}

}  // namespace framespool::rest
