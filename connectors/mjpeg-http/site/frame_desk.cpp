#include "site/frame_desk.h"

#include <pthread.h>

namespace framespool::mjpeg {

namespace {

constexpr std::size_t kMostJobs = 256;

}  // namespace

FrameDesk::FrameDesk(SinkTaskContext& context, std::string topic)
    : context_(context), topic_(std::move(topic)), thread_([this](std::stop_token stop) { Run(std::move(stop)); }) {}

FrameDesk::~FrameDesk() {
  thread_.request_stop();
  {
    const std::lock_guard lock(mutex_);
    if (reading_ != nullptr) reading_->Interrupt();
  }
  thread_.join();
}

void FrameDesk::Ask(Question question, Reply reply) {
  {
    const std::lock_guard lock(mutex_);
    if (jobs_.size() < kMostJobs) {
      jobs_.push_back({std::move(question), std::move(reply), nullptr});
      changed_.notify_all();
      return;
    }
  }
  reply(Refuse(503, "too many requests wait for a frame; try again"));
}

void FrameDesk::Retire(std::unique_ptr<Feeder> feeder) {
  const std::lock_guard lock(mutex_);
  jobs_.push_back({nullptr, nullptr, std::move(feeder)});
  changed_.notify_all();
}

void FrameDesk::Run(std::stop_token stop) {
  pthread_setname_np(pthread_self(), "mjpeg-desk");
  while (true) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [this] { return !jobs_.empty(); })) break;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    if (job.question) job.reply(AnswerTo(job.question, stop));
    if (stop.stop_requested()) break;
  }
  std::deque<Job> dropped;
  const std::lock_guard lock(mutex_);
  reading_ = nullptr;
  dropped.swap(jobs_);
}

Answer FrameDesk::AnswerTo(const Question& question, std::stop_token stop) {
  try {
    if (!track_) {
      track_.emplace(context_, topic_);
      const std::lock_guard lock(mutex_);
      reading_ = &*track_;
    }
    return question(*track_, stop);
  } catch (const std::exception& error) {
    return Refuse(503, "the topic " + topic_ + " cannot be read now: " + error.what());
  }
}

}  // namespace framespool::mjpeg
