#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <cluster/view.h>

namespace framespool::cluster {

/// The topic of the cluster's state (config.storage.topic: one partition, compacted), as its workers see it. Calls wait
/// for the broker; each thread has its own use of it. Offsets are the log's.
class ClusterLog {
 public:
  virtual ~ClusterLog() = default;

  struct Batch {
    std::vector<Record> records;
    std::int64_t next = 0;  // where to read on
  };
  /// Committed records from `position` on, in order, at most `most`; none when there are none yet. An open transaction
  /// hides itself and what follows it.
  virtual Batch Read(std::int64_t position, std::size_t most) = 0;
  /// Behind the last record: who has read as far has read all that was committed before the call.
  virtual std::int64_t End() = 0;

  /// Who may write. Its end, or that of its process, aborts what it has begun.
  class Writer {
   public:
    virtual ~Writer() = default;
    /// All of it or nothing; false: another has become the writer since, and this one writes nothing any more.
    virtual bool Commit(const Transaction& transaction) = 0;
  };
  /// Takes the cluster's transactional id (framespool-cluster-GROUP): whoever had it writes nothing from here on, and
  /// what it had begun is aborted or committed before the call returns.
  virtual std::unique_ptr<Writer> BecomeWriter() = 0;
};

}  // namespace framespool::cluster
