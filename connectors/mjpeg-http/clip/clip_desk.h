#pragma once

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "clip/clip_plan.h"
#include "clip/remux.h"
#include "framespool/connector.h"
#include "http/http_session.h"
#include "topic/topic_source.h"

namespace framespool::mjpeg {

/// Makes the files of /clip, each on a thread of its own that may wait: for the broker, for its viewer, for the
/// encoder. One for each sink, owned by its task.
class ClipDesk {
 public:
  explicit ClipDesk(const TopicSource& tracks) : tracks_(tracks) {}
  /// Stops and joins; files on their way end early.
  ~ClipDesk();
  ClipDesk(const ClipDesk&) = delete;
  ClipDesk& operator=(const ClipDesk&) = delete;

  /// On the io thread: answers the session's request, now with 503 or later with a file.
  void Serve(const std::shared_ptr<HttpSession>& session, ClipQuery query);

  /// Ends the clip of that name, as if its viewer had gone. False when there is none. Any thread; does not wait.
  bool Cancel(const std::string& id);

  struct Standing {
    std::string id;
    std::string format;
    std::string phase;
    std::int64_t frames = 0;
    std::int64_t frames_done = 0;
    std::int64_t bytes = 0;
    std::int64_t bytes_done = 0;
  };
  /// Those under way. Any thread.
  std::vector<Standing> standings() const;

 private:
  struct Clip {
    ClipQuery query;
    ClipProgress progress;
    std::atomic<bool> made = false;  // its connection only has to end
    std::atomic<bool> over = false;
    std::jthread thread;
    std::optional<std::stop_callback<std::function<void()>>> ended;  // when its viewer would not be let in any more
  };

  const TopicSource& tracks_;
  KnownRemuxes known_;
  mutable std::mutex mutex_;
  std::list<Clip> clips_;
  std::int64_t next_id_ = 1;
};

}  // namespace framespool::mjpeg
