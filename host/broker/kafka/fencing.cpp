#include "fencing.h"

#include <framespool/errors.h>

#include "errors.h"

namespace framespool::broker {

std::string TransactionalIdOf(const std::string& group_id, const std::string& connector, int task) {
  return group_id + "-" + connector + "-" + std::to_string(task);
}

bool IsFenced(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
         code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
}

void InitTransactions(Client& client, const std::string& transactional_id, std::chrono::milliseconds wait) {
  const Error error(rd_kafka_init_transactions(client.get(), static_cast<int>(wait.count())));
  if (!error) return;
  const std::string doing = "starting transactions as transactional.id " + transactional_id;
  const auto code = rd_kafka_error_code(error.get());
  if (rd_kafka_error_is_retriable(error.get()) != 0 && !IsRetriable(code)) {
    throw RetriableError(doing + ": " + rd_kafka_error_string(error.get()));
  }
  Throw(code, doing, client, rd_kafka_error_string(error.get()));
}

}  // namespace framespool::broker
