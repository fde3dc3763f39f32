#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "partition.h"
#include "topic_config.h"

namespace framespool::broker::embedded {

/// A topic: its limits, and its partitions, whose number only grows. Owned by Topics; any thread.
class Topic {
 public:
  using Partitions = std::vector<std::shared_ptr<Partition>>;

  Topic(const PartitionServices& services, std::string name, std::filesystem::path folder, TopicMeta meta,
        const TopicLimits& limits);

  const std::string& name() const noexcept { return name_; }
  std::shared_ptr<const Partitions> partitions() const;
  TopicInfo Describe() const;

 private:
  friend class Topics;
  void Grow(std::int32_t count);

  const PartitionServices& services_;
  const std::string name_;
  const std::filesystem::path folder_;
  const TopicLimits limits_;
  TopicMeta meta_;  // changed by Topics, in its creation turn

  mutable std::mutex mutex_;
  std::shared_ptr<const Partitions> partitions_;
};

/// All topics of the log: the folders of its directory. Owned by the broker; any thread. A topic, once found, lives as
/// long as this.
class Topics {
 public:
  Topics(const PartitionServices& services, const EmbeddedOptions& options) : services_(services), options_(options) {}

  /// Opens what is there. Throws BrokerError.
  void Open();
  Topic* Find(const std::string& name) const;
  /// Creates it, or adds the partitions that are missing. Throws BrokerError.
  Topic& Ensure(const TopicSpec& spec);
  std::vector<Topic*> All() const;
  std::vector<std::shared_ptr<Partition>> AllPartitions() const;

 private:
  void OpenTopic(const std::filesystem::path& folder);
  Topic& Add(std::unique_ptr<Topic> topic);

  const PartitionServices& services_;
  const EmbeddedOptions& options_;
  std::mutex creation_turn_;  // held over the I/O of creating a topic or a partition
  mutable std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Topic>> topics_;
};

}  // namespace framespool::broker::embedded
