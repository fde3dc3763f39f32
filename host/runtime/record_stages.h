#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <config/parts.h>
#include <framespool/record.h>
#include <framespool/transform.h>
#include <plugins/plugin_registry.h>
#include <runtime/task_runner.h>

namespace framespool::runtime {

/// Where a record is on its way, by Kafka Connect's names of the stages.
struct StageAt {
  std::string stage;       // "TRANSFORMATION", "KEY_CONVERTER", "VALUE_CONVERTER"
  std::string place;       // for a sentence: "transforms.a (InsertField)"
  std::string class_name;  // of the plugin
  std::string key;         // of the config, that names the plugin: "transforms.a.type"; empty: none does
};

/// One record's way through the stages, kept over the tries of a call that may succeed later.
struct RecordWay {
  enum class At { kTransform, kKeyConverter, kValueConverter, kPicture, kTopic };
  At at = At::kTransform;
  std::size_t next = 0;          // the transform that comes next
  std::optional<bool> chosen{};  // whether it is for this record
  bool begun = false;
  std::optional<std::uint64_t> held{};  // the transform holds the record back, under that number
  Value key{};                          // the record's, while it is on its way
  Value key_before{};
  Value value_before{};
  std::optional<Value> key_as_data{};  // what a converter has made of it
  std::optional<Value> value_as_data{};
};

/// What stands between a task and its topic: on a source the chain of transforms, then converters. On a sink, and on a
/// source that reads topics, a converter makes data of a part of a record for the first transform that wants it as
/// data, and the converters make bytes of it behind the chain; there a picture that the chain has made is written as
/// its bytes. Owned by the task's runner, used on its thread.
class RecordStages {
 public:
  RecordStages() = default;
  RecordStages(RecordStages&&) noexcept;
  RecordStages& operator=(RecordStages&&) noexcept;
  ~RecordStages();
  /// Makes one of each plugin that `config` names, opening their libraries; throws ConfigError that names the key, and
  /// what the plugins throw. `identity` outlives it. `of_topics`: a source's records are as topics hold them, as a
  /// sink's always are.
  RecordStages(const RawConfig& config, plugins::PluginRegistry& plugins, const TaskIdentity& identity,
               bool of_topics = false);

  /// Whether records of a source pass anything, whether those of a sink do.
  bool concern_source() const noexcept { return !chain_.empty() || key_converter_ || value_converter_; }
  bool concern_sink() const noexcept { return !chain_.empty(); }

  /// Whether the record goes on; false: a transform leaves it out, or holds it back (way.held). A value that is data
  /// and has a converter is bytes behind it; a value without one stays data. RetriableError: call again with the same
  /// `way`. Throws what plugins throw; where it was is what At() says.
  bool Pass(SourceRecord& record, RecordWay& way);
  /// The same; what is not changed has the bytes that it came with.
  bool Pass(SinkRecord& record, RecordWay& way);
  StageAt At(const RecordWay& way) const;
  /// What the exception under way says of a record that does not pass, with the kind that its plugin gave it, at the
  /// key that names the plugin. Only within a catch.
  Problem ProblemAt(const RecordWay& way) const;
  /// Throws where a transform has given the record a topic that cannot be one, and At() says so then.
  static void RequireTopic(const SourceRecord& record, RecordWay& way);

  /// What transforms have decided of records that they held back (way.held), since the last call.
  struct Decision {
    std::size_t stage = 0;  // as way.next
    std::uint64_t number = 0;
    bool goes_on = false;
  };
  std::vector<Decision> TakeDecisions() { return std::exchange(decisions_, {}); }
  /// Has the next Pass() go on behind the transform that held the record back.
  static void Release(RecordWay& way);
  /// The transform that may hold records back, for a sentence; empty: none.
  std::string withholding() const;

  /// The next record is not the successor of the last.
  void Reset();

 private:
  struct Transforming {
    std::unique_ptr<TransformContext> context;
    std::unique_ptr<Transform> transform;
    Withholding* withholding = nullptr;  // the same object, where it may hold records back
    std::unique_ptr<Predicate> predicate;
    bool negate = false;
    bool wants_key = false;  // as data
    bool wants_value = false;
    std::string place;
    std::string class_name;
    std::string key;
  };
  static void Begin(RecordWay& way, const std::optional<std::string>& key, const Value& value);
  bool Transformed(RecordRef& record, RecordWay& way, bool of_topics);
  void MakeData(const Transforming& stage, RecordRef& record, RecordWay& way);
  void KeyToBytes(const RecordRef& record, RecordWay& way);
  void ValueToBytes(RecordRef& record, RecordWay& way);
  /// Data is bytes again; what is as it came has the bytes that it came with.
  void Settle(RecordRef& record, RecordWay& way);

  bool of_topics_ = false;
  std::vector<Transforming> chain_;
  std::vector<Decision> decisions_;
  std::unique_ptr<Converter> key_converter_;
  std::unique_ptr<Converter> value_converter_;
  std::string key_converter_class_;
  std::string value_converter_class_;
  std::vector<plugins::Plugin> plugins_;  // what they are made of outlives them
};

}  // namespace framespool::runtime
