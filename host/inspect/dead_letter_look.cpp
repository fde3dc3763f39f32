#include "dead_letter_look.h"

#include <algorithm>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <runtime/dead_letter_headers.h>

#include "topic_record.h"

namespace framespool::inspect {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
namespace dead_letter = runtime::dead_letter;

constexpr std::int64_t kFirstStep = 50;

/// `text` without what differs from record to record: numbers, and what stands between quotes.
std::string ShapeOf(std::string_view text) {
  std::string shape;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (is_digit(c)) {
      if (shape.empty() || shape.back() != '0') shape += '0';
      continue;
    }
    shape += c;
    if (c != '"') continue;
    const auto closing = text.find('"', at + 1);
    if (closing == std::string_view::npos) continue;
    shape += '"';
    at = closing;
  }
  return shape;
}

std::string TextOf(const Headers& headers, std::string_view name) {
  return std::string(FindHeader(headers, name).value_or("").substr(0, kLongestText));
}

/// The letters seen, newest first, and what they tell.
class Letters {
 public:
  Letters(const std::string& connector, const LookLimits& limits) : connector_(connector), limits_(limits) {}

  void Take(const SinkRecord& record) {
    ++looked_at_;
    const auto name = FindHeader(record.headers, dead_letter::kConnectorName);
    if (name && *name != connector_) {
      ++others_;
      return;
    }
    ++(name ? own_ : unnamed_);
    const std::size_t number = ReasonOf(record, name.has_value());
    DeadLetterReason& reason = reasons_[number];
    ++reason.count;
    if (FindHeader(record.headers, dead_letter::kValueBytes)) ++reason.without_value;
    reason.first = std::min(reason.first, record.timestamp);
    reason.last = std::max(reason.last, record.timestamp);
    if (letters_.size() < limits_.letters && reason.count <= static_cast<std::int64_t>(limits_.letters_of_a_reason))
      Keep(record, number);
  }

  /// Puts what was seen into the report.
  void Tell(DeadLetterReport& report) {
    report.looked_at = looked_at_;
    report.own = own_;
    report.others = others_;
    report.unnamed = unnamed_;
    std::vector<std::size_t> order(reasons_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return reasons_[a].count > reasons_[b].count; });
    std::vector<std::optional<std::size_t>> places(reasons_.size());
    for (const std::size_t number : order) {
      if (report.reasons.size() == limits_.reasons) {
        report.in_further_reasons += reasons_[number].count;
        continue;
      }
      places[number] = report.reasons.size();
      report.reasons.push_back(std::move(reasons_[number]));
    }
    for (DeadLetterRecord& letter : letters_) {
      if (!places[letter.reason]) continue;
      letter.reason = *places[letter.reason];
      report.letters.push_back(std::move(letter));
    }
  }

 private:
  using Key = std::tuple<bool, std::string, std::string, std::string, std::string, std::string>;

  std::size_t ReasonOf(const SinkRecord& record, bool is_named) {
    DeadLetterReason reason{.topic = TextOf(record.headers, dead_letter::kTopic),
                            .stage = TextOf(record.headers, dead_letter::kStage),
                            .class_name = TextOf(record.headers, dead_letter::kClassName),
                            .exception_class = TextOf(record.headers, dead_letter::kExceptionClass),
                            .message = TextOf(record.headers, dead_letter::kExceptionMessage),
                            .is_named = is_named,
                            .first = record.timestamp,
                            .last = record.timestamp};
    const auto [known, is_new] = numbers_.try_emplace(
        Key{is_named, reason.topic, reason.stage, reason.class_name, reason.exception_class, ShapeOf(reason.message)},
        reasons_.size());
    if (is_new) {
      reasons_.push_back(std::move(reason));
    } else if (reasons_[known->second].message != reason.message) {
      reasons_[known->second].messages_differ = true;
    }
    return known->second;
  }

  void Keep(const SinkRecord& record, std::size_t reason) {
    letters_.push_back({.reason = reason, .record = keeper_.Keep(record)});
  }

  const std::string& connector_;
  const LookLimits& limits_;
  std::int64_t looked_at_ = 0;
  std::int64_t own_ = 0;
  std::int64_t others_ = 0;
  std::int64_t unnamed_ = 0;
  std::map<Key, std::size_t> numbers_;
  std::vector<DeadLetterReason> reasons_;
  std::vector<DeadLetterRecord> letters_;
  RecordKeeper keeper_{limits_.whole_value, limits_.room_for_values, limits_.beginning};
};

/// One partition: what of it is looked at now, [begin, end) with `next` still to come, and where it begins at all.
struct Window {
  std::int64_t first = 0;
  std::int64_t begin = 0;
  std::int64_t next = 0;
  std::int64_t end = 0;
};

/// Goes backwards through the partitions, in steps that grow: whatever ends the look, it has seen the newest.
class Walk {
 public:
  Walk(broker::Broker& broker, const broker::TopicInfo& topic, Clock::time_point deadline) : deadline_(deadline) {
    std::vector<TopicPartition> sources;
    for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
      const Extent& extent = topic.partitions[i];
      if (extent.end <= extent.first) continue;
      sources.push_back({topic.name, static_cast<std::int32_t>(i)});
      windows_[sources.back()] = {.first = extent.first, .begin = extent.end, .next = extent.end, .end = extent.end};
    }
    if (!sources.empty()) consumer_ = broker.OpenConsumer(sources, {});
  }

  bool at_the_beginning() const {
    return std::all_of(windows_.begin(), windows_.end(),
                       [](const auto& window) { return window.second.begin == window.second.first; });
  }
  /// Nothing of what it has passed is missing.
  bool has_seen_all() const { return has_seen_all_; }
  bool is_late() const { return Clock::now() >= deadline_; }

  /// About `records` before those of the last step, the newest first.
  std::vector<SinkRecord> Back(std::int64_t records) {
    const auto share = std::max<std::int64_t>(1, records / static_cast<std::int64_t>(windows_.size()));
    for (auto& [source, window] : windows_) {
      window.end = window.begin;
      window.begin = window.next = std::max(window.first, window.end - share);
      consumer_->Seek(source, window.begin == window.end ? LastOf(source) : window.begin);
    }
    std::vector<SinkRecord> found;
    while (!HasCome() && !is_late()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now());
      const auto wait = found.empty() ? left : std::min<std::chrono::milliseconds>(left, kLongestPause);
      auto read = consumer_->Read(kBatchRecords, kBatchBytes, std::max(wait, 1ms), {});
      if (read.empty()) break;
      for (SinkRecord& record : read) {
        Window& window = windows_.at({record.topic, record.partition});
        if (record.offset < window.next) continue;
        window.next = record.offset + 1;
        if (record.offset < window.end) found.push_back(std::move(record));
      }
    }
    if (!HasCome()) has_seen_all_ = false;
    std::stable_sort(found.begin(), found.end(), [](const SinkRecord& a, const SinkRecord& b) {
      return std::tie(a.timestamp, a.offset) > std::tie(b.timestamp, b.offset);
    });
    return found;
  }

 private:
  std::int64_t LastOf(const TopicPartition& source) { return consumer_->ExtentOf(source).end; }
  bool HasCome() const {
    return std::all_of(windows_.begin(), windows_.end(),
                       [](const auto& window) { return window.second.next >= window.second.end; });
  }

  const Clock::time_point deadline_;
  std::map<TopicPartition, Window> windows_;
  std::unique_ptr<broker::Consumer> consumer_;
  bool has_seen_all_ = true;
};

}  // namespace

DeadLetterReport LookAtDeadLetters(broker::Broker& broker, const std::string& topic, const std::string& connector,
                                   const LookLimits& limits) {
  const auto deadline = Clock::now() + limits.time;
  DeadLetterReport report;
  report.topic = topic;
  // A reader would make a topic that there is not.
  const auto info = broker.Describe(topic);
  report.exists = info.has_value();
  if (!info) return report;
  for (const Extent& extent : info->partitions) report.records += std::max<std::int64_t>(0, extent.end - extent.first);
  Letters letters(connector, limits);
  Walk walk(broker, *info, deadline);
  std::int64_t passed = 0;
  for (std::int64_t step = kFirstStep; !walk.at_the_beginning() && passed < limits.records && !walk.is_late();
       step *= 4) {
    const std::int64_t records = std::min(step, limits.records - passed);
    passed += records;
    for (const SinkRecord& record : walk.Back(records)) letters.Take(record);
  }
  report.is_complete = walk.at_the_beginning() && walk.has_seen_all();
  letters.Tell(report);
  return report;
}

}  // namespace framespool::inspect
