#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include <base/outcome.h>

namespace framespool::rest {

/// Not config_json.h's Json: that one keeps the order of keys and looks each one up by going through all.
using Body = nlohmann::json;

/// The object that a body is. Refused while it is read: one that is made to eat memory (deep, or millions of values).
/// `wanted`: what is told to who sends something else.
base::Outcome<Body> ParseObject(std::string_view body, const std::string& wanted);

/// "an object", "a number": for sentences.
std::string TypeName(const Body& json);

base::Refused BadRequest(std::string message);

}  // namespace framespool::rest
