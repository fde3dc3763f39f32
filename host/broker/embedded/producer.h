#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sequence.h"
#include "space_guard.h"
#include "topic.h"

namespace framespool::broker::embedded {

/// Writes a source task's records, each batch wholly or not at all, and acknowledges it before Append returns. Owned
/// and used by one task's thread.
class EmbeddedProducer final : public Producer {
 public:
  EmbeddedProducer(Topics& topics, Sequence& sequence, SpaceGuard& space, bool sync_each, std::string connector,
                   AckHandler on_ack);

  void Append(std::vector<SourceRecord>&& records) override;
  void Service(std::chrono::milliseconds) override {}
  std::size_t Outstanding() const noexcept override { return 0; }

 private:
  /// Records that follow each other in the batch and go to the same partition.
  struct Run {
    std::shared_ptr<Partition> partition;
    std::size_t first;
    std::size_t count;
  };

  std::vector<Run> Route(const std::vector<SourceRecord>& records, std::vector<Appended>& where);
  std::shared_ptr<Partition> PartitionOf(const SourceRecord& record);
  void Write(const std::vector<Run>& runs, std::vector<EncodedRecord>& encoded, std::vector<Appended>& where);

  Topics& topics_;
  Sequence& sequence_;
  SpaceGuard& space_;
  const bool sync_each_;
  const std::string connector_;
  const AckHandler on_ack_;
  std::map<std::string, std::shared_ptr<Topic>> known_topics_;
  std::uint32_t batches_ = 0;
};

}  // namespace framespool::broker::embedded
