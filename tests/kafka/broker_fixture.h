#pragma once

#include <broker_kafka/kafka_broker.h>
#include <gmock/gmock.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "fakes/eventually.h"
#include "kafka_node.h"

namespace framespool::broker {

using namespace std::chrono_literals;

inline const Fields kStream{{"file", "/v/a.mp4"}};

inline Payload Bytes(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return Payload(std::vector<std::byte>(bytes.begin(), bytes.end()));
}

/// Not long ago, or Kafka's retention takes the records away at once.
inline const Timestamp kBeginning = Now() - 1h;

/// Record number `n` of a stream; the offset behind it is n + 1.
inline SourceRecord Numbered(const std::string& topic, std::int64_t n, std::size_t size = 0) {
  std::string text = std::to_string(n);
  if (size > text.size()) text.resize(size, '.');
  return {.topic = topic,
          .partition = {},
          .key = "k",
          .value = Bytes(text),
          .headers = {{"content-type", "text/plain"}},
          .timestamp = kBeginning + n * 40ms,
          .source_partition = kStream,
          .source_offset = {{"next", n + 1}}};
}

inline std::int64_t NumberOf(const SinkRecord& record) { return std::stoll(std::string(record.value.text())); }

/// What an AckHandler was told.
struct Acks {
  std::vector<SourceRecord> records;
  std::vector<Appended> where;
  std::vector<std::string> errors;
  std::vector<std::int64_t> numbers() const {
    std::vector<std::int64_t> all;
    for (const auto& record : records) all.push_back(std::get<std::int64_t>(record.source_offset.at("next")) - 1);
    return all;
  }
  AckHandler handler() {
    return [this](std::span<SourceRecord> some, std::span<const Appended> at, const std::exception_ptr& error) {
      for (std::size_t i = 0; i < at.size(); ++i) {
        records.push_back(some[i]);
        where.push_back(at[i]);
      }
      if (!error) return;
      try {
        std::rethrow_exception(error);
      } catch (const std::exception& each) {
        errors.push_back(each.what());
      }
    };
  }
};

inline bool Await(const std::function<bool()>& condition, std::chrono::milliseconds patience = 60s) {
  return fakes::Eventually(condition, patience);
}

class KafkaBrokerTest : public testing::Test {
 protected:
  static KafkaOptions Options() {
    KafkaOptions options;
    options.bootstrap_servers = Kafka().plain();
    options.offsets_partitions = 3;
    return options;
  }
  /// A topic's name of this test's own.
  static std::string Topic(const std::string& name = "t") {
    return std::string(testing::UnitTest::GetInstance()->current_test_info()->name()).append("-").append(name);
  }
  static ClientSettings Settings(std::map<std::string, std::string> overrides = {},
                                 std::vector<std::string> topics = {}) {
    return {.connector = "c", .overrides = std::move(overrides), .topics = std::move(topics)};
  }
  /// As a task does: again after a RetriableError, for a while.
  template <class F>
  static auto Persist(F call, std::chrono::milliseconds patience = 60s) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (true) {
      try {
        return call();
      } catch (const RetriableError&) {
        if (std::chrono::steady_clock::now() > deadline) throw;
        std::this_thread::sleep_for(20ms);  // decides nothing: until the next try, and all of them have a deadline
      }
    }
  }
  static void Append(Producer& producer, const std::string& topic, std::int64_t first, std::int64_t count,
                     std::size_t size = 0) {
    for (std::int64_t n = first; n < first + count; ++n) Persist([&] { producer.Append({Numbered(topic, n, size)}); });
  }
  static bool Drain(Producer& producer, std::chrono::milliseconds patience = 60s) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (producer.Outstanding() > 0 && std::chrono::steady_clock::now() < deadline) producer.Service(50ms);
    return producer.Outstanding() == 0;
  }
  /// Fills a topic with the numbers from `first` on.
  static void Fill(Broker& broker, const std::string& topic, std::int64_t first, std::int64_t count,
                   std::size_t size = 0) {
    Acks acks;
    const auto producer = Persist([&] { return broker.OpenProducer({.connector = "filler"}, acks.handler()); });
    Append(*producer, topic, first, count, size);
    ASSERT_TRUE(Drain(*producer));
    ASSERT_THAT(acks.errors, testing::IsEmpty());
  }
  static std::vector<SinkRecord> ReadAll(TopicReader& reader, std::size_t count,
                                         std::chrono::milliseconds patience = 60s) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    std::vector<SinkRecord> records;
    while (records.size() < count && std::chrono::steady_clock::now() < deadline) {
      auto some = Persist([&] { return reader.Read(count - records.size(), 1 << 20, 200ms, {}); });
      for (auto& record : some) records.push_back(std::move(record));
    }
    return records;
  }
  static std::vector<std::int64_t> Numbers(const std::vector<SinkRecord>& records) {
    std::vector<std::int64_t> numbers;
    for (const auto& record : records) numbers.push_back(NumberOf(record));
    return numbers;
  }
  static std::vector<std::int64_t> Sequence(std::int64_t first, std::int64_t count) {
    std::vector<std::int64_t> numbers;
    for (std::int64_t n = first; n < first + count; ++n) numbers.push_back(n);
    return numbers;
  }
  /// The words of the exception that `call` throws, of type E.
  template <class E, class F>
  static std::string Words(F call) {
    try {
      call();
    } catch (const E& error) {
      return error.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return "";
  }
};

}  // namespace framespool::broker
