#include <framespool/http/entity_tag.h>
#include <framespool/http/text.h>

#include <algorithm>
#include <cstdint>

namespace framespool::http {

std::string EntityTag(std::string_view bytes) {
  std::uint64_t hash = 14695981039346656037U;  // FNV-1a
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  constexpr char kDigits[] = "0123456789abcdef";
  std::string tag = "\"";
  for (int shift = 60; shift >= 0; shift -= 4) tag += kDigits[(hash >> shift) & 15];
  return tag + "\"";
}

bool NamesTag(std::string_view list, std::string_view tag) {
  const auto named = SplitList(list, ',');
  return std::any_of(named.begin(), named.end(), [&](std::string_view one) { return one == "*" || one == tag; });
}

}  // namespace framespool::http
