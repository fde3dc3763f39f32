#include "picture_line.h"

#include <pthread.h>

namespace framespool::video_file {
namespace {

void Make(media::PictureMaker& maker, PictureLine::Work& work) {
  try {
    work.picture = maker.Make(*work.frame, work.sight);
  } catch (...) {
    work.problem = std::current_exception();
  }
}

}  // namespace

PictureLine::PictureLine(const media::PictureOptions& options, int threads) : options_(options) {
  if (threads <= 0) own_ = std::make_unique<media::PictureMaker>(options_);
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

PictureLine::~PictureLine() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  more_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void PictureLine::Start(std::shared_ptr<Work> work) {
  if (own_) {
    Make(*own_, *work);
    work->done = true;
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(work));
  }
  more_.notify_one();
}

bool PictureLine::Wait(Work& work) {
  bool early = false;
  {
    std::unique_lock lock(mutex_);
    early = !work.done;
    done_.wait(lock, [&] { return work.done; });
  }
  if (work.problem) std::rethrow_exception(work.problem);
  return early;
}

void PictureLine::Run() {
  pthread_setname_np(pthread_self(), "video-picture");
  media::PictureMaker maker(options_);
  std::unique_lock lock(mutex_);
  while (true) {
    more_.wait(lock, [&] { return ending_ || !waiting_.empty(); });
    if (ending_) return;
    const std::shared_ptr<Work> work = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    Make(maker, *work);
    lock.lock();
    work->done = true;
    done_.notify_one();
  }
}

}  // namespace framespool::video_file
