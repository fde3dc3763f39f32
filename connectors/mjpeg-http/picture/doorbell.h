#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <mutex>

namespace framespool::mjpeg {

/// Calls one function on an io thread when other threads have news for it, once for any number of rings that came
/// before. Whoever is rung for cuts the bell before the io thread ends.
class Doorbell : public std::enable_shared_from_this<Doorbell> {
 public:
  Doorbell(boost::asio::any_io_executor io, std::function<void()> answer)
      : io_(std::move(io)), answer_(std::move(answer)) {}

  /// Any thread.
  void Ring();
  /// On the io thread: nothing is posted, and the answer not called, from here on.
  void Cut();

 private:
  const boost::asio::any_io_executor io_;
  const std::function<void()> answer_;
  std::mutex mutex_;
  bool rung_ = false;
  bool cut_ = false;
};

}  // namespace framespool::mjpeg
