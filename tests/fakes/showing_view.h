#pragma once

#include <framespool/connector.h>
#include <framespool/plugin.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

namespace framespool::fakes {

/// What a test sees of the view that it runs, which lives on another thread. One test has one at a time.
class ShownView {
 public:
  ShownView() { current = this; }
  ~ShownView() { current = nullptr; }
  ShownView(const ShownView&) = delete;
  ShownView& operator=(const ShownView&) = delete;

  /// The view's own context, once there is a view; nothing after a minute.
  ViewContext* Await() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(60), [&] { return context_ != nullptr; });
    return context_;
  }
  /// Nothing where no view lives.
  ViewContext* context() {
    const std::lock_guard lock(mutex_);
    return context_;
  }
  int made() {
    const std::lock_guard lock(mutex_);
    return made_;
  }
  void Tell(ViewContext* context) {
    const std::lock_guard lock(mutex_);
    context_ = context;
    if (context != nullptr) ++made_;
    changed_.notify_all();
  }

  inline static ShownView* current = nullptr;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  ViewContext* context_ = nullptr;
  int made_ = 0;
};

/// A view that does nothing: its test reads through the context that it tells of.
class Showing final : public View {
 public:
  struct Config {
    std::vector<std::string> topics;
  };
  static const ConfigDef<Config>& Describe() {
    static const auto def = ConfigDef<Config>().Field("topics", &Config::topics, "What to show.").Required();
    return def;
  }
  Showing(const Config& /*config*/, ViewContext& context) { ShownView::current->Tell(&context); }
  ~Showing() override { ShownView::current->Tell(nullptr); }
};

}  // namespace framespool::fakes
