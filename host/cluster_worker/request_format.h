#pragma once

#include <string>

#include <cluster/requests.h>

/// A request as the requests topic has it: its id is the record's key, the rest is JSON.
namespace framespool::cluster {

std::string ToJson(const Request& request);
/// Throws std::exception for what is none.
Request RequestFromJson(const std::string& id, const std::string& text);

}  // namespace framespool::cluster
