#pragma once

#include <string>
#include <string_view>

#include <framespool/config_def.h>
#include <framespool/record.h>

namespace framespool {

/// Canonical JSON of a flat object: keys sorted, no white space. Equal Fields give equal text, so it serves as a key.
std::string ToJson(const Fields& fields);
std::string ToJson(const RawConfig& config);

/// Throws std::invalid_argument saying what is wrong.
Fields FieldsFromJson(std::string_view text);
RawConfig ConfigFromJson(std::string_view text);

}  // namespace framespool
