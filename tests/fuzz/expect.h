#pragma once

#include <cstdio>
#include <cstdlib>

/// What must hold for every input of a fuzz target; ends the process where it does not, which is a finding.
namespace framespool::fuzz {

inline void Expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: does not hold: %s\n", what);
  std::abort();
}

}  // namespace framespool::fuzz
