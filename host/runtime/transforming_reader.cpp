#include "transforming_reader.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <base/trace.h>

namespace framespool::runtime {

TransformingReader::TransformingReader(std::unique_ptr<TopicReader> reader, RecordStages stages)
    : reader_(std::move(reader)), stages_(std::move(stages)) {}

void TransformingReader::Seek(std::int64_t offset) {
  // Behind a record that does not pass, the others are at hand.
  if (!read_.empty() && offset > read_.front().offset && offset <= read_.back().offset) {
    while (read_.front().offset < offset) read_.pop_front();
    return;
  }
  read_.clear();
  reader_->Seek(offset);
}

std::int64_t TransformingReader::position() const noexcept {
  return read_.empty() ? reader_->position() : read_.front().offset;
}

std::optional<SinkRecord> TransformingReader::Transformed() {
  SinkRecord record = read_.front();
  RecordWay way;
  try {
    if (!stages_.Pass(record, way)) return std::nullopt;
  } catch (const RetriableError&) {
    throw;
  } catch (...) {
    Problem problem = stages_.ProblemAt(way);
    problem.field.clear();  // its message goes on behind the record's name
    problem.message = "does not pass " + stages_.At(way).place + ": " + base::DescribeCurrentException();
    throw UnusableRecord(read_.front(), std::move(problem));
  }
  return record;
}

std::vector<SinkRecord> TransformingReader::Read(std::size_t max_records, std::size_t max_bytes,
                                                 std::chrono::milliseconds wait, std::stop_token stop) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + wait;
  std::vector<SinkRecord> passed;
  std::size_t bytes = 0;
  while (true) {
    if (read_.empty()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
      auto records = reader_->Read(max_records, max_bytes, std::max(left, std::chrono::milliseconds(0)), stop);
      if (records.empty()) return passed;
      std::move(records.begin(), records.end(), std::back_inserter(read_));
    }
    while (!read_.empty() && passed.size() < max_records && bytes < max_bytes) {
      try {
        if (auto record = Transformed()) {
          bytes += record->value.size();
          passed.push_back(std::move(*record));
        }
      } catch (...) {
        if (passed.empty()) throw;
        return passed;  // the next call throws
      }
      read_.pop_front();
      // Each may take its time, and a chain that leaves all of them out must not be waited for.
      if (stop.stop_requested() || Clock::now() >= deadline) return passed;
    }
    if (!passed.empty()) return passed;
  }
}

}  // namespace framespool::runtime
