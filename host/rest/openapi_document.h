#pragma once

#include <string>
#include <string_view>

namespace framespool::rest {

/// schemas/openapi.yaml as it was when this worker was built.
std::string OpenApiDocument();

}  // namespace framespool::rest
