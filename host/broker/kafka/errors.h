#pragma once

#include <librdkafka/rdkafka.h>

#include <string>

#include "client.h"

namespace framespool::broker {

/// Whether the same call may succeed later.
bool IsRetriable(rd_kafka_resp_err_t code);

/// The exception for `code`, as a RetriableError or a BrokerError that says what was being done ("writing to topic x"),
/// what came of it and which setting to look at. `detail` is what Kafka said besides.
std::exception_ptr ErrorOf(rd_kafka_resp_err_t code, const std::string& doing, const Client& client,
                           const std::string& detail = "");
[[noreturn]] void Throw(rd_kafka_resp_err_t code, const std::string& doing, const Client& client,
                        const std::string& detail = "");

}  // namespace framespool::broker
