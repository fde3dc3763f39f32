#pragma once

#include <base/meters.h>
#include <broker/broker.h>
#include <inspect/disk_space.h>
#include <inspect/inspection.h>
#include <inspect/meter_windows.h>
#include <runtime/task_status.h>

#include "prometheus_families.h"

namespace framespool::inspect {

/// Adds what Kafka Connect's JMX beans say, as far as this worker has it, by the names that they have where Connect's
/// workers are scraped: `kafka_connect_TYPE_metrics_ATTRIBUTE`, type and attribute of the bean with _ for -, and
/// `kafka_connect_worker_ATTRIBUTE` of connect-worker-metrics.
///
/// The attributes are those of org.apache.kafka.connect.runtime.ConnectMetricsRegistry (apache/kafka,
/// connect/runtime/src/main/java/org/apache/kafka/connect/runtime/ConnectMetricsRegistry.java). The names are those of
/// the JMX exporter without a rule for a bean, which shared-assets/jmx-exporter/kafka_connect.yml of
/// confluentinc/jmx-monitoring-stacks keeps, with kafka_connect_connector_metrics for what is text; those of the worker
/// and kafka_connect_connector_status are of examples/kafka-connect.yml of prometheus/jmx_exporter.
void AddConnectMetrics(const WorkerFacts& worker, const std::vector<runtime::ConnectorView>& connectors,
                       const MeterWindows& windows, PrometheusFamilies& families);

/// Adds what is known of this worker: build, process, problems, disk, syncs of its log.
void AddWorkerMetrics(const WorkerFacts& worker, Timestamp started, const DiskSpace& disk, const broker::Broker& broker,
                      PrometheusFamilies& families);

/// Adds what tasks report, as their classes declare it (MetricSpec), as framespool_task_NAME, of counters with _total;
/// and how long calls to them took.
void AddTaskMetrics(const std::vector<runtime::ConnectorView>& connectors, PrometheusFamilies& families);

}  // namespace framespool::inspect
