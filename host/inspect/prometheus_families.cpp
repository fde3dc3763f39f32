#include "prometheus_families.h"

#include <limits>

#include <base/escape.h>
#include <prometheus/text_serializer.h>

namespace framespool::inspect {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricType;

std::string AsName(std::string name) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
  };
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool is_digit = name[i] >= '0' && name[i] <= '9';
    if (!is_letter(name[i]) && !(is_digit && i > 0)) name[i] = '_';
  }
  return name;
}

std::vector<ClientMetric::Label> AsLabels(const PrometheusFamilies::Labels& labels) {
  std::vector<ClientMetric::Label> all;
  for (const auto& [name, value] : labels) all.push_back({std::string(name), log::Escaped(value)});
  return all;
}

}  // namespace

prometheus::MetricFamily& PrometheusFamilies::Family(const std::string& name, const std::string& help,
                                                     MetricType type) {
  const std::string valid = AsName(name);
  auto& family = families_[valid];
  if (family.name.empty()) {
    family = {.name = valid, .help = log::Escaped(help), .type = type, .metric = {}};
  } else if (family.type != type) {
    family.type = MetricType::Untyped;
  }
  return family;
}

void PrometheusFamilies::Add(const std::string& name, const std::string& help, const Labels& labels, MetricType type,
                             double value) {
  ClientMetric metric;
  metric.label = AsLabels(labels);
  // Whichever the family's kind comes to be.
  metric.counter.value = metric.gauge.value = metric.untyped.value = value;
  Family(name, help, type).metric.push_back(std::move(metric));
}

void PrometheusFamilies::Counter(const std::string& name, const std::string& help, const Labels& labels, double value) {
  Add(name, help, labels, MetricType::Counter, value);
}

void PrometheusFamilies::Gauge(const std::string& name, const std::string& help, const Labels& labels, double value) {
  Add(name, help, labels, MetricType::Gauge, value);
}

void PrometheusFamilies::Untyped(const std::string& name, const std::string& help, const Labels& labels, double value) {
  Add(name, help, labels, MetricType::Untyped, value);
}

void PrometheusFamilies::Seconds(const std::string& name, const std::string& help, const Labels& labels,
                                 const base::Histogram& times) {
  using Seconds = std::chrono::duration<double>;
  const base::Histogram::Reading reading = times.Read();
  ClientMetric metric;
  metric.label = AsLabels(labels);
  metric.histogram.sample_count = static_cast<std::uint64_t>(reading.count);
  metric.histogram.sample_sum = Seconds(reading.sum).count();
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < reading.buckets.size(); ++i) {
    below += static_cast<std::uint64_t>(reading.buckets[i]);
    const double bound = i < base::Histogram::kBounds.size() ? Seconds(base::Histogram::kBounds[i]).count()
                                                             : std::numeric_limits<double>::infinity();
    metric.histogram.bucket.push_back({below, bound});
  }
  Family(name, help, MetricType::Histogram).metric.push_back(std::move(metric));
}

std::string PrometheusFamilies::Text() const {
  std::vector<prometheus::MetricFamily> all;
  all.reserve(families_.size());
  for (const auto& [name, family] : families_) all.push_back(family);
  return prometheus::TextSerializer().Serialize(all);
}

}  // namespace framespool::inspect
