#include "plugins/plugin.h"

namespace framespool::plugins {

std::vector<Problem> Plugin::Check(const RawConfig& config, const std::string& connector) const {
  if (entry_->check == nullptr) return {};
  return entry_->check(config, connector, library_.get());
}

std::optional<RecordSample> Plugin::Sample(const RawConfig& config) const {
  if (entry_->sample == nullptr) return std::nullopt;
  return entry_->sample(config);
}

std::optional<Problem> Plugin::CheckOffset(const RawConfig& config, const std::string& connector,
                                           const Fields& partition, const Fields& offset) const {
  if (entry_->check_offset == nullptr) return std::nullopt;
  return entry_->check_offset(config, connector, partition, offset);
}

std::optional<RecordFacts> Plugin::DescribeRecord(const SourceRecord& record) const {
  if (entry_->describe_record == nullptr) return std::nullopt;
  return entry_->describe_record(record);
}

std::string Plugin::SmallerBy() const {
  std::string keys;
  for (const char* key : entry_->smaller_by) keys.append(keys.empty() ? "" : ", ").append(key);
  return keys;
}

std::string Plugin::AdviceOnLargeRecords() const {
  const std::string keys = SmallerBy();
  return keys.empty() ? "" : "or make the records smaller (" + keys + ")";
}

std::unique_ptr<ConnectorWatch> Plugin::Watch(const RawConfig& config, ConnectorContext& context) const {
  if (entry_->watch == nullptr) return nullptr;
  return entry_->watch(config, context);
}

}  // namespace framespool::plugins
