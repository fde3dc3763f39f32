#pragma once

#include <memory>
#include <string>

#include "framespool/errors.h"
#include "framespool/media/colour.h"
#include "framespool/media/container.h"
#include "framespool/media/decoder.h"

struct SwsContext;

namespace framespool::media {

/// A picture of a size that is not made. Its message is for who chose the width, which the connector names.
class WrongSize : public Error {
 public:
  explicit WrongSize(const std::string& message) : Error(Problem{.message = message, .kind = "picture-size"}) {}
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

}  // namespace framespool::media
