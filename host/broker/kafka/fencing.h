#pragma once

#include <chrono>
#include <string>

#include "client.h"

namespace framespool::broker {

/// Whose transactions they are: Kafka Connect's transactional.id of a source task.
std::string TransactionalIdOf(const std::string& group_id, const std::string& connector, int task);

/// Whether another has become the producer of that transactional.id.
bool IsFenced(rd_kafka_resp_err_t code);

/// Makes `client` the one producer of its transactional.id: every earlier one is fenced, and its transaction is over
/// when this returns. Throws as Throw() does, RetriableError when that takes longer than `wait`.
void InitTransactions(Client& client, const std::string& transactional_id, std::chrono::milliseconds wait);

}  // namespace framespool::broker
