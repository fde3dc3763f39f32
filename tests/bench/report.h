#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

namespace framespool::bench {

/// One pair that a bench has measured in one run on the same input: what stands in a row of `./dev bench`'s table.
/// The same lines come from report.py, and pair_table.py reads both.
struct Pair {
  std::string what;    // of ours, e.g. "append to the embedded log"
  std::string beside;  // e.g. "a plain write of the same bytes"
  std::string unit;    // of both figures
  double ours = 0;
  double theirs = 0;
  double ratio = 0;  // how many times better ours is, whichever way the unit is good: the median of the rounds' ratios
  double aim = 0;    // the least that `ratio` should be; 0: none
};

/// Appends the pair to the file that BENCH_REPORT names, as one line of JSON; without that variable it does nothing.
/// Texts are those of the benches' own sources, without quotes and backslashes.
inline void Report(const Pair& pair) {
  const char* file = std::getenv("BENCH_REPORT");
  if (file == nullptr) return;
  std::FILE* report = std::fopen(file, "a");
  if (report == nullptr) {
    std::perror(file);
    std::exit(1);
  }
  std::fprintf(report,
               "{\"what\": \"%s\", \"beside\": \"%s\", \"unit\": \"%s\", \"ours\": %.6g, \"theirs\": %.6g, "
               "\"ratio\": %.6g, \"aim\": %.6g}\n",
               pair.what.c_str(), pair.beside.c_str(), pair.unit.c_str(), pair.ours, pair.theirs, pair.ratio, pair.aim);
  std::fclose(report);
}

}  // namespace framespool::bench
