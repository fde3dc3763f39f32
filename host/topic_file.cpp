#include "topic_file.h"

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <base/crc32c.h>
#include <nlohmann/json.hpp>

namespace framespool {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;
constexpr std::size_t kLongestLine = 16 << 20;

std::string Dump(const Json& json) { return json.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n"; }

Json SizeOrNull(bool is_null, std::size_t size) { return is_null ? Json(nullptr) : Json(size); }

const char* Name(SyncPoint sync_point) {
  switch (sync_point) {
    case SyncPoint::kEach: return "each";
    case SyncPoint::kHere: return "here";
    case SyncPoint::kBefore: return "before";
  }
  return "each";
}

SyncPoint SyncPointNamed(const std::string& name) {
  for (const SyncPoint each : {SyncPoint::kEach, SyncPoint::kHere, SyncPoint::kBefore}) {
    if (name == Name(each)) return each;
  }
  throw std::invalid_argument("sync_point is \"" + name + "\"");
}

}  // namespace

TopicFileWriter::TopicFileWriter(fs::path file, const TopicFileHead& head)
    : file_(std::move(file)), unfinished_(file_.string() + ".unfinished") {
  if (fs::exists(fs::symlink_status(file_)))
    throw std::runtime_error(file_.string() + " is there already; name another file, or remove it");
  out_.open(unfinished_, std::ios::binary | std::ios::trunc);
  if (!out_) throw std::runtime_error("cannot write " + unfinished_.string() + ": " + std::strerror(errno));
  Put(Dump({{"framespool_topic", kFormat},
            {"topic", head.topic},
            {"partitions", head.partitions},
            {"config", Json(head.config)}}));
}

TopicFileWriter::~TopicFileWriter() {
  std::error_code gone;
  if (!is_finished_) fs::remove(unfinished_, gone);
}

void TopicFileWriter::Put(std::string_view bytes) {
  crc_ = base::Crc32c(crc_, bytes.data(), bytes.size());
  if (!out_.write(bytes.data(), static_cast<std::streamsize>(bytes.size())))
    throw std::runtime_error("cannot write " + unfinished_.string() + ": " + std::strerror(errno));
}

void TopicFileWriter::Write(const SinkRecord& record) {
  Json headers = Json::array();
  for (const Header& header : record.headers) headers.push_back({header.key.size(), header.value.size()});
  Put(Dump({{"partition", record.partition},
            {"offset", record.offset},
            {"timestamp", record.timestamp.time_since_epoch().count()},
            {"sync_point", Name(record.sync_point)},
            {"key", SizeOrNull(!record.key, record.key.value_or("").size())},
            {"headers", std::move(headers)},
            {"value", SizeOrNull(record.value.is_null(), record.value.size())}}));
  if (record.key) Put(*record.key);
  for (const Header& header : record.headers) {
    Put(header.key);
    Put(header.value);
  }
  if (!record.value.is_null()) Put(record.value.text());
  Put("\n");
  ++records_;
}

void TopicFileWriter::Finish() {
  const std::uint32_t crc = crc_;
  Put(Dump({{"records", records_}, {"crc32c", crc}}));
  out_.close();
  std::error_code error;
  if (out_) fs::rename(unfinished_, file_, error);
  if (!out_ || error) throw std::runtime_error("cannot write " + file_.string() + ": " + std::strerror(errno));
  is_finished_ = true;
}

TopicFileReader::TopicFileReader(fs::path file) : file_(std::move(file)), in_(file_, std::ios::binary) {
  std::error_code error;
  size_ = fs::file_size(file_, error);
  if (!in_ || error)
    throw std::runtime_error("cannot read " + file_.string() + ": " +
                             (error ? error.message() : std::string(std::strerror(errno))));
  try {
    const Json head = Json::parse(TakeLine());
    if (head.at("framespool_topic") != kFormat) Refuse("is of another version than " + std::to_string(kFormat));
    head_ = {.topic = head.at("topic"), .partitions = head.at("partitions"), .config = head.at("config")};
  } catch (const Json::exception&) {
    Refuse("is no topic that framespool has exported");
  }
}

void TopicFileReader::Refuse(const std::string& what) const {
  throw std::runtime_error(file_.string() + " " + what + ", at byte " + std::to_string(place_));
}

std::string TopicFileReader::TakeLine() {
  std::string line;
  for (char c = 0; c != '\n' && line.size() < kLongestLine && in_.get(c);) line += c;
  if (!line.ends_with('\n')) Refuse("ends in the middle of a line, or is no topic that framespool has exported");
  position_ += line.size();
  return line;
}

std::string TopicFileReader::Take(std::uint64_t size) {
  if (size > size_ - position_) Refuse("ends before what it should hold");
  std::string bytes(size, '\0');
  if (!in_.read(bytes.data(), static_cast<std::streamsize>(size))) Refuse("cannot be read");
  position_ += size;
  crc_ = base::Crc32c(crc_, bytes.data(), bytes.size());
  return bytes;
}

std::optional<SinkRecord> TopicFileReader::Next() {
  if (records_ == 0 && place_ == 0) {
    in_.seekg(0);  // the head counts for the checksum as well
    crc_ = 0;
    Take(std::exchange(position_, 0));
  }
  place_ = position_;
  try {
    const std::string line = TakeLine();
    const Json json = Json::parse(line);
    if (json.contains("records")) {
      if (json.at("records") != records_ || json.at("crc32c") != crc_)
        Refuse("is damaged: its checksum is another one");
      if (position_ != size_) Refuse("goes on behind its end");
      return std::nullopt;
    }
    crc_ = base::Crc32c(crc_, line.data(), line.size());
    SinkRecord record{.topic = head_.topic,
                      .partition = json.at("partition"),
                      .offset = json.at("offset"),
                      .headers = {},
                      .timestamp = Timestamp(std::chrono::milliseconds(json.at("timestamp").get<std::int64_t>())),
                      .sync_point = SyncPointNamed(json.at("sync_point"))};
    if (record.partition < 0 || record.partition >= head_.partitions)
      Refuse("has a record of a partition that it has not");
    if (!json.at("key").is_null()) record.key = Take(json.at("key"));
    for (const Json& header : json.at("headers")) {
      std::string key = Take(header.at(0));
      record.headers.push_back({std::move(key), Take(header.at(1))});
    }
    if (!json.at("value").is_null()) record.value = TextPayload(Take(json.at("value")));
    if (Take(1) != "\n") Refuse("has a record that is longer than it says");
    ++records_;
    return record;
  } catch (const Json::exception&) {
    Refuse("is damaged: a line is not what it should be");
  } catch (const std::invalid_argument&) {
    Refuse("is damaged: a line is not what it should be");
  }
}

}  // namespace framespool
