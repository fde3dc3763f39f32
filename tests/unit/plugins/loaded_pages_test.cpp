#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include <plugins/loaded_pages.h>

namespace framespool::plugins {
namespace {

/// How much of files is in this process's memory, in KB.
long FilePages() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("RssFile:")) return std::stol(line.substr(8));
  }
  return -1;
}

TEST(LoadedPages, AreGivenBackAndComeBackWhenTheyAreUsed) {
  std::ostringstream text;
  text << 3.25 << " " << std::hex << 255;  // a page of libstdc++ that is surely there
  const long before = FilePages();
  ReleaseLoadedPages();
  EXPECT_LT(FilePages(), before);
  std::ostringstream again;
  again << 3.25 << " " << std::hex << 255;
  EXPECT_EQ(again.str(), text.str());
}

}  // namespace
}  // namespace framespool::plugins
