#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <framespool/record.h>

/// Source offsets as Kafka Connect writes them to its topic of offsets: key ["connector",{partition}], value {offset}.
namespace framespool {

struct SourceOffsetKey {
  std::string connector;
  Fields partition;
};

/// Equal keys give equal text.
std::string ToJson(const SourceOffsetKey& key);
/// How the keys of all of a connector's source partitions begin, as this project and Connect write them.
std::string SourceOffsetKeysOf(const std::string& connector);

/// Nothing for what is no such key. A field that is null is left out, here and below: Fields have none.
std::optional<SourceOffsetKey> SourceOffsetKeyFrom(std::string_view json);
/// Nothing for what Fields cannot hold: lists and objects.
std::optional<Fields> SourceOffsetFrom(std::string_view json);

}  // namespace framespool
