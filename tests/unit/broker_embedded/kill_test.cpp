#include <sys/wait.h>

#include <csignal>
#include <random>
#include <set>

#include "log_fixture.h"

namespace framespool::broker::embedded {
namespace {

using KillTest = LogTest;

constexpr int kPartitions = 3;
constexpr int kStreams = 2;

std::int64_t NextFrame(const std::vector<SourceOffset>& offsets, std::int64_t stream) {
  for (const SourceOffset& offset : offsets) {
    if (offset.partition == Fields{{"stream", stream}}) return std::get<std::int64_t>(offset.offset.at("frame"));
  }
  return 0;
}

struct Ack {
  std::int64_t stream;
  std::int64_t frame;
};

// A source that resumes where its recovered offsets say, and reports each acknowledged frame through `pipe`.
[[noreturn]] void AppendUntilKilled(const EmbeddedOptions& options, unsigned seed, int pipe) {
  const auto broker = OpenEmbeddedBroker(options);
  const auto offsets = RecoveredOffsets(*broker);
  std::int64_t next[kStreams];
  for (int stream = 0; stream < kStreams; ++stream) next[stream] = NextFrame(offsets, stream);
  const auto producer = broker->OpenProducer({.connector = "camera"}, [&](auto records, auto, const auto&) {
    for (const SourceRecord& record : records) {
      const Ack ack{std::get<std::int64_t>(record.source_partition.at("stream")),
                    std::get<std::int64_t>(record.source_offset.at("frame")) - 1};
      if (write(pipe, &ack, sizeof ack) != sizeof ack) _exit(1);
    }
  });
  std::mt19937 random(seed);
  for (;;) {
    std::vector<SourceRecord> batch;
    for (std::size_t size = 1 + random() % 8; size > 0; --size) {
      const std::int64_t stream = random() % kStreams;
      const std::int64_t frame = next[stream]++;
      SourceRecord record;
      record.topic = "t";
      record.partition = static_cast<std::int32_t>(random() % kPartitions);
      record.key = std::to_string(stream);
      record.headers = {{"frame", std::to_string(frame)}};
      record.value = Payload(std::vector<std::byte>(random() % 5000, static_cast<std::byte>(frame)));
      record.timestamp = Now();
      record.source_partition = {{"stream", stream}};
      record.source_offset = {{"frame", frame + 1}};
      batch.push_back(std::move(record));
    }
    producer->Append(std::move(batch));
  }
}

TEST_F(KillTest, LosesNoAcknowledgedRecordAndRepeatsNoneOverManyKills) {
  options.segment_bytes = 60000;
  Open();
  broker->EnsureTopic({"t", kPartitions, {}});
  Close();
  std::mt19937 random(20240229);
  for (int round = 0; round < 30; ++round) {
    options.sync_interval = round % 3 == 0 ? 0ms : 2ms;
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
      close(ends[0]);
      try {
        AppendUntilKilled(options, static_cast<unsigned>(round), ends[1]);
      } catch (...) {
        _exit(2);
      }
    }
    close(ends[1]);
    std::vector<std::int64_t> acked_frames(kStreams, -1);
    const auto take_ack = [&] {
      Ack ack{};
      if (read(ends[0], &ack, sizeof ack) != sizeof ack) return false;
      acked_frames[static_cast<std::size_t>(ack.stream)] = ack.frame;
      return true;
    };
    for (auto acks = random() % 300; acks > 0; --acks) ASSERT_TRUE(take_ack()) << "the child died by itself";
    const auto spin_until = std::chrono::steady_clock::now() + std::chrono::microseconds(random() % 3000);
    while (std::chrono::steady_clock::now() < spin_until) continue;
    kill(child, SIGKILL);
    while (take_ack()) continue;
    close(ends[0]);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "exit code " << WEXITSTATUS(status);

    Open();
    const auto offsets = RecoveredOffsets(*broker);
    std::vector<std::vector<std::int64_t>> frames(kStreams);
    for (int partition = 0; partition < kPartitions; ++partition) {
      std::int64_t expected = 0;
      for (const SinkRecord& record : ReadAll("t", partition)) {
        ASSERT_EQ(record.offset, expected++);
        frames[std::stoul(record.key.value())].push_back(std::stoll(std::string(*FindHeader(record.headers, "frame"))));
      }
    }
    for (std::size_t stream = 0; stream < kStreams; ++stream) {
      std::vector<std::int64_t>& seen = frames[stream];
      std::sort(seen.begin(), seen.end());
      for (std::size_t i = 0; i < seen.size(); ++i) {
        ASSERT_EQ(seen[i], static_cast<std::int64_t>(i)) << "stream " << stream << ": missing or twice";
      }
      const auto count = static_cast<std::int64_t>(seen.size());
      ASSERT_GT(count, acked_frames[stream]) << "an acknowledged frame is missing";
      ASSERT_EQ(NextFrame(offsets, static_cast<std::int64_t>(stream)), count) << "the offset is not its record's";
    }
    Close();
  }
}

}  // namespace
}  // namespace framespool::broker::embedded
