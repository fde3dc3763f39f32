#include "producer_fence.h"

#include <algorithm>
#include <vector>

#include <framespool/errors.h>
#include <store/store.h>

namespace framespool::runtime {

void ProducerFence::Demand(const std::set<int>& starting, int tasks) {
  const std::lock_guard lock(mutex_);
  starting_.insert(starting.begin(), starting.end());
  tasks_ = tasks;
  demanded_ = true;
}

void ProducerFence::Pass(const std::stop_token& stop) {
  std::set<int> starting;
  int tasks = 0;
  {
    std::unique_lock lock(mutex_);
    if (!left_.wait(lock, stop, [this] { return !under_way_; }) || !demanded_) return;
    starting = std::exchange(starting_, {});
    tasks = tasks_;
    demanded_ = false;
    under_way_ = true;
  }
  const auto leave = [&](bool done) {
    {
      const std::lock_guard lock(mutex_);
      under_way_ = false;
      if (!done) {
        starting_.merge(starting);
        demanded_ = true;
      }
    }
    left_.notify_all();
  };
  try {
    Fence(starting, tasks);
    leave(true);
  } catch (const store::StoreError& error) {
    leave(false);
    throw RetriableError(error.problems());
  } catch (...) {
    leave(false);
    throw;
  }
}

void ProducerFence::Fence(const std::set<int>& starting, int tasks) {
  const int recorded = store_.TaskCountRecord(connector_);
  std::vector<int> earlier;
  for (int task = 0; task < recorded; ++task) {
    if (task >= tasks || starting.contains(task)) earlier.push_back(task);
  }
  if (tasks > recorded) store_.PutTaskCountRecord(connector_, tasks);
  const bool in_its_own_place = tasks == 1 && recorded == 1;
  if (!earlier.empty() && !in_its_own_place) broker_.FenceProducers(connector_, earlier);
  if (tasks < recorded) store_.PutTaskCountRecord(connector_, tasks);
}

}  // namespace framespool::runtime
