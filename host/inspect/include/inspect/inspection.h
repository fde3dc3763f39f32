#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <framespool/record.h>

/// What people look at besides Kafka Connect's own answers: the shapes behind our extensions of its REST API.
namespace framespool::inspect {

struct TopicReport {
  std::string name;
  std::uint64_t bytes = 0;  // on disk
  std::map<std::string, std::string> config;
  std::vector<Extent> partitions;    // by number
  std::vector<std::string> sources;  // connectors whose config names the topic
  std::vector<std::string> sinks;
};

/// Time series of each connector and, as "worker", of the process; NaN where there was no sample. Every series is as
/// long as `times`.
struct MetricsReport {
  std::chrono::milliseconds resolution{};
  std::vector<Timestamp> times;
  std::map<std::string, std::map<std::string, std::vector<float>>> series;
};
enum class Resolution { kSecond, kMinute };  // the last 15 minutes, the last 6 hours

struct Event {
  std::uint64_t sequence = 0;  // from 1, without gaps
  Timestamp time;
  std::string connector;
  int task = -1;      // -1: the connector itself
  std::string state;  // as REST spells it, or CREATED, CHANGED, DELETED
  std::string message;
};

struct WorkerReport {
  std::string data_dir;
  std::string broker;  // "embedded" or "kafka"
  bool broker_reachable = true;
  std::string broker_message;
  std::chrono::milliseconds uptime{};
  int pid = 0;
  std::uint64_t rss_bytes = 0;
  std::vector<std::string> plugins_refused;
  std::string sample_video;  // empty when the build's sample is not there
};

/// What the first frames of a source look like.
struct ProbeReport {
  std::size_t frames = 0;  // that were looked at
  std::string content_type;
  bool is_image = false;  // a JPEG, PNG or WebP; width and height are known then
  int width = 0;
  int height = 0;
  Payload first_frame;
  double frame_bytes = 0;  // on average
  std::optional<double> fps;
  Fields metrics;                     // what the source reports of itself
  std::vector<std::string> messages;  // and what it says in the log
};

}  // namespace framespool::inspect
