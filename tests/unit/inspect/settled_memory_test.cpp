#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <optional>
#include <sstream>

#include <inspect/settled_memory.h>

namespace framespool::inspect {
namespace {

constexpr int kLongEnough = 10;

/// How much of files is in this process's memory, in pages.
long FilePages() {
  std::ifstream statm("/proc/self/statm");
  long size = 0, resident = 0, of_files = 0;
  statm >> size >> resident >> of_files;
  return of_files;
}

/// Uses pages of libstdc++ that running on does not.
void UseFiles() {
  std::ostringstream text;
  text << 3.25 << " " << std::hex << 255;
}

/// After how many further ticks without an event the pages of files went; nothing when they stayed.
std::optional<int> TicksUntilGivenBack(SettledMemory& memory, std::uint64_t newest_event) {
  for (int tick = 1; tick <= kLongEnough; ++tick) {
    const long before = FilePages();
    memory.Tick(newest_event);
    if (FilePages() < before) return tick;
  }
  return std::nullopt;
}

TEST(SettledMemory, IsGivenBackOnceAWhileAfterTheLastEvent) {
  SettledMemory memory;
  UseFiles();
  memory.Tick(1);
  const auto waited = TicksUntilGivenBack(memory, 1);
  ASSERT_TRUE(waited);
  EXPECT_GT(*waited, 1);
  UseFiles();
  EXPECT_EQ(TicksUntilGivenBack(memory, 1), std::nullopt);
}

TEST(SettledMemory, WaitsAnewForEveryEvent) {
  SettledMemory memory;
  UseFiles();
  for (std::uint64_t event = 1; event <= kLongEnough; ++event) {
    const long before = FilePages();
    memory.Tick(event);
    EXPECT_GE(FilePages(), before);
  }
  EXPECT_TRUE(TicksUntilGivenBack(memory, kLongEnough));
}

TEST(SettledMemory, StaysWhereNothingHasHappened) {
  SettledMemory memory;
  UseFiles();
  EXPECT_EQ(TicksUntilGivenBack(memory, 0), std::nullopt);
}

}  // namespace
}  // namespace framespool::inspect
