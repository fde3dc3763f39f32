#include "json_body.h"

#include <cstddef>
#include <stdexcept>
#include <utility>

#include "http.h"

namespace framespool::rest {

namespace {

constexpr int kMaxDepth = 16;
constexpr std::size_t kMaxValues = 100'000;

}  // namespace

base::Refused BadRequest(std::string message) {
  return base::Refuse(base::Reason::kInvalid, {.message = std::move(message), .kind = "bad-request"});
}

std::string TypeName(const Body& json) {
  const std::string name = json.type_name();
  return (name == "object" || name == "array" ? "an " : name == "null" ? "" : "a ") + name;
}

base::Outcome<Body> ParseObject(std::string_view body, const std::string& wanted) {
  if (Strip(body).empty()) return BadRequest("The request has no body; wanted: " + wanted);
  std::size_t values = 0;
  const auto bounds = [&](int depth, Body::parse_event_t /*event*/, Body& /*parsed*/) {
    if (depth > kMaxDepth || ++values > kMaxValues) throw std::length_error("too many or too deeply nested values");
    return true;
  };
  try {
    Body json = Body::parse(body, bounds);
    if (!json.is_object()) return BadRequest("The body is " + TypeName(json) + "; wanted: " + wanted);
    return json;
  } catch (const Body::exception& error) {
    return BadRequest(std::string("Malformed JSON in the body: ") + error.what());
  } catch (const std::length_error& error) {
    return BadRequest(std::string("The body has ") + error.what() + "; wanted: " + wanted);
  }
}

}  // namespace framespool::rest
