#pragma once

#include <stdexcept>

namespace framespool::cluster::simulation {

/// Something has happened that must not.
class Violation : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace framespool::cluster::simulation
