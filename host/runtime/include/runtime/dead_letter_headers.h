#pragma once

#include <string_view>

/// The headers of a dead letter that say why it is one: Kafka Connect's names, and one of ours. DeadLetters writes
/// them, whoever shows dead letters reads them.
namespace framespool::runtime::dead_letter {

inline constexpr std::string_view kTopic = "__connect.errors.topic";
inline constexpr std::string_view kPartition = "__connect.errors.partition";
inline constexpr std::string_view kOffset = "__connect.errors.offset";
inline constexpr std::string_view kConnectorName = "__connect.errors.connector.name";
inline constexpr std::string_view kTaskId = "__connect.errors.task.id";
inline constexpr std::string_view kStage = "__connect.errors.stage";
inline constexpr std::string_view kClassName = "__connect.errors.class.name";
inline constexpr std::string_view kExceptionClass = "__connect.errors.exception.class.name";
inline constexpr std::string_view kExceptionMessage = "__connect.errors.exception.message";
inline constexpr std::string_view kExceptionTrace = "__connect.errors.exception.stacktrace";
/// How large the value was that the dead letter topic did not take: the letter has none.
inline constexpr std::string_view kValueBytes = "framespool.errors.value.bytes";

}  // namespace framespool::runtime::dead_letter
