#include "device_formats.h"

#include <dlfcn.h>

#include <mutex>
#include <stdexcept>
#include <string>

extern "C" {
#include <libavformat/version_major.h>
}

namespace framespool::camera {

void RegisterDeviceFormats() {
  static std::mutex mutex;
  static bool registered = false;
  const std::lock_guard lock(mutex);
  if (registered) return;
  // The two have had the same major version since FFmpeg 4.
  const std::string name = "libavdevice.so." + std::to_string(LIBAVFORMAT_VERSION_MAJOR);
  void* library = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);  // never closed: libavformat keeps pointers into it
  void* found = library == nullptr ? nullptr : dlsym(library, "avdevice_register_all");
  if (found == nullptr) {
    throw std::runtime_error("v4l2 and lavfi need " + name + ", which this machine does not have; install libavdevice" +
                             std::to_string(LIBAVFORMAT_VERSION_MAJOR));
  }
  reinterpret_cast<void (*)()>(found)();
  registered = true;
}

}  // namespace framespool::camera
