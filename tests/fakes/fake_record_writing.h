#pragma once

#include <functional>
#include <utility>
#include <vector>

#include <produce/record_writing.h>

namespace framespool::fakes {

/// Takes records of topic "t", and keeps what it was given. Work runs where the test lets it.
class FakeRecordWriting final : public produce::RecordWriting {
 public:
  using Posting = std::function<void(std::function<void()> work)>;
  explicit FakeRecordWriting(Posting post) : post_(std::move(post)) {}

  void Post(std::function<void()> work) override { post_(std::move(work)); }
  base::Outcome<produce::WrittenRecord> Write(produce::NewRecord record) override {
    if (record.topic != "t")
      return base::Refuse(base::Reason::kNotFound, {.message = "There is no topic " + record.topic});
    given_.push_back(std::move(record));
    return produce::WrittenRecord{
        .partition = 1, .offset = 7, .timestamp = given_.back().timestamp.value_or(Timestamp(std::chrono::hours(1)))};
  }
  /// Read it when the answers are there.
  const std::vector<produce::NewRecord>& given() const { return given_; }

 private:
  const Posting post_;
  std::vector<produce::NewRecord> given_;
};

}  // namespace framespool::fakes
