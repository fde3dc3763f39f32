#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "clip/clip_plan.h"

namespace framespool::mjpeg {

/// A file around frames as they are: what stands before, between and behind them. All its lengths are known from the
/// plan. Used by one clip's thread.
class ClipFile {
 public:
  virtual ~ClipFile() = default;
  virtual std::string_view content_type() const = 0;
  virtual std::size_t size() const = 0;
  virtual std::string Begin() = 0;
  virtual std::string BeforeFrame(std::size_t index, const SinkRecord& record) = 0;
  virtual std::string AfterFrame(std::size_t index) = 0;
  virtual std::string End() = 0;
};

/// Motion JPEG (or PNG) in AVI 1.0 with an index. Why not, when the frames are of no type or of several that AVI has a
/// name for, stands in `problem`.
std::unique_ptr<ClipFile> MakeAvi(const ClipPlan& plan, std::string& problem);
/// One file a frame, named by place and time, not compressed: pictures are already.
std::unique_ptr<ClipFile> MakeZip(const ClipPlan& plan);

}  // namespace framespool::mjpeg
