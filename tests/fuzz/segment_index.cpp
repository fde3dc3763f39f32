// Bytes of a segment's two files, as they stand on the disk of somebody else: they are looked at within their bounds,
// and what is found stands in the file.
//
// An input is a number of two bytes, so many bytes of a log, and then an index.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>

#include <fcntl.h>

#include "expect.h"
#include "fakes/temporary_directory.h"
#include "index_file.h"
#include "log_scan.h"

namespace {

using namespace framespool::broker::embedded;
using framespool::fuzz::Expect;

void Write(const std::filesystem::path& path, std::span<const std::uint8_t> bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

void CheckEntries(std::span<const IndexEntry> entries, std::uint64_t log_bytes) {
  std::uint64_t end = 0;
  for (const IndexEntry& entry : entries) {
    if (entry.length == 0) continue;
    Expect(entry.position >= end, "records follow each other");
    end = entry.position + entry.length;
    Expect(end <= log_bytes, "a record ends in its file");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  static const framespool::TemporaryDirectory directory;
  static const SegmentPaths paths(directory.path(), 0);
  const std::span<const std::uint8_t> bytes(data + 2, size - 2);
  const std::size_t log_bytes = std::min<std::size_t>(data[0] * 256u + data[1], bytes.size());
  Write(paths.log, bytes.first(log_bytes));
  Write(paths.index, bytes.subspan(log_bytes));

  const TailScan tail = ScanTail(paths, 0, log_bytes);
  Expect(tail.log_bytes <= log_bytes, "the log ends in its file");
  CheckEntries(tail.scanned, log_bytes);
  for (const LostRecords& lost : tail.lost) Expect(lost.first < lost.end, "what is lost is some record");

  const File log = OpenFile(paths.log, O_RDONLY);
  const auto entries = ScanDamaged(log, paths, 0, 64, log_bytes);
  Expect(entries.size() <= 64, "no more records are found than there can be");
  CheckEntries(entries, log_bytes);

  ReadSeal(paths.index, 0);
  const File index = OpenFile(paths.index, O_RDONLY);
  IndexEntry last;
  Expect(CountGoodEntries(index, paths.index, 0, last) * sizeof(IndexEntry) <= bytes.size() - log_bytes,
         "no more entries are good than there are");
  return 0;
}
