#pragma once

namespace framespool::camera {

/// Makes libavformat know of v4l2 and lavfi, which are in libavdevice. That one brings 100 libraries into the process
/// and is loaded only for them, once. Any thread. Throws std::runtime_error where the machine has none.
void RegisterDeviceFormats();

}  // namespace framespool::camera
