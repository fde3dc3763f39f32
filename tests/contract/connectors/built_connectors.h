#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <string>

namespace framespool::plugins {

/// A connector of this build, as CMake knows it.
struct BuiltConnector {
  const char* library;
  const char* folder;
  const char* plugins;  // the folder that the library is in

  friend std::ostream& operator<<(std::ostream& out, const BuiltConnector& connector) {
    return out << connector.library;
  }
};

inline const BuiltConnector kConnectors[] = {
#include "built_connectors.inc"
};

inline std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << "there is no " << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace framespool::plugins
