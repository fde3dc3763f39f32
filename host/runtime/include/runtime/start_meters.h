#pragma once

#include <base/meters.h>

namespace framespool::runtime {

/// How often something was started, and how that went, since the worker began. Any thread.
struct StartMeters {
  base::Counter attempts;
  base::Counter succeeded;
  base::Counter failed;
};

}  // namespace framespool::runtime
