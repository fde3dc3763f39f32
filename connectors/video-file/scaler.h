#pragma once

#include <memory>
#include <stdexcept>

#include "colour.h"
#include "container.h"
#include "decoder.h"

struct SwsContext;

namespace framespool::video_file {

/// A picture of a size that is not made; the sentence is for the owner of the key `width`, without its name.
class WrongSize : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws NoVideo where swscale does not know the pixel format (AVPixelFormat) of a file's pictures.
void RequireConvertible(int format);

/// swscale: another size and pixel format. Keeps what it prepared while frames stay alike; used by one thread.
class Scaler {
 public:
  struct Target {
    int width = 0;
    int height = 0;
    int format = -1;  // AVPixelFormat
    ColourCode code;
    friend bool operator==(const Target&, const Target&) = default;
  };

  /// `frame`, coded as `code`, as `target`; good until the next call. Throws as RequireConvertible() does, and
  /// WrongSize where swscale cannot scale that far.
  const AVFrame& Convert(const AVFrame& frame, const ColourCode& code, const Target& target);

 private:
  struct Kind {
    int width = 0;
    int height = 0;
    int format = -1;
    ColourCode code;
    Target target;
    friend bool operator==(const Kind&, const Kind&) = default;
  };
  struct FreeContext {
    void operator()(SwsContext* context) const;
  };
  void Prepare(const Kind& kind);

  std::unique_ptr<SwsContext, FreeContext> context_;
  Kind kind_;
  FramePtr out_;
};

/// The pixel format that has the same layout without saying full range (yuvj420p: yuv420p).
int PlainFormat(int format);

}  // namespace framespool::video_file
