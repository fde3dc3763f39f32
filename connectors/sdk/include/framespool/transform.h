#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

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

/// On its way a key may be structured data too; its converter makes bytes of that.
using RecordKey = Value;
using RecordValue = Value;

/// A record on its way, as stages see it. Valid during the call.
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
///
/// One that works on either part of a record declares a field `part` with the choices "key" and "value" in its Config:
/// Kafka Connect's `$Key` and `$Value` behind the class's name set it.
class FRAMESPOOL_EXPORT Transform {
 public:
  virtual ~Transform() = default;
  /// False: the record is left out. RetriableError: the same call comes again (errors.retry.*); what any other
  /// exception means is errors.tolerance's to say.
  virtual bool Apply(RecordRef record) = 0;
  /// The next record is not the successor of the last (a seek, a reader that was opened anew): forget what was noted.
  virtual void Reset() {}
};

/// Optional, beside Transform: one that decides on some records only when it has seen later ones. A record that is held
/// back holds up those behind it of its source partition, so that all keep their order and no source offset passes one
/// that is held; after a restart they are read again. One that has waited for a minute, or with a thousand behind it,
/// is left out. On sources only. The same thread as Apply().
class FRAMESPOOL_EXPORT Withholding {
 public:
  virtual ~Withholding() = default;
  /// Asked at once when Apply() has returned false: the number under which the record is held back, as Apply() has
  /// changed it. Nothing: it is left out.
  virtual std::optional<std::uint64_t> Held() = 0;
  struct Decision {
    std::uint64_t number = 0;
    bool goes_on = false;  // to the next transform; false: it is left out
  };
  /// What has been decided since it was asked last. Asked behind each Apply().
  virtual std::vector<Decision> TakeDecisions() = 0;
};

/// Optional: of a transform that is Withholding, whether it ever holds a record back with this config. Where not, it
/// may stand on a sink; without this it may not.
template <class T>
concept MayWithhold = std::derived_from<T, Withholding> && requires(const typename T::Config& config) {
  { T::Withholds(config) } -> std::same_as<bool>;
};

/// Optional: a transform with `static constexpr bool kWantsData = true` works on structured data. Where a topic holds
/// bytes, the connector's converter makes data of its part of the record before it; the bytes of other records stay.
template <class T>
concept WantsData = requires {
  requires T::kWantsData;
};

/// Optional: a transform or a predicate with `static constexpr bool kStateless = true` decides by its config and the
/// record alone, so that records may come in any order, again, or not at all. Only such stand before a view, whose
/// readers jump, each with an instance of its own on whatever thread it is used.
template <class T>
concept Stateless = requires {
  requires T::kStateless;
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
