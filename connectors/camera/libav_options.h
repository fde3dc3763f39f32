#pragma once

#include <map>
#include <string>

extern "C" {
#include <libavutil/dict.h>
}

namespace framespool::camera {

/// Options for libavformat, which takes what it knows and leaves the rest. Used by one thread.
class LibavOptions {
 public:
  explicit LibavOptions(const std::map<std::string, std::string>& entries) {
    for (const auto& [key, value] : entries) Set(key, value);
  }
  ~LibavOptions() { av_dict_free(&entries_); }
  LibavOptions(const LibavOptions&) = delete;
  LibavOptions& operator=(const LibavOptions&) = delete;

  void Set(const std::string& key, const std::string& value) { av_dict_set(&entries_, key.c_str(), value.c_str(), 0); }
  AVDictionary** get() noexcept { return &entries_; }

 private:
  AVDictionary* entries_ = nullptr;
};

}  // namespace framespool::camera
