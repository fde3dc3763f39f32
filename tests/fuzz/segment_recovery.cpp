// A log whose files are damaged behind its back: whatever was not touched is read again, at its offset, byte for byte,
// and nothing else is; what is appended afterwards is read, too.
//
// An input is a list of records to append, and of damages: see Next().
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <base/log.h>

#include "expect.h"
#include "fakes/recovered_offsets.h"
#include "fakes/temporary_directory.h"
#include "log_scan.h"
#include "open_broker.h"
#include "record_format.h"

namespace {

namespace fs = std::filesystem;
using namespace framespool;
using namespace framespool::broker;
using framespool::fuzz::Expect;

/// A disk that never waits: what only a power loss would show no input can see.
class FastFiles : public embedded::FileOps {
 public:
  int SyncData(int /*fd*/) override { return 0; }
  int SyncDirectory(int /*fd*/) override { return 0; }
};

/// Takes numbers from an input; zeros behind its end.
class Input {
 public:
  explicit Input(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  bool over() const { return bytes_.empty(); }
  std::uint8_t Next() {
    if (bytes_.empty()) return 0;
    const std::uint8_t byte = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return byte;
  }
  std::uint32_t Wide() {
    const std::uint32_t high = Next();
    return high << 8 | Next();
  }

 private:
  std::span<const std::uint8_t> bytes_;
};

/// Where a record stands.
struct Place {
  std::string file;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

class DamagedLog {
 public:
  DamagedLog() {
    log::SetLevel("root", "off");
    options_.directory = directory_.path() / "topics";
    options_.segment_bytes = 512;
    options_.free_space_floor = 0;
    options_.total_bytes = 1ull << 40;
    options_.keeps_all = true;
  }

  void Append(const std::vector<std::string>& values) {
    Session session(*this);
    for (const std::string& value : values) {
      const auto bytes = std::as_bytes(std::span(value));
      SourceRecord record;
      record.topic = "t";
      record.value = Payload(std::vector<std::byte>(bytes.begin(), bytes.end()));
      std::vector<SourceRecord> batch;
      batch.push_back(std::move(record));
      session.producer->Append(std::move(batch));
    }
  }
  std::map<std::int64_t, std::string> Read() {
    Session session(*this);
    std::map<std::int64_t, std::string> values;
    const auto reader = session.broker->OpenReader({"t", 0});
    for (;;) {
      const auto some = reader->Read(100, 1 << 20, std::chrono::milliseconds(0), {});
      if (some.empty()) return values;
      for (const SinkRecord& record : some) values[record.offset] = record.value.text();
    }
  }

  /// Files of the partition with that ending, by name.
  std::vector<fs::path> Files(const std::string& extension) const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(options_.directory / "t" / "0")) {
      if (entry.path().extension() == extension) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
  }
  /// Where the records stand, by offset, in files that nothing has damaged yet.
  std::vector<Place> Places() const {
    std::vector<Place> places;
    for (const fs::path& file : Files(".log")) {
      const std::string bytes = Slurp(file);
      for (std::uint64_t at = 0; at + sizeof(embedded::RecordHead) <= bytes.size();) {
        embedded::RecordHead head;
        std::copy_n(bytes.data() + at, sizeof head, reinterpret_cast<char*>(&head));
        if (head.magic != embedded::kRecordMagic) break;
        places.push_back({file.filename(), at, at + head.size()});
        at += head.size();
      }
    }
    return places;
  }

  static std::string Slurp(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static void Spit(const fs::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  }

 private:
  struct Session {
    explicit Session(DamagedLog& log) : broker(embedded::Open(log.options_, log.files_)) {
      framespool::broker::RecoveredOffsets(*broker);
      producer = broker->OpenProducer({.connector = "camera"}, [](auto, auto, const auto&) {});
    }
    std::unique_ptr<Broker> broker;
    std::unique_ptr<Producer> producer;
  };

  TemporaryDirectory directory_;
  FastFiles files_;
  EmbeddedOptions options_;
};

/// Damages one file as the input says. The bytes [begin, end) of it are no longer what they were.
struct Damage {
  std::string file;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

Damage DoDamage(Input& input, const fs::path& file, bool is_last_log) {
  std::string bytes = DamagedLog::Slurp(file);
  Damage damage;
  damage.file = file.filename();
  if (bytes.empty()) return damage;
  damage.begin = input.Wide() % bytes.size();
  damage.end = bytes.size();
  switch (input.Next() % 4) {
    case 0:  // a flipped byte
      damage.end = damage.begin + 1;
      bytes[damage.begin] = static_cast<char>(bytes[damage.begin] ^ (input.Next() | 1));
      break;
    case 1:  // zeros
      damage.end = std::min<std::uint64_t>(bytes.size(), damage.begin + 1 + input.Next());
      std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(damage.begin),
                bytes.begin() + static_cast<std::ptrdiff_t>(damage.end), '\0');
      break;
    case 2:  // other bytes
      damage.end = std::min<std::uint64_t>(bytes.size(), damage.begin + 1 + input.Next() % 64);
      for (std::uint64_t i = damage.begin; i < damage.end; ++i) bytes[i] = static_cast<char>(input.Next());
      break;
    default:  // the rest is gone, as only the last one's can be
      if (!is_last_log && file.extension() == ".log") {
        damage.end = damage.begin;
        return damage;
      }
      bytes.resize(damage.begin);
  }
  DamagedLog::Spit(file, bytes);
  return damage;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input({data, size});
  DamagedLog log;
  std::vector<std::string> values;
  for (std::size_t i = 0, count = 1 + input.Next() % 24; i < count; ++i) {
    std::string value(std::size_t{2} * input.Next(), '\0');
    for (std::size_t at = 0; at < value.size(); ++at) value[at] = static_cast<char>(i * 7 + at);
    // Bytes that look like a record's head are the ones that a search could take for one.
    if (value.size() > 4 && i % 3 == 0) std::copy_n("FSR1", 4, value.begin());
    values.push_back(std::move(value));
  }
  log.Append(values);
  const std::vector<Place> places = log.Places();
  Expect(places.size() == values.size(), "each record stands in a file");

  std::vector<Damage> damages;
  while (!input.over() && damages.size() < 4) {
    const bool index = input.Next() % 4 == 0;
    const auto files = log.Files(index ? ".index" : ".log");
    if (files.empty()) break;
    const std::size_t which = input.Next() % files.size();
    damages.push_back(DoDamage(input, files[which], which + 1 == files.size()));
  }

  const auto read = log.Read();
  for (std::size_t i = 0; i < places.size(); ++i) {
    const bool touched = std::any_of(damages.begin(), damages.end(), [&](const Damage& damage) {
      return damage.file == places[i].file && damage.begin < places[i].end && damage.end > places[i].begin;
    });
    const auto found = read.find(static_cast<std::int64_t>(i));
    Expect(touched || found != read.end(), "a record that nothing touched is read");
    Expect(found == read.end() || found->second == values[i], "a record that is read is as it was appended");
  }
  Expect(read.empty() || read.rbegin()->first < static_cast<std::int64_t>(values.size()),
         "nothing is read but records");

  log.Append(std::vector<std::string>{"behind it"});
  const auto after = log.Read();
  Expect(!after.empty() && after.rbegin()->second == "behind it", "a damaged log takes records");
  for (const auto& [offset, value] : read) {
    const auto found = after.find(offset);
    Expect(found != after.end() && found->second == value, "what was read once is read again");
  }
  return 0;
}
