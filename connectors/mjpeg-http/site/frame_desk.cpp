#include "site/frame_desk.h"

#include <pthread.h>

namespace framespool::mjpeg {

namespace {

constexpr std::size_t kMostJobs = 256;
constexpr std::chrono::milliseconds kIdle{2000};  // without a question; then there is time to get ready for the next

}  // namespace

FrameDesk::FrameDesk(const TopicSource& tracks)
    : tracks_(tracks), thread_([this](std::stop_token stop) { Run(std::move(stop)); }) {}

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
  reply(Busy("too many requests wait for a look into the topic"));
}

void FrameDesk::Retire(std::unique_ptr<Feeder> feeder) {
  const std::lock_guard lock(mutex_);
  ++retiring_;
  jobs_.push_back({nullptr, nullptr, std::move(feeder)});
  changed_.notify_all();
}

void FrameDesk::Run(std::stop_token stop) {
  pthread_setname_np(pthread_self(), "mjpeg-desk");
  std::chrono::milliseconds patience{0};
  while (!stop.stop_requested()) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      if (changed_.wait_for(lock, stop, patience, [this] { return !jobs_.empty(); })) {
        job = std::move(jobs_.front());
        jobs_.pop_front();
      }
    }
    if (job.question) job.reply(AnswerTo(job.question, stop));
    const bool idle = !job.question && !job.feeder;
    if (track_) track_->CloseIdle(kIdle);
    if (std::exchange(job.feeder, nullptr)) --retiring_;
    patience = idle && GetReady(stop) ? std::chrono::milliseconds(0) : kIdle;
  }
  std::deque<Job> dropped;
  const std::lock_guard lock(mutex_);
  reading_ = nullptr;
  dropped.swap(jobs_);
}

Answer FrameDesk::AnswerTo(const Question& question, std::stop_token stop) {
  try {
    return question(Opened(), stop);
  } catch (const std::exception& error) {
    return Unavailable("the topic " + tracks_.topic() + " cannot be read now: " + error.what());
  }
}

Track& FrameDesk::Opened() {
  if (!track_) {
    track_ = tracks_.Open("");
    const std::lock_guard lock(mutex_);
    reading_ = track_.get();
  }
  return *track_;
}

bool FrameDesk::GetReady(std::stop_token stop) {
  try {
    if (!track_) {
      Opened();
      return true;
    }
    tracks_.Prepare(std::move(stop));
  } catch (const std::exception&) {
    // Whoever asks next is told.
  }
  return false;
}

}  // namespace framespool::mjpeg
