// BOOTSTRAP GROUP OFFSETS_TOPIC TOPIC COUNT: a source that sends the numbers up to COUNT, exactly once, going on where
// the topic of offsets says; made to be killed. Writes a byte to stdout for each record that is committed.

#include <broker_kafka/kafka_broker.h>
#include <framespool/errors.h>

#include <cstdio>
#include <string>
#include <thread>

namespace {

using namespace framespool;
using namespace std::chrono_literals;

template <class F>
auto Persist(F call) {
  while (true) {
    try {
      return call();
    } catch (const RetriableError&) {
      std::this_thread::sleep_for(20ms);  // decides nothing: until the next try
    }
  }
}

int Send(const broker::KafkaOptions& options, const std::string& topic, std::int64_t count) {
  const Fields stream{{"file", "/v/a.mp4"}};
  const auto kafka = broker::OpenKafkaBroker(options);
  std::int64_t next = 0;
  kafka->RecoverSourceOffsets({}, [&next](auto offsets) {
    for (const auto& found : offsets) next = std::get<std::int64_t>(found.offset.at("next"));
  });
  const auto producer = Persist([&] {
    return kafka->OpenProducer({.connector = "c", .topics = {topic}},
                               [](auto, auto where, const std::exception_ptr& error) {
                                 if (error) std::rethrow_exception(error);
                                 for (std::size_t i = 0; i < where.size(); ++i) std::putchar('.');
                                 std::fflush(stdout);
                               });
  });
  for (; next < count; ++next) {
    const std::string text = std::to_string(next);
    const auto bytes = std::as_bytes(std::span(text));
    Persist([&] {
      producer->Append({{.topic = topic,
                         .partition = {},
                         .key = "k",
                         .value = Payload(std::vector<std::byte>(bytes.begin(), bytes.end())),
                         .headers = {},
                         .timestamp = Now(),
                         .source_partition = stream,
                         .source_offset = {{"next", next + 1}}}});
    });
    producer->Service(0ms);
  }
  while (producer->Outstanding() > 0) producer->Service(100ms);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  broker::KafkaOptions options;
  options.bootstrap_servers = argv[1];
  options.group_id = argv[2];
  options.offsets_topic = argv[3];
  options.offsets_partitions = 3;
  options.exactly_once = true;
  try {
    return Send(options, argv[4], std::stoll(argv[5]));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "exactly_once_child: %s\n", error.what());
    return 1;
  }
}
