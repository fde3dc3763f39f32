#include "inspect/settled_memory.h"

#include <malloc.h>
#include <unistd.h>

#include <fstream>

#include <plugins/loaded_pages.h>

namespace framespool::inspect {

namespace {

constexpr int kSettlesAfter = 3;
constexpr int kReturnsWithin = 2;  // what is in use comes back at its next use
constexpr std::uint64_t kGrowth = 4 << 20;

std::uint64_t FileBytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t size = 0, resident = 0, of_files = 0;
  statm >> size >> resident >> of_files;
  return of_files * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

void SettledMemory::Tick(std::uint64_t newest_event) {
  ++calm_ticks_;
  const std::uint64_t file_bytes = FileBytes();
  if (settled_ && calm_ticks_ <= kReturnsWithin) usual_file_bytes_ = file_bytes;
  const bool grown = settled_ && file_bytes > usual_file_bytes_ + kGrowth;
  if (newest_event != newest_event_ || grown) {
    newest_event_ = newest_event;
    settled_ = false;
    calm_ticks_ = 0;
  }
  if (settled_ || calm_ticks_ < kSettlesAfter) return;
  plugins::ReleaseLoadedPages();
  malloc_trim(0);
  settled_ = true;
  calm_ticks_ = 0;
}

}  // namespace framespool::inspect
