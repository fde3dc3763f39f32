#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "http/http_message.h"
#include "topic/feeder.h"
#include "topic/topic_source.h"

namespace framespool::mjpeg {

/// Answers what needs a look into the topic (single frames, its extent) on a thread of its own, because reading may
/// wait and the io thread may not. One for each sink, owned by its task.
class FrameDesk {
 public:
  using Question = std::function<Answer(Track&, std::stop_token)>;
  /// Called on the desk's thread.
  using Reply = std::function<void(Answer)>;

  explicit FrameDesk(const TopicSource& tracks);
  /// Stops and joins; questions still waiting are dropped.
  ~FrameDesk();
  FrameDesk(const FrameDesk&) = delete;
  FrameDesk& operator=(const FrameDesk&) = delete;

  /// Any thread. A question that fails, or comes while too many wait, is answered 503.
  void Ask(Question question, Reply reply);
  /// Destroys a feeder that was told to stop: that waits for its thread.
  void Retire(std::unique_ptr<Feeder> feeder);
  /// How many of those are not destroyed yet. Any thread.
  std::size_t retiring() const { return retiring_; }

 private:
  struct Job {
    Question question;
    Reply reply;
    std::unique_ptr<Feeder> feeder;
  };
  void Run(std::stop_token stop);
  Answer AnswerTo(const Question& question, std::stop_token stop);
  Track& Opened();
  /// Opens one thing of what the next question and the next jump will need; true when there may be another.
  bool GetReady(std::stop_token stop);

  const TopicSource& tracks_;
  std::unique_ptr<Track> track_;  // the desk thread's own, but for Interrupt()

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Job> jobs_;
  std::atomic<std::size_t> retiring_ = 0;
  Track* reading_ = nullptr;
  std::jthread thread_;
};

}  // namespace framespool::mjpeg
