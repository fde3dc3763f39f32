#include "view_context.h"

#include <algorithm>
#include <utility>

#include "transforming_reader.h"

namespace framespool::runtime {

namespace {

/// Another reader that stands still while the task is paused: the viewers of a paused sink keep their last picture.
class PausableReader final : public TopicReader {
 public:
  PausableReader(std::unique_ptr<TopicReader> reader, TaskState& state) : reader_(std::move(reader)), state_(state) {}
  const TopicPartition& source() const noexcept override { return reader_->source(); }
  Extent extent() override { return reader_->extent(); }
  void Seek(std::int64_t offset) override { reader_->Seek(offset); }
  std::int64_t OffsetAt(Timestamp time) override { return reader_->OffsetAt(time); }
  std::optional<std::int64_t> SyncPointAtOrBefore(std::int64_t offset) override {
    return reader_->SyncPointAtOrBefore(offset);
  }
  std::int64_t position() const noexcept override { return reader_->position(); }
  std::vector<SinkRecord> Read(std::size_t max_records, std::size_t max_bytes, std::chrono::milliseconds wait,
                               std::stop_token stop) override {
    return UnlessPaused(wait, stop, [&] { return reader_->Read(max_records, max_bytes, wait, stop); });
  }
  std::vector<RecordBeginning> ReadBeginnings(std::size_t max_records, std::size_t value_bytes,
                                              std::chrono::milliseconds wait, std::stop_token stop) override {
    return UnlessPaused(wait, stop, [&] { return reader_->ReadBeginnings(max_records, value_bytes, wait, stop); });
  }
  void Interrupt() override { reader_->Interrupt(); }

 private:
  template <class Read>
  auto UnlessPaused(std::chrono::milliseconds wait, const std::stop_token& stop, Read read) -> decltype(read()) {
    // A paused reader waits in slices, so that Interrupt() ends it soon.
    if (state_.AwaitResumed(stop, std::min<std::chrono::milliseconds>(wait, std::chrono::milliseconds(50)))) return {};
    const std::int64_t from = reader_->position();
    auto records = read();
    if (!records.empty() && state_.paused()) {
      reader_->Seek(from);
      records.clear();
    }
    if (!records.empty()) state_.NoteTopicUsed(reader_->source().topic);  // a transform may give a record another
    return records;
  }

  std::unique_ptr<TopicReader> reader_;
  TaskState& state_;
};

}  // namespace

std::unique_ptr<TopicReader> ViewContextOfTask::OpenReader(const TopicPartition& source) {
  auto reader = OpenPlainReader(source);
  if (make_stages_) reader = std::make_unique<TransformingReader>(std::move(reader), make_stages_());
  return std::make_unique<PausableReader>(std::move(reader), state());
}

void ViewContextOfTask::CommitOffset(const std::string& group, const TopicPartition& source, std::int64_t offset) {
  const auto failed = group == this->group() ? FailedAt(source.partition) : std::nullopt;
  StoreOffset(group, source, std::min(offset, failed.value_or(offset)));
}

}  // namespace framespool::runtime
