#include "task_number.h"

#include <charconv>

namespace framespool::rest {

std::optional<int> TaskNumber(const std::string& text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

worker::Refusal NoSuchTask(const std::string& connector, const std::string& task) {
  return {.code = 404, .message = "No status found for task " + connector + "-" + task};
}

}  // namespace framespool::rest
