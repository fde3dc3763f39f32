#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <base/secrets.h>
#include <base/trace.h>
#include <broker/broker.h>
#include <config/common_config.h>
#include <framespool/config_def.h>
#include <runtime/task_runner.h>

namespace framespool::runtime {

/// A record as its topic has it, and why its task let it go.
struct DeadLetter {
  SinkRecord record;
  std::string stage;       // by Kafka Connect's names: "TRANSFORMATION", "TASK_PUT"
  std::string class_name;  // of the plugin that did not take it
  base::Caught why;        // without an exception: the kind of the problem, and its message
};

/// Sends the records that a sink's task leaves out to the topic that errors.deadletterqueue.* of its config names,
/// which is made where it is missing. Owned by the task's runner, used on its thread.
class DeadLetters {
 public:
  /// `common` is what `config` says for all to read; of the rest its producer gets its settings.
  /// No header shows one of `secrets`.
  DeadLetters(const config::CommonConfig& common, const RawConfig& config, base::Secrets secrets,
              const TaskIdentity& identity, broker::Broker& broker);

  /// Whether the config names a topic.
  bool wanted() const noexcept { return !common_.dead_letter_topic.empty(); }
  /// Writes it. RetriableError: it is not written, call again. Throws where it was one too many of
  /// errors.deadletterqueue.window records that follow each other in its partition; it is written then all the same.
  void Send(const DeadLetter& letter);
  /// Returns when all that were sent are in the topic. RetriableError: some are still not, call again. Before a
  /// consumer offset is committed behind them.
  void AwaitWritten();
  std::int64_t sent() const noexcept { return sent_; }

 private:
  SourceRecord RecordOf(const DeadLetter& letter) const;
  void Append(SourceRecord record);
  void Open();
  void NoteLetter(const SinkRecord& record);

  const config::CommonConfig common_;
  const RawConfig config_;
  const base::Secrets secrets_;
  const TaskIdentity& identity_;
  broker::Broker& broker_;
  std::int64_t sent_ = 0;
  std::map<TopicPartition, std::set<std::int64_t>> of_partition_;  // the offsets of the last letters
  std::vector<SourceRecord> too_large_;                            // that the topic does not take with their values
  std::exception_ptr lost_;                                        // what the broker said of others
  std::unique_ptr<broker::Producer> producer_;
};

}  // namespace framespool::runtime
