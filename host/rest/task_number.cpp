#include "task_number.h"

#include <base/numbers.h>

namespace framespool::rest {

std::optional<int> TaskNumber(const std::string& text) {
  const auto number = base::ToInteger<int>(text);
  return number && *number >= 0 ? number : std::nullopt;
}

base::Refusal NoSuchTask(const std::string& connector, const std::string& task) {
  return {.code = 404, .message = "No status found for task " + connector + "-" + task};
}

}  // namespace framespool::rest
