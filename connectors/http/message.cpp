#include <framespool/http/message.h>

namespace framespool::http {

std::optional<std::string> Request::Header(std::string_view name) const {
  std::optional<std::string> value;
  for (const auto& [key, text] : headers) {
    if (key != name) continue;
    if (value)
      *value += "," + text;
    else
      value = text;
  }
  return value;
}

}  // namespace framespool::http
