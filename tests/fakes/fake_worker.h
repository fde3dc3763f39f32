#pragma once

#include <rest/worker.h>

#include "fake_herder.h"
#include "fake_inspection.h"
#include "fake_plugins.h"
#include "fake_record_writing.h"

namespace framespool::fakes {

/// A worker for the REST API to stand before. One thread carries out everything that is posted: the herder's.
class FakeWorker {
 public:
  FakeHerder& herder() noexcept { return herder_; }
  const FakeInspection& inspection() const noexcept { return inspection_; }
  const FakeRecordWriting& records() const noexcept { return records_; }
  /// What a server is given.
  rest::Worker worker() { return {herder_, plugins_, herder_, herder_, inspection_, records_}; }

 private:
  FakePlugins plugins_{[this](std::function<void()> work) { herder_.Post("check", std::move(work)); }};
  FakeInspection inspection_{[this](std::function<void()> work) { herder_.Post("inspection", std::move(work)); }};
  FakeRecordWriting records_{[this](std::function<void()> work) { herder_.Post("records", std::move(work)); }};
  FakeHerder herder_;  // last: its thread uses the others
};

}  // namespace framespool::fakes
