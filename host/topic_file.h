#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>

#include <framespool/record.h>

/// A topic in one file: schemas/topic-file.md has the format. Both throw std::runtime_error naming the file, what is
/// wrong and where. One thread.
namespace framespool {

struct TopicFileHead {
  std::string topic;
  std::int32_t partitions = 1;
  std::map<std::string, std::string> config{};
};

/// Writes beside `file`, which must not be there, and gives it its name at the end: a file of that name is whole.
class TopicFileWriter {
 public:
  TopicFileWriter(std::filesystem::path file, const TopicFileHead& head);
  TopicFileWriter(const TopicFileWriter&) = delete;
  TopicFileWriter& operator=(const TopicFileWriter&) = delete;
  /// Removes what is not finished.
  ~TopicFileWriter();

  void Write(const SinkRecord& record);
  void Finish();
  std::int64_t records() const noexcept { return records_; }

 private:
  void Put(std::string_view bytes);

  const std::filesystem::path file_;
  const std::filesystem::path unfinished_;
  std::ofstream out_;
  std::uint32_t crc_ = 0;
  std::int64_t records_ = 0;
  bool is_finished_ = false;
};

class TopicFileReader {
 public:
  explicit TopicFileReader(std::filesystem::path file);

  const TopicFileHead& head() const noexcept { return head_; }
  /// The next record; nothing behind the last one, once it is sure that the file is whole.
  std::optional<SinkRecord> Next();

 private:
  std::string TakeLine();
  std::string Take(std::uint64_t size);
  /// `what` is wrong with what begins at `place_`.
  [[noreturn]] void Refuse(const std::string& what) const;

  const std::filesystem::path file_;
  std::ifstream in_;
  std::uint64_t size_ = 0;
  std::uint64_t place_ = 0;  // of the record under way, in bytes
  std::uint64_t position_ = 0;
  std::uint32_t crc_ = 0;
  std::int64_t records_ = 0;
  TopicFileHead head_;
};

}  // namespace framespool
