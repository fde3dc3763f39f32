#pragma once

#include <stdexcept>
#include <string>

#define FRAMESPOOL_EXPORT __attribute__((visibility("default")))

namespace framespool {

/// The configuration cannot work. At create time the REST API answers 400; a running task goes to FAILED. The message
/// names the key, what was wanted, what was found and what to do.
class FRAMESPOOL_EXPORT ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The same call may succeed later. The worker makes the same call again after a back-off (errors.retry.*).
/// Any other exception that leaves a connector puts its task in FAILED.
class FRAMESPOOL_EXPORT RetriableError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace framespool
