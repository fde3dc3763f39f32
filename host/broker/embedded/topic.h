#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "partition.h"
#include "topic_config.h"

namespace framespool::broker::embedded {

/// A topic: its limits, and its partitions, whose number only grows. Shared by Topics and those who use it: they may
/// outlive its removal. Any thread.
class Topic {
 public:
  using Partitions = std::vector<std::shared_ptr<Partition>>;

  Topic(const PartitionServices& services, std::string name, std::filesystem::path folder, TopicMeta meta,
        const TopicLimits& limits);

  const std::string& name() const noexcept { return name_; }
  std::shared_ptr<const Partitions> partitions() const;
  TopicInfo Describe() const;
  bool is_removed() const noexcept { return removed_; }

 private:
  friend class Topics;
  void Grow(std::int32_t count);

  const PartitionServices& services_;
  const std::string name_;
  const std::filesystem::path folder_;
  const TopicLimits limits_;
  const TopicConfig config_;  // as Describe() shows it
  TopicMeta meta_;            // changed by Topics, in its creation turn
  std::atomic<bool> removed_{false};

  mutable std::mutex mutex_;
  std::shared_ptr<const Partitions> partitions_;
};

/// All topics of the log: the folders of its directory. One that cannot be opened is left out and listed as a problem;
/// it is tried again when somebody wants it. Owned by the broker; any thread.
class Topics {
 public:
  Topics(const PartitionServices& services, const EmbeddedOptions& options) : services_(services), options_(options) {}

  /// Opens what is there. Throws BrokerError when the directory cannot be listed.
  void Open();
  std::shared_ptr<Topic> Find(const std::string& name) const;
  /// Creates it, or adds the partitions that are missing. Throws BrokerError, or RetriableError for lack of space or
  /// descriptors; also for a topic that is there and cannot be opened.
  std::shared_ptr<Topic> Ensure(const TopicSpec& spec);
  /// Removes it with its files; false when there is none. Throws BrokerError, and then nothing has changed.
  bool Remove(const std::string& name);
  std::vector<std::shared_ptr<Topic>> All() const;
  std::vector<std::shared_ptr<Partition>> AllPartitions() const;
  /// The topics that could not be opened.
  std::set<std::string> Refused();

 private:
  void OpenTopic(const std::filesystem::path& folder);
  void TryToOpen(const std::filesystem::path& folder);
  std::shared_ptr<Topic> Add(std::shared_ptr<Topic> topic);

  const PartitionServices& services_;
  const EmbeddedOptions& options_;
  std::mutex creation_turn_;  // held over the I/O of creating a topic or a partition, and of removing a topic
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Topic>> topics_;
  std::set<std::string> refused_;  // in the creation turn
};

}  // namespace framespool::broker::embedded
