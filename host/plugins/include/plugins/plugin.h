#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <framespool/plugin.h>

namespace framespool::plugins {

/// One class of an opened library, for those who call it, and the object of its library that all made of it share. What
/// an optional part would say is nothing where the class has none. Cheap to copy; whoever has a task of it keeps it, so
/// that the library's object outlives the task. What the plugin throws passes.
class Plugin {
 public:
  /// `entry` lives as long as the process.
  explicit Plugin(const PluginEntry& entry, std::shared_ptr<void> library = nullptr)
      : entry_(&entry), library_(std::move(library)) {}

  const PluginEntry& entry() const noexcept { return *entry_; }
  const char* name() const noexcept { return entry_->name; }

  std::vector<FieldResult> Validate(const RawConfig& config) const { return entry_->describe().Validate(config); }
  std::vector<Problem> Check(const RawConfig& config, const std::string& connector) const;
  std::optional<RecordSample> Sample(const RawConfig& config) const;
  std::optional<Problem> CheckOffset(const RawConfig& config, const std::string& connector, const Fields& partition,
                                     const Fields& offset) const;
  std::optional<RecordFacts> DescribeRecord(const SourceRecord& record) const;
  /// The keys with which its records are made smaller, "width, format"; empty where the class names none.
  std::string SmallerBy() const;
  /// "or make the records smaller (width, format)"; empty where the class names no key for that.
  std::string AdviceOnLargeRecords() const;

  /// Whether a transform may hold records back.
  bool Withholds(const RawConfig& config) const { return entry_->withholds != nullptr && entry_->withholds(config); }
  bool splits() const noexcept { return entry_->task_configs != nullptr; }
  std::vector<RawConfig> TaskConfigs(const RawConfig& config, ConnectorContext& context, int max_tasks) const {
    return entry_->task_configs(config, context, max_tasks);
  }
  /// Null where the class watches nothing.
  std::unique_ptr<ConnectorWatch> Watch(const RawConfig& config, ConnectorContext& context) const;

  // Of the kind that the class is of.
  std::unique_ptr<SourceTask> MakeSource(const RawConfig& config, SourceTaskContext& context) const {
    return entry_->make_source(config, context, library_.get());
  }
  std::unique_ptr<SinkTask> MakeSink(const RawConfig& config, SinkTaskContext& context) const {
    return entry_->make_sink(config, context, library_.get());
  }
  std::unique_ptr<View> MakeView(const RawConfig& config, ViewContext& context) const {
    return entry_->make_view(config, context, library_.get());
  }
  std::unique_ptr<Transform> MakeTransform(const RawConfig& config, TransformContext& context) const {
    return entry_->make_transform(config, context, library_.get());
  }
  std::unique_ptr<Predicate> MakePredicate(const RawConfig& config) const {
    return entry_->make_predicate(config, library_.get());
  }
  std::unique_ptr<Converter> MakeConverter(const RawConfig& config) const {
    return entry_->make_converter(config, library_.get());
  }
  std::unique_ptr<ConfigProvider> MakeConfigProvider(const RawConfig& config) const {
    return entry_->make_config_provider(config, library_.get());
  }

 private:
  const PluginEntry* entry_;
  std::shared_ptr<void> library_;
};

}  // namespace framespool::plugins
