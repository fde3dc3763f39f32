#include "runtime/failure.h"

#include <algorithm>
#include <array>
#include <utility>

#include <base/trace.h>
#include <framespool/errors.h>

namespace framespool::runtime {

namespace {

constexpr std::array kOfTheRecord{kind::kRecordTooLarge, kind::kRecordRefused, kind::kRecordRejected};
constexpr std::array kAroundTheTask{kind::kFileNotFound, kind::kFileUnreadable,    kind::kPortInUse,
                                    kind::kDiskFull,     kind::kNoFileDescriptors, kind::kBrokerUnreachable};

bool IsOfTheConfig() {
  try {
    throw;
  } catch (const ConfigError&) {
    return true;
  } catch (...) {
    return false;
  }
}

template <class Kinds>
bool IsOneOf(const Kinds& kinds, const Problem& problem) {
  return std::ranges::find(kinds, problem.kind) != kinds.end();
}

}  // namespace

Failure CurrentFailure() {
  Failure failure{.trace = base::DescribeCurrentException(), .problems = base::ProblemsOfCurrentException()};
  const bool of_the_config = IsOfTheConfig();
  failure.is_lasting = std::ranges::any_of(failure.problems, [&](const Problem& problem) {
    return IsOneOf(kOfTheRecord, problem) || (of_the_config && !IsOneOf(kAroundTheTask, problem));
  });
  return failure;
}

}  // namespace framespool::runtime
