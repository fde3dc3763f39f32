#include "record_message.h"

#include <array>
#include <vector>

namespace framespool::broker {

namespace {

constexpr std::string_view kSyncPointHere = "here";
constexpr std::string_view kSyncPointBefore = "before";

rd_kafka_headers_t* HeadersOf(const SourceRecord& record) {
  const bool marked = record.sync_point != SyncPoint::kEach;
  if (record.headers.empty() && !marked) return nullptr;
  rd_kafka_headers_t* headers = rd_kafka_headers_new(record.headers.size() + 1);
  const auto add = [&](std::string_view name, std::string_view value) {
    rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), value.data(),
                        static_cast<ssize_t>(value.size()));
  };
  for (const Header& header : record.headers) add(header.key, header.value);
  if (marked) add(kSyncPointHeader, record.sync_point == SyncPoint::kHere ? kSyncPointHere : kSyncPointBefore);
  return headers;
}

}  // namespace

rd_kafka_topic_t* TopicHandles::Get(const std::string& name) {
  TopicHandle& handle = handles_[name];
  if (!handle) handle.reset(rd_kafka_topic_new(client_.get(), name.c_str(), nullptr));
  if (!handle) throw BrokerError("writing to topic " + name + ": " + rd_kafka_err2str(rd_kafka_last_error()));
  return handle.get();
}

std::optional<SyncPoint> SyncPointNamed(std::string_view text) {
  if (text == kSyncPointHere) return SyncPoint::kHere;
  if (text == kSyncPointBefore) return SyncPoint::kBefore;
  return std::nullopt;
}

rd_kafka_resp_err_t Produce(const Client& client, rd_kafka_topic_t* topic, const SourceRecord& record, void* opaque) {
  // librdkafka's interface is not const, but without MSG_F_FREE it only reads. A null pointer is null; no bytes are
  // somewhere.
  static std::byte nowhere{};
  const auto bytes = record.value.bytes();
  std::byte* const value = record.value.is_null() ? nullptr
                           : bytes.empty()        ? &nowhere
                                                  : const_cast<std::byte*>(bytes.data());
  rd_kafka_headers_t* headers = HeadersOf(record);
  std::array<rd_kafka_vu_t, 8> fields{};
  std::size_t count = 0;
  const auto add = [&](rd_kafka_vtype_t type) -> rd_kafka_vu_t& {
    fields[count].vtype = type;
    return fields[count++];
  };
  add(RD_KAFKA_VTYPE_RKT).u.rkt = topic;
  add(RD_KAFKA_VTYPE_PARTITION).u.i32 = record.partition.value_or(RD_KAFKA_PARTITION_UA);
  auto& payload = add(RD_KAFKA_VTYPE_VALUE).u.mem;
  payload.ptr = value;
  payload.size = bytes.size();
  if (record.key) {
    auto& field = add(RD_KAFKA_VTYPE_KEY).u.mem;
    field.ptr = const_cast<char*>(record.key->data());
    field.size = record.key->size();
  }
  add(RD_KAFKA_VTYPE_TIMESTAMP).u.i64 = record.timestamp.time_since_epoch().count();
  add(RD_KAFKA_VTYPE_OPAQUE).u.ptr = opaque;
  if (headers != nullptr) add(RD_KAFKA_VTYPE_HEADERS).u.headers = headers;
  rd_kafka_error_t* error = rd_kafka_produceva(client.get(), fields.data(), count);
  if (error == nullptr) return RD_KAFKA_RESP_ERR_NO_ERROR;
  const auto code = rd_kafka_error_code(error);
  rd_kafka_error_destroy(error);
  if (headers != nullptr) rd_kafka_headers_destroy(headers);  // still ours after a failure
  return code;
}

bool IsRefusal(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE || code == RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE ||
         code == RD_KAFKA_RESP_ERR_INVALID_RECORD || code == RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP;
}

std::exception_ptr RefusalOf(rd_kafka_resp_err_t code, const SourceRecord& record, const SizeLimits& limits,
                             bool by_client) {
  std::string text =
      "topic " + record.topic + " does not take a record of " + std::to_string(record.value.size()) + " bytes: ";
  const bool too_large =
      code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE || code == RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE;
  if (!too_large) {
    text += rd_kafka_err2str(code);
  } else if (by_client) {
    text += "this worker's message.max.bytes is " + limits.client +
            "; raise it (or producer.override.max.request.size), and max.message.bytes of the topic";
  } else {
    text += "its max.message.bytes is " + (limits.topic ? std::to_string(*limits.topic) : "smaller") +
            "; raise that with kafka-configs --alter --topic " + record.topic +
            " --add-config max.message.bytes=…, or for a new topic with topic.creation.default.max.message.bytes";
  }
  Problem problem{.message = std::move(text),
                  .kind = too_large ? kind::kRecordTooLarge : kind::kRecordRefused,
                  .facts = {{"topic", record.topic}, {"bytes", static_cast<std::int64_t>(record.value.size())}}};
  if (!by_client && limits.topic) problem.facts["max_bytes"] = static_cast<std::int64_t>(*limits.topic);
  return std::make_exception_ptr(RecordRefused(std::move(problem)));
}

}  // namespace framespool::broker
