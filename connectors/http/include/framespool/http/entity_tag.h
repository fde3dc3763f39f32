#pragma once

#include <string>
#include <string_view>

namespace framespool::http {

/// The ETag of what is sent as `bytes`, quotes included: equal for equal bytes, also over a restart.
std::string EntityTag(std::string_view bytes);
/// Whether `list`, as an If-Match or If-None-Match header has it, names `tag` or is "*".
bool NamesTag(std::string_view list, std::string_view tag);

}  // namespace framespool::http
