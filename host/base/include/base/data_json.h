#pragma once

#include <string>

#include <framespool/data.h>

namespace framespool {

/// Structured data as Kafka Connect's JsonConverter writes it without schemas: structs, and maps whose keys are all
/// text, as objects; other maps as lists of [key, value]; bytes as base64 text; NaN and infinities as null.
std::string ToJson(const Data& data);

}  // namespace framespool
