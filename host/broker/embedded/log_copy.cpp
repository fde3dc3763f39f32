#include "broker_embedded/log_copy.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <base/numbers.h>
#include <broker/broker.h>
#include <broker/topic_name.h>

#include "index_file.h"
#include "log_scan.h"
#include "topic_config.h"

namespace framespool::broker::embedded {

namespace {

namespace fs = std::filesystem;

constexpr int kLooksAtOnce = 1000;  // between two listings

/// Something that was there is gone: a topic was deleted, or retention has dropped a segment.
class Gone : public std::exception {};

struct LogFiles {
  std::map<std::string, ino_t> topics;                       // by name, the file number of its folder
  std::map<fs::path, ino_t> folders;                         // the same of the partitions, below the log's
  std::map<fs::path, std::vector<std::int64_t>> partitions;  // by folder below the log's, the bases of its segments
  bool operator==(const LogFiles&) const = default;
};

/// Calls `each` with what a folder holds.
template <class F>
void ForEachEntry(const fs::path& folder, F each) {
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (const fs::directory_iterator end; !error && entry != end; entry.increment(error)) each(*entry);
  if (error.value() == ENOENT) throw Gone();
  if (error) ThrowError("cannot list " + folder.string(), error.value());
}

bool IsDirectory(const fs::directory_entry& entry) {
  std::error_code unknown;
  return entry.is_directory(unknown);
}

ino_t FileNumber(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) throw Gone();
  return status.st_ino;
}

LogFiles List(const fs::path& log) {
  LogFiles files;
  ForEachEntry(log, [&](const fs::directory_entry& topic) {
    const std::string name = topic.path().filename().string();
    if (!IsDirectory(topic) || TopicNameProblem(name)) return;
    files.topics[name] = FileNumber(topic.path());
    ForEachEntry(topic.path(), [&](const fs::directory_entry& partition) {
      const std::string number = partition.path().filename().string();
      const auto parsed = base::ToInteger<std::int32_t>(number);
      if (!IsDirectory(partition) || !parsed || std::to_string(*parsed) != number) return;
      files.folders[fs::path(name) / number] = FileNumber(partition.path());
      auto& bases = files.partitions[fs::path(name) / number];
      ForEachEntry(partition.path(), [&](const fs::directory_entry& file) {
        const auto base = SegmentPaths::BaseOf(file.path());
        std::error_code unknown;
        if (base && file.path().extension() == ".log" && file.is_regular_file(unknown)) bases.push_back(*base);
      });
      std::sort(bases.begin(), bases.end());
    });
  });
  return files;
}

/// A segment that may still be written to.
struct OpenSegment {
  fs::path partition;
  std::int64_t base = 0;
  std::uint64_t bytes = 0;
  bool operator==(const OpenSegment&) const = default;
};

/// Segments are sealed in order: those behind the last that has a seal, and one that is not as long as that says.
std::vector<OpenSegment> OpenOnes(const fs::path& log, const LogFiles& files) {
  std::vector<OpenSegment> open;
  for (const auto& [partition, bases] : files.partitions) {
    for (auto base = bases.rbegin(); base != bases.rend(); ++base) {
      std::optional<IndexSeal> seal;
      try {
        seal = ReadSeal(SegmentPaths(log / partition, *base).index, *base);
      } catch (const BrokerError&) {  // one that cannot be read seals nothing
      }
      std::error_code unknown;
      if (seal && fs::file_size(SegmentPaths(log / partition, *base).log, unknown) == seal->log_bytes) break;
      open.push_back({partition, *base});
    }
  }
  return open;
}

void Measure(std::vector<std::pair<fs::path, OpenSegment*>>& segments) {
  for (auto& [path, segment] : segments) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) throw Gone();
    segment->bytes = static_cast<std::uint64_t>(status.st_size);
  }
}

struct Moment {
  LogFiles files;
  std::vector<OpenSegment> open;
};

/// The log only grows. So where two looks at the sizes of all that may be written to find the same, they are what they
/// were at each moment between the two; and the files are those that were listed before as well as behind.
Moment AwaitMoment(const fs::path& log, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  do {
    try {
      Moment moment{List(log), {}};
      moment.open = OpenOnes(log, moment.files);
      std::vector<OpenSegment> again = moment.open;
      std::vector<std::pair<fs::path, OpenSegment*>> first, second;
      for (std::size_t i = 0; i < again.size(); ++i) {
        const fs::path path = SegmentPaths(log / again[i].partition, again[i].base).log;
        first.emplace_back(path, &moment.open[i]);
        second.emplace_back(path, &again[i]);
      }
      for (int look = 0; look < kLooksAtOnce; ++look) {
        Measure(first);
        Measure(second);
        if (moment.open == again) break;
      }
      if (moment.open == again && List(log) == moment.files) return moment;
    } catch (const Gone&) {  // the next list does without it
    }
    std::this_thread::yield();
  } while (std::chrono::steady_clock::now() < deadline);
  throw BrokerError("no moment came in " + std::to_string(patience.count()) + " ms at which nothing was written to " +
                    log.string() + "; pause the sources that write most, and try again");
}

/// The first `size` bytes, or all; how many.
std::uint64_t CopyFile(const fs::path& from, const fs::path& to, std::optional<std::uint64_t> size = {}) {
  const File in = OpenFile(from, O_RDONLY);
  struct stat status {};
  if (!in) throw Gone();
  if (fstat(in.fd(), &status) != 0) ThrowError("cannot look at " + from.string(), errno);
  const File out = OpenFile(to, O_WRONLY | O_CREAT | O_EXCL);
  std::uint64_t left = size.value_or(static_cast<std::uint64_t>(status.st_size));
  const std::uint64_t bytes = left;
  while (left > 0) {
    const ssize_t sent = sendfile(out.fd(), in.fd(), nullptr, std::min<std::uint64_t>(left, 1u << 30));
    if (sent < 0 && errno != EINTR) ThrowError("cannot copy " + from.string() + " to " + to.string(), errno);
    if (sent == 0) throw Gone();
    if (sent > 0) left -= static_cast<std::uint64_t>(sent);
  }
  const timespec times[] = {status.st_atim, status.st_mtim};
  if (fchmod(out.fd(), status.st_mode & 07777) != 0 || futimens(out.fd(), times) != 0 || fsync(out.fd()) != 0) {
    ThrowError("cannot finish " + to.string(), errno);
  }
  return bytes;
}

void MakeFolder(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::create_directory(to, from, error);
  if (error.value() == ENOENT) throw Gone();
  if (error) ThrowError("cannot create " + to.string(), error.value());
}

void SyncFolder(const fs::path& folder) {
  if (const int error = SyncDirectory(FileOps::Real(), folder); error != 0)
    ThrowError("cannot sync " + folder.string(), error);
}

/// One file that nothing writes to.
void LinkOrCopy(const fs::path& from, const fs::path& to, bool links, LogCopy& copy) {
  if (links && ::link(from.c_str(), to.c_str()) == 0) {
    std::error_code unknown;
    copy.linked_bytes += fs::file_size(to, unknown);
    return;
  }
  if (links && errno == ENOENT) throw Gone();
  // Another file system, or one without links; a file of another user's; too many links.
  copy.copied_bytes += CopyFile(from, to);
}

/// Those that are full, the newest first: retention drops the oldest.
void TakeSealed(const fs::path& from, const fs::path& to, std::span<const std::int64_t> bases, bool links,
                LogCopy& copy) {
  for (auto base = bases.rbegin(); base != bases.rend(); ++base) {
    const SegmentPaths source(from, *base), target(to, *base);
    try {
      LinkOrCopy(source.log, target.log, links, copy);
    } catch (const Gone&) {
      return;
    }
    try {
      LinkOrCopy(source.index, target.index, links, copy);
    } catch (const Gone&) {  // it is made from the log again
    }
  }
}

LogCopy Take(const fs::path& from, const fs::path& to, const Moment& moment, bool links) {
  LogCopy copy;
  for (const auto& [topic, number] : moment.files.topics) {
    MakeFolder(from / topic, to / topic);
    try {
      copy.copied_bytes += CopyFile(from / topic / kMetaFile, to / topic / kMetaFile);
    } catch (const Gone&) {  // the log goes without them, if it has to
    }
    ++copy.topics;
  }
  for (const auto& [partition, bases] : moment.files.partitions) MakeFolder(from / partition, to / partition);
  std::map<fs::path, std::size_t> sealed;
  for (const auto& [partition, bases] : moment.files.partitions) sealed[partition] = bases.size();
  for (const OpenSegment& open : moment.open) {
    copy.copied_bytes += CopyFile(SegmentPaths(from / open.partition, open.base).log,
                                  SegmentPaths(to / open.partition, open.base).log, open.bytes);
    --sealed[open.partition];
  }
  for (const auto& [partition, bases] : moment.files.partitions) {
    TakeSealed(from / partition, to / partition, std::span(bases).first(sealed[partition]), links, copy);
    SyncFolder(to / partition);
  }
  for (const auto& [topic, number] : moment.files.topics) {
    SyncFolder(to / topic);
    if (FileNumber(from / topic) != number) throw Gone();
  }
  // Compaction puts another folder in the place of a partition's.
  for (const auto& [partition, number] : moment.files.folders) {
    if (FileNumber(from / partition) != number) throw Gone();
  }
  SyncFolder(to);
  return copy;
}

}  // namespace

}  // namespace framespool::broker::embedded

namespace framespool::broker {

std::optional<LogCopy> CopyLog(const std::filesystem::path& from, const std::filesystem::path& to,
                               const LogCopyOptions& options) {
  const embedded::Moment moment = embedded::AwaitMoment(from, options.patience);
  try {
    return embedded::Take(from, to, moment, options.links);
  } catch (const embedded::Gone&) {
    return std::nullopt;
  }
}

}  // namespace framespool::broker
