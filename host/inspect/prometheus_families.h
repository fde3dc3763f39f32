#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <base/meters.h>
#include <prometheus/metric_family.h>

namespace framespool::inspect {

/// The metrics of one answer to a scrape, gathered by family: Prometheus's text format wants the lines of one name
/// together. Names, helps and labels may be anything; what the format cannot say is replaced, for one bad name would
/// cost the whole scrape.
class PrometheusFamilies {
 public:
  using Labels = std::vector<std::pair<std::string_view, std::string>>;

  /// Of a name that comes with two kinds the family is untyped.
  void Counter(const std::string& name, const std::string& help, const Labels& labels, double value);
  void Gauge(const std::string& name, const std::string& help, const Labels& labels, double value);
  /// A value of no kind.
  void Untyped(const std::string& name, const std::string& help, const Labels& labels, double value);
  /// In seconds. `name` is of no other kind.
  void Seconds(const std::string& name, const std::string& help, const Labels& labels, const base::Histogram& times);

  /// The text format 0.0.4.
  std::string Text() const;

 private:
  void Add(const std::string& name, const std::string& help, const Labels& labels, prometheus::MetricType type,
           double value);
  prometheus::MetricFamily& Family(const std::string& name, const std::string& help, prometheus::MetricType type);

  std::map<std::string, prometheus::MetricFamily> families_;
};

}  // namespace framespool::inspect
