#pragma once

#include <framespool/record.h>

#include <memory>
#include <optional>

#include "client.h"

namespace framespool::broker {

/// Looks at single records for their timestamps, which Kafka tells in no cheaper way. Owned by the broker, used on the
/// watch's thread; its client is made when first needed.
class TimeProbe {
 public:
  TimeProbe(ClientConfig config, std::shared_ptr<Connection> connection)
      : config_(std::move(config)), connection_(std::move(connection)) {}

  struct Found {
    std::int64_t offset = 0;
    Timestamp time;
  };
  /// The first record at or behind `offset`; nothing when none comes in time.
  std::optional<Found> First(const TopicPartition& source, std::int64_t offset) { return Find(source, offset, false); }
  /// The last record at or behind `offset`, which should be near the end.
  std::optional<Found> Last(const TopicPartition& source, std::int64_t offset) { return Find(source, offset, true); }

 private:
  std::optional<Found> Find(const TopicPartition& source, std::int64_t offset, bool last);

  const ClientConfig config_;
  const std::shared_ptr<Connection> connection_;
  std::unique_ptr<Client> client_;
};

}  // namespace framespool::broker
