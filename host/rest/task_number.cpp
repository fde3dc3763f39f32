#include "task_number.h"

#include <base/numbers.h>

namespace framespool::rest {

std::optional<int> TaskNumber(const std::string& text) {
  const auto number = base::ToInteger<int>(text);
  return number && *number >= 0 ? number : std::nullopt;
}

base::Refused NoSuchTask(const std::string& connector, const std::string& task) {
  return base::Refuse(base::Reason::kNotFound, {.message = "No status found for task " + connector + "-" + task,
                                                .kind = "no-such-task",
                                                .facts = {{"connector", connector}}});
}

}  // namespace framespool::rest
