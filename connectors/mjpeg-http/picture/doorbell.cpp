#include "picture/doorbell.h"

#include <boost/asio/post.hpp>

namespace framespool::mjpeg {

void Doorbell::Ring() {
  const std::lock_guard lock(mutex_);
  if (cut_ || rung_) return;
  rung_ = true;
  boost::asio::post(io_, [self = shared_from_this()] {
    {
      const std::lock_guard inner(self->mutex_);
      self->rung_ = false;
      if (self->cut_) return;
    }
    self->answer_();
  });
}

void Doorbell::Cut() {
  const std::lock_guard lock(mutex_);
  cut_ = true;
}

}  // namespace framespool::mjpeg
