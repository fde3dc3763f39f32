#pragma once

#include <span>
#include <string_view>

namespace framespool::store {

/// The files of schemas/store in order: entry i brings a database from version i to i + 1.
std::span<const std::string_view> Migrations();

}  // namespace framespool::store
