// Lives of a simulated cluster, one after the other, each by its seed, until the time is up or one goes wrong.
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>

#include "run.h"

namespace framespool::cluster::simulation {
namespace {

constexpr std::string_view kUsage =
    "cluster_simulation [--seconds N] [--seed S]\n"
    "  --seconds N  as many runs as N seconds have room for, from a seed of the time on (5)\n"
    "  --seed S     this run only, as it was\n";

bool LivesWell(std::uint64_t seed, Counts& counts) {
  Run run(seed);
  try {
    counts.Add(run.Live());
    return true;
  } catch (const std::exception& e) {
    std::cout << "seed " << seed << ": " << e.what() << '\n'
              << run.Report() << "again: cluster_simulation --seed " << seed << '\n';
    return false;
  }
}

void Print(const Counts& counts, double seconds) {
  const auto runs = static_cast<double>(counts.runs);
  std::cout << counts.runs << " runs in " << seconds << " s (" << runs / seconds << "/s), " << counts.steps
            << " steps, " << counts.faults << " faults, " << counts.terms << " terms, " << counts.given
            << " tasks given, " << counts.written << " numbers written, " << counts.answered
            << " requests answered, well " << static_cast<double>(counts.quiet) / runs / 1000 << " s after the faults; "
            << counts.deaths << " deaths without other faults, all tasks elsewhere after " << counts.longest_move
            << " ms at most (session " << kSession << " ms)\n";
}

int Main(int argc, char** argv) {
  using Clock = std::chrono::steady_clock;
  double seconds = 5;
  std::uint64_t first = static_cast<std::uint64_t>(Clock::now().time_since_epoch().count());
  bool only_one = false;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view option = argv[i];
    if (i + 1 == argc || (option != "--seconds" && option != "--seed")) {
      std::cerr << kUsage;
      return 2;
    }
    if (option == "--seconds") seconds = std::strtod(argv[i + 1], nullptr);
    if (option == "--seed") {
      first = std::strtoull(argv[i + 1], nullptr, 10);
      only_one = true;
    }
  }
  Counts counts;
  const auto begin = Clock::now();
  const auto passed = [&] { return std::chrono::duration<double>(Clock::now() - begin).count(); };
  for (std::uint64_t seed = first; passed() < seconds; ++seed) {
    if (!LivesWell(seed, counts)) return 1;
    if (only_one) break;
  }
  if (counts.runs > 0) Print(counts, passed());
  return 0;
}

}  // namespace
}  // namespace framespool::cluster::simulation

int main(int argc, char** argv) { return framespool::cluster::simulation::Main(argc, argv); }
