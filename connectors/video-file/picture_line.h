#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "framespool/media/decoder.h"
#include "framespool/media/picture_maker.h"

namespace framespool::video_file {

/// Makes pictures of frames, several at a time, each on one of its threads ("video-picture"), or where there are none
/// on the caller's. Owned by a frame reader and called on its thread; its end waits for the pictures under way, and
/// makes no more.
class PictureLine {
 public:
  /// A frame and, once it was waited for, its picture.
  struct Work {
    media::FramePtr frame;
    media::Sight sight;
    media::EncodedPicture picture;
    std::exception_ptr problem;
    bool done = false;
  };

  PictureLine(const media::PictureOptions& options, int threads);
  ~PictureLine();
  PictureLine(const PictureLine&) = delete;
  PictureLine& operator=(const PictureLine&) = delete;

  void Start(std::shared_ptr<Work> work);
  /// Until `work`, which has been started, is done; true when it was not yet. Throws what making it threw.
  bool Wait(Work& work);

 private:
  void Run();

  const media::PictureOptions options_;
  std::mutex mutex_;
  std::condition_variable more_;  // for the threads
  std::condition_variable done_;  // for the owner
  std::deque<std::shared_ptr<Work>> waiting_;
  bool ending_ = false;
  std::unique_ptr<media::PictureMaker> own_;
  std::vector<std::thread> threads_;  // last: they use all of the above
};

}  // namespace framespool::video_file
