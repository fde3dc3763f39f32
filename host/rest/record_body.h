#pragma once

#include <string>
#include <string_view>

#include <base/outcome.h>
#include <produce/record_writing.h>

namespace framespool::rest {

/// POST /topics/{topic}/records: {"value": …, "key": …, "headers": [{"key": …, "value": …}], "partition": …,
/// "timestamp": …, "sync_point": …}. What key and value are: a text, {"json": …}, {"base64": "…"} or null. Refused is
/// all that is wrong, each with its field.
base::Outcome<produce::NewRecord> ParseNewRecord(std::string topic, std::string_view body);

}  // namespace framespool::rest
