#include "record_stages.h"

#include <stdexcept>
#include <utility>

#include <base/data_json.h>
#include <base/log.h>
#include <base/trace.h>
#include <config/value_checks.h>

namespace framespool::runtime {

namespace {

bool IsBytes(const Value& value) { return !value.is_null() && !value.data() && !value.picture(); }

/// Whether `value` still is what `other` is: the same object, not only an equal one.
bool Same(const Value& value, const Value& other) {
  if (value.data() || other.data()) return value.data() == other.data();
  if (value.picture() || other.picture()) return value.picture() == other.picture();
  if (value.is_null() || other.is_null()) return value.is_null() == other.is_null();
  return value.payload().owner() == other.payload().owner() && value.bytes().data() == other.bytes().data() &&
         value.size() == other.size();
}

class Context final : public TransformContext {
 public:
  Context(const TaskIdentity& identity, std::string alias) : identity_(identity), alias_(std::move(alias)) {}
  const std::string& connector() const noexcept override { return identity_.connector; }
  int task() const noexcept override { return identity_.task; }
  const std::string& alias() const noexcept override { return alias_; }
  void Log(LogLevel level, std::string_view message) override {
    log::Write(level, identity_.logger(), alias_ + ": " + std::string(message));
  }

 private:
  const TaskIdentity& identity_;
  const std::string alias_;
};

Value ValueOf(const std::optional<std::string>& key) { return key ? Value(TextPayload(*key)) : Value(); }

/// Data as a topic takes it where no converter is named.
Value Json(const Data& data) {
  if (data.schema) {
    if (const std::string problem = SchemaProblem(*data.schema, data.value); !problem.empty())
      throw std::invalid_argument(problem);
  }
  return data.value.is_null() ? Value() : Value(TextPayload(ToJson(data)));
}

std::optional<std::string> KeyOf(const Value& value) {
  if (value.is_null()) return std::nullopt;
  return std::string(value.text());
}

}  // namespace

RecordStages::RecordStages(RecordStages&&) noexcept = default;
RecordStages& RecordStages::operator=(RecordStages&&) noexcept = default;
RecordStages::~RecordStages() {
  // Before what they are made of.
  chain_.clear();
  key_converter_.reset();
  value_converter_.reset();
}

RecordStages::RecordStages(const RawConfig& config, plugins::PluginRegistry& plugins, const TaskIdentity& identity,
                           bool of_topics)
    : of_topics_(of_topics) {
  const config::Parts parts = config::RequireParts(config, plugins);
  const auto open = [&](const config::Part& part) { return plugins_.emplace_back(plugins.Open(*part.plugin)); };
  const auto at_its_key = [](const config::Part& part, auto make) {
    try {
      return make();
    } catch (const ConfigError& error) {
      throw ConfigError(part.prefix + base::WhatOf(error));
    }
  };
  for (const config::Stage& stage : parts.chain) {
    Transforming made;
    made.context = std::make_unique<Context>(identity, stage.transform.alias);
    made.place = "transforms." + stage.transform.alias + " (" + stage.transform.plugin->class_name + ")";
    made.class_name = stage.transform.plugin->class_name;
    made.key = stage.transform.prefix + "type";
    made.negate = stage.negate;
    const plugins::Plugin plugin = open(stage.transform);
    made.wants_key = plugin.entry().wants_data && stage.transform.of_key;
    made.wants_value = plugin.entry().wants_data && !stage.transform.of_key;
    made.transform =
        at_its_key(stage.transform, [&] { return plugin.MakeTransform(stage.transform.config, *made.context); });
    if (plugin.Withholds(stage.transform.config)) made.withholding = dynamic_cast<Withholding*>(made.transform.get());
    if (stage.predicate) {
      made.predicate =
          at_its_key(*stage.predicate, [&] { return open(*stage.predicate).MakePredicate(stage.predicate->config); });
    }
    chain_.push_back(std::move(made));
  }
  const auto convert = [&](const std::optional<config::Part>& part, std::unique_ptr<Converter>& converter,
                           std::string& class_name) {
    if (!part) return;
    converter = at_its_key(*part, [&] { return open(*part).MakeConverter(part->config); });
    class_name = part->plugin->class_name;
  };
  convert(parts.key_converter, key_converter_, key_converter_class_);
  convert(parts.value_converter, value_converter_, value_converter_class_);
}

void RecordStages::MakeData(const Transforming& stage, RecordRef& record, RecordWay& way) {
  if (stage.wants_key && key_converter_ && !way.key_as_data && IsBytes(way.key)) {
    way.at = RecordWay::At::kKeyConverter;
    way.key = key_converter_->ToData(record.topic, record.headers, way.key);
    way.key_as_data = way.key;
  }
  if (stage.wants_value && value_converter_ && !way.value_as_data && IsBytes(record.value)) {
    way.at = RecordWay::At::kValueConverter;
    record.value = value_converter_->ToData(record.topic, record.headers, record.value);
    way.value_as_data = record.value;
  }
}

bool RecordStages::Transformed(RecordRef& record, RecordWay& way, bool of_topics) {
  for (; way.next < chain_.size(); ++way.next, way.chosen.reset()) {
    Transforming& stage = chain_[way.next];
    way.at = RecordWay::At::kTransform;
    if (!way.chosen) way.chosen = !stage.predicate || stage.predicate->Test(record) != stage.negate;
    if (!*way.chosen) continue;
    if (of_topics) MakeData(stage, record, way);
    way.at = RecordWay::At::kTransform;
    const bool goes_on = stage.transform->Apply(record);
    if (stage.withholding != nullptr) {
      for (const auto& decision : stage.withholding->TakeDecisions())
        decisions_.push_back({way.next, decision.number, decision.goes_on});
      if (!goes_on) way.held = stage.withholding->Held();
    }
    if (!goes_on) return false;
  }
  return true;
}

void RecordStages::KeyToBytes(const RecordRef& record, RecordWay& way) {
  const auto data = way.key.data();
  if (!data) return;
  way.at = RecordWay::At::kKeyConverter;
  way.key = key_converter_ ? key_converter_->FromData(record.topic, record.headers, way.key) : Json(*data);
}

void RecordStages::ValueToBytes(RecordRef& record, RecordWay& way) {
  if (!record.value.data() || !value_converter_) return;
  way.at = RecordWay::At::kValueConverter;
  record.value = value_converter_->FromData(record.topic, record.headers, record.value);
}

void RecordStages::Settle(RecordRef& record, RecordWay& way) {
  if (way.key_as_data && Same(way.key, *way.key_as_data)) way.key = way.key_before;
  KeyToBytes(record, way);
  if (way.value_as_data && Same(record.value, *way.value_as_data)) {
    record.value = way.value_before;
  } else {
    ValueToBytes(record, way);
  }
}

void RecordStages::Begin(RecordWay& way, const std::optional<std::string>& key, const Value& value) {
  if (std::exchange(way.begun, true)) return;
  way.key = way.key_before = ValueOf(key);
  way.value_before = value;
}

bool RecordStages::Pass(SourceRecord& record, RecordWay& way) {
  Begin(way, record.key, record.value);
  RecordRef ref{.topic = record.topic,
                .key = way.key,
                .value = record.value,
                .headers = record.headers,
                .timestamp = record.timestamp};
  if (!Transformed(ref, way, of_topics_)) return false;
  Settle(ref, way);
  if (!Same(way.key, way.key_before)) record.key = KeyOf(way.key);
  return true;
}

bool RecordStages::Pass(SinkRecord& record, RecordWay& way) {
  Begin(way, record.key, record.value);
  RecordRef ref{.topic = record.topic,
                .key = way.key,
                .value = record.value,
                .headers = record.headers,
                .timestamp = record.timestamp,
                .partition = record.partition,
                .offset = record.offset};
  if (!Transformed(ref, way, true)) return false;
  Settle(ref, way);
  if (!Same(way.key, way.key_before)) record.key = KeyOf(way.key);
  if (const auto data = record.value.data()) record.value = Json(*data);
  if (const auto picture = record.value.picture()) {
    way.at = RecordWay::At::kPicture;
    record.value = picture->bytes();
  }
  return true;
}

void RecordStages::RequireTopic(const SourceRecord& record, RecordWay& way) {
  way.at = RecordWay::At::kTopic;
  if (const auto problem = config::TopicNameProblem(record.topic)) throw std::runtime_error(*problem);
}

void RecordStages::Release(RecordWay& way) {
  ++way.next;
  way.chosen.reset();
  way.held.reset();
}

std::string RecordStages::withholding() const {
  for (const Transforming& stage : chain_) {
    if (stage.withholding != nullptr) return stage.place;
  }
  return "";
}

StageAt RecordStages::At(const RecordWay& way) const {
  const auto converter = [](const char* stage, const char* key, const std::string& class_name) {
    return StageAt{stage, key + (class_name.empty() ? "" : " (" + class_name + ")"), class_name, key};
  };
  if (way.at == RecordWay::At::kKeyConverter) return converter("KEY_CONVERTER", "key.converter", key_converter_class_);
  if (way.at == RecordWay::At::kPicture && !chain_.empty())
    return {"TRANSFORMATION", "the picture that transforms have made", chain_.back().class_name, chain_.back().key};
  if (way.at == RecordWay::At::kTopic && !chain_.empty())
    return {"TRANSFORMATION", "the topic that transforms have named", chain_.back().class_name, chain_.back().key};
  if (way.at == RecordWay::At::kValueConverter || way.next >= chain_.size())
    return converter("VALUE_CONVERTER", "value.converter", value_converter_class_);
  const Transforming& stage = chain_[way.next];
  return {"TRANSFORMATION", stage.place, stage.class_name, stage.key};
}

Problem RecordStages::ProblemAt(const RecordWay& way) const {
  const StageAt at = At(way);
  Problem problem = base::ProblemsOfCurrentException().front();
  if (problem.kind == kind::kUnexpected) problem.kind = kind::kRecordRejected;
  problem.field = at.key;
  problem.message = "does not take a record: " + base::DescribeCurrentException();
  problem.facts.insert(
      {{"stage", at.stage}, {"class", at.class_name}, {"exception", base::CurrentException().class_name}});
  return problem;
}

void RecordStages::Reset() {
  for (Transforming& stage : chain_) stage.transform->Reset();
}

}  // namespace framespool::runtime
