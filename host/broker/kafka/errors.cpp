#include "errors.h"

#include <broker/broker.h>
#include <framespool/errors.h>

namespace framespool::broker {

namespace {

/// What to do about an error that does not go away by itself; "" when the name of the error says it.
std::string Advice(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
      return "grant it to this worker's user with kafka-acls --topic, or use another user (sasl.jaas.config)";
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      return "grant it to this worker's user with kafka-acls --cluster, or use another user (sasl.jaas.config)";
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
      return "grant it to this worker's user with kafka-acls --transactional-id, or use another group.id";
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED: return "grant it to this worker's user with kafka-acls --group";
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
      return "set topic.creation.default.replication.factor to no more than the number of brokers, or to -1";
    case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS: return "set topic.creation.default.partitions to 1 or more, or to -1";
    case RD_KAFKA_RESP_ERR_INVALID_CONFIG: return "correct that topic.creation.default.* key";
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
      return "change topic.creation.default.* to what the cluster's policy allows";
    case RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT:
      return "set producer.override.transaction.timeout.ms to no more than the cluster's transaction.max.timeout.ms";
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
      return "delivery.timeout.ms is over; without that setting records wait for ever";
    default: return "";
  }
}

}  // namespace

bool IsRetriable(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__SSL:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__WAIT_COORD:
    case RD_KAFKA_RESP_ERR__WAIT_CACHE:
    case RD_KAFKA_RESP_ERR__IN_PROGRESS:
    case RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
    case RD_KAFKA_RESP_ERR_NOT_CONTROLLER:
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS:
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND:
    case RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
    case RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS:
    case RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED: return true;
    default: return false;
  }
}

std::exception_ptr ErrorOf(rd_kafka_resp_err_t code, const std::string& doing, const Client& client,
                           const std::string& detail) {
  std::string text = doing + ": ";
  const bool lost = code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__TIMED_OUT ||
                    code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || code == RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE;
  if (lost)
    return std::make_exception_ptr(
        RetriableError(Problem{.message = text + client.Describe(), .kind = kind::kBrokerUnreachable}));
  text += rd_kafka_err2str(code);
  if (!detail.empty()) text += " (" + detail + ")";
  if (IsRetriable(code)) return std::make_exception_ptr(RetriableError(text));
  if (const std::string advice = Advice(code); !advice.empty()) text += "; " + advice;
  return std::make_exception_ptr(BrokerError(text));
}

void Throw(rd_kafka_resp_err_t code, const std::string& doing, const Client& client, const std::string& detail) {
  std::rethrow_exception(ErrorOf(code, doing, client, detail));
}

}  // namespace framespool::broker
