#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "framespool/connector.h"

/// What stands between a task and its topic, and where config values come from: Kafka Connect's transforms, predicates,
/// converters and config providers. Each is a class with a Config and a Describe(), as a connector is, and is made from
/// the keys below its alias (`transforms.<alias>.*`).
namespace framespool {

/// What a transform is told besides its config. Outlives it; any thread.
class FRAMESPOOL_EXPORT TransformContext {
 public:
  virtual ~TransformContext() = default;
  virtual const std::string& connector() const noexcept = 0;
  virtual int task() const noexcept = 0;
  /// The name that the config gives this stage: "a" of `transforms = a`.
  virtual const std::string& alias() const noexcept = 0;
  /// Goes to the worker's log with the connector's name, the task's number and the alias before it.
  virtual void Log(LogLevel level, std::string_view message) = 0;
};

using RecordKey = decltype(SinkRecord::key);
using RecordValue = decltype(SinkRecord::value);

/// A record on its way, as stages see it: made from a source's or a sink's without a copy. Valid during the call.
struct RecordRef {
  std::string& topic;
  RecordKey& key;
  RecordValue& value;
  Headers& headers;
  Timestamp& timestamp;
  /// Where it came from; nothing of a source's record, which is in no topic yet.
  std::optional<std::int32_t> partition{};
  std::optional<std::int64_t> offset{};
};

/// Changes records, or leaves some out. One instance for each task, on the task's own thread, records in their order.
class FRAMESPOOL_EXPORT Transform {
 public:
  virtual ~Transform() = default;
  /// False: the record is left out. RetriableError: the same call comes again (errors.retry.*); what any other
  /// exception means is errors.tolerance's to say.
  virtual bool Apply(RecordRef record) = 0;
  /// The next record is not the successor of the last (a seek, a reader that was opened anew): forget what was noted.
  virtual void Reset() {}
};

/// Says which records a transform is for. The same lifetime and threading as Transform.
class FRAMESPOOL_EXPORT Predicate {
 public:
  virtual ~Predicate() = default;
  /// Changes nothing of the record.
  virtual bool Test(const RecordRef& record) = 0;
};

/// Between the data that a connector handles and the bytes of a topic. One instance for the keys or the values of a
/// task, on the task's own thread.
class FRAMESPOOL_EXPORT Converter {
 public:
  virtual ~Converter() = default;
  /// The bytes that go into `topic`. What is bytes already passes as it is. Throws what errors.tolerance decides on.
  virtual RecordValue FromData(const std::string& topic, const Headers& headers, RecordValue value) = 0;
  /// What the bytes of `topic` stand for.
  virtual RecordValue ToData(const std::string& topic, const Headers& headers, RecordValue value) = 0;
};

/// Where `${alias:path:key}` in a config comes from: a file, the environment, a vault. Any thread, one call at a time;
/// may wait for I/O.
class FRAMESPOOL_EXPORT ConfigProvider {
 public:
  virtual ~ConfigProvider() = default;
  /// The values of `keys` at `path`, as far as they are there. Throws std::runtime_error when `path` cannot be read,
  /// RetriableError when it may be readable later. No message holds a value.
  virtual std::map<std::string, std::string> Get(const std::string& path, const std::set<std::string>& keys) = 0;
};

}  // namespace framespool
