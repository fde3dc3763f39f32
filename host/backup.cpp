#include "backup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <base/escape.h>
#include <base/log.h>
#include <broker_embedded/embedded_broker.h>
#include <broker_embedded/log_copy.h>
#include <store_sqlite/database_copy.h>
#include <store_sqlite/sqlite_store.h>

#include "command.h"
#include "store_choice.h"
#include "worker_setup.h"

namespace framespool {

namespace {

namespace fs = std::filesystem;

constexpr int kMostAttempts = 5;
constexpr char kDatabase[] = "framespool.db";
constexpr char kNewDatabase[] = "framespool.db.unfinished";
constexpr char kTopics[] = "topics";
constexpr char kLock[] = "LOCK";
/// In the place of the database until everything is there. It is none, so a worker refuses it.
constexpr std::string_view kUnfinished = "This copy of a data directory is not finished: make it again.\n";

[[noreturn]] void Fail(const std::string& what, int error) {
  throw std::runtime_error(what + ": " + std::strerror(error));
}

bool IsUnfinished(const fs::path& folder) {
  std::ifstream file(folder / kDatabase, std::ios::binary);
  std::string begin(kUnfinished.size(), '\0');
  file.read(begin.data(), static_cast<std::streamsize>(begin.size()));
  return begin == kUnfinished;
}

void SyncFolder(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (!synced) Fail("cannot sync " + folder.string(), error);
}

struct Copied {
  store::DatabaseCopy database;
  broker::LogCopy log;
  std::vector<std::string> remarks;
};

/// A folder that is to become the copy of a data directory. From Begin() to Finish() no worker starts on it; one that
/// is not finished is emptied at its end. A new one has the mode of the one `like` which it is.
class Target {
 public:
  explicit Target(fs::path folder, const fs::path& like) : folder_(std::move(folder)) {
    std::error_code error;
    is_ours_ = fs::create_directory(folder_, like, error);
    if (error) throw std::runtime_error("cannot create " + folder_.string() + ": " + error.message());
    try {
      RequireEmpty();
      lock_.emplace(folder_);
    } catch (...) {
      if (is_ours_) fs::remove(folder_, error);
      throw;
    }
    begun_ = true;
    Begin();
  }
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;
  ~Target() {
    if (!begun_ || finished_) return;
    std::error_code error;
    fs::remove_all(topics(), error);
    fs::remove(new_database(), error);
    fs::remove(folder_ / kDatabase, error);
    fs::remove(folder_ / kLock, error);
    if (is_ours_) fs::remove(folder_, error);
  }

  fs::path topics() const { return folder_ / kTopics; }
  fs::path new_database() const { return folder_ / kNewDatabase; }

  /// Takes away what an attempt has left.
  void Clear() {
    fs::remove_all(topics());
    for (const char* rest : {"", "-wal", "-shm", "-journal"}) fs::remove(new_database().string() + rest);
  }
  /// Gives the database its name: from here on the copy is whole.
  void Finish() {
    SyncFolder(folder_);
    fs::rename(new_database(), folder_ / kDatabase);
    finished_ = true;
    SyncFolder(folder_);
    SyncFolder(fs::absolute(folder_).parent_path());
  }

 private:
  void RequireEmpty() const {
    if (IsUnfinished(folder_)) return;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      const std::string name = entry.path().filename();
      if (name == kLock || name == "lost+found") continue;
      throw std::runtime_error(folder_.string() + " is not empty (" + log::Escaped(name) +
                               "); name another folder, or move away what it holds");
    }
  }
  void Begin() {
    const fs::path file = folder_ / kDatabase;
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    if (!(out << kUnfinished << std::flush)) Fail("cannot write " + file.string(), errno);
    out.close();
    SyncFolder(folder_);
    Clear();
  }

  const fs::path folder_;
  bool is_ours_ = false;
  bool begun_ = false;
  bool finished_ = false;
  std::optional<store::DataDirLock> lock_;
};

/// Opens the log as a worker would, and compares it with what the database says of it. What does not fit.
std::vector<std::string> Misfits(const fs::path& topics, const std::map<TopicPartition, std::int64_t>& ends,
                                 std::vector<std::string>& remarks) {
  broker::EmbeddedOptions options;
  options.directory = topics;
  options.keeps_all = true;
  const auto log = broker::OpenEmbeddedBroker(options);
  std::map<TopicPartition, std::int64_t> found;
  for (const broker::TopicInfo& topic : log->Topics()) {
    for (std::size_t number = 0; number < topic.partitions.size(); ++number)
      found[{topic.name, static_cast<std::int32_t>(number)}] = topic.partitions[number].end;
  }
  std::vector<std::string> misfits;
  for (const auto& [source, end] : ends) {
    const auto there = found.find(source);
    const std::int64_t reached = there == found.end() ? 0 : there->second;
    if (reached < end)
      misfits.push_back(source.topic + "-" + std::to_string(source.partition) + " ends at " + std::to_string(reached) +
                        ", and the database knows of " + std::to_string(end));
  }
  for (const base::StandingProblem& problem : log->GetHealth().problems) remarks.push_back(problem.message);
  return misfits;
}

Copied Copy(const fs::path& from, Target& target, bool links) {
  for (int attempt = 1;; ++attempt) {
    Copied copied;
    target.Clear();
    copied.database = store::CopyDatabase(from / kDatabase, target.new_database());
    std::error_code error;
    if (!fs::is_directory(from / kTopics, error)) return copied;  // topics are in Kafka
    fs::create_directory(target.topics());
    const auto log = broker::CopyLog(from / kTopics, target.topics(), {.links = links});
    const bool is_last = attempt == kMostAttempts;
    if (!log) {
      if (is_last)
        throw std::runtime_error("topics of " + from.string() + " are deleted again and again; try again later");
      continue;
    }
    copied.log = *log;
    const auto misfits = Misfits(target.topics(), copied.database.ends, copied.remarks);
    // A topic was deleted between database and log; or it had lost so much before, and a restart will say so.
    if (!misfits.empty() && !is_last) continue;
    copied.remarks.insert(copied.remarks.end(), misfits.begin(), misfits.end());
    return copied;
  }
}

/// All in `folder` becomes its owner's, as far as this process may: a worker's user must be able to write it.
void GiveToOwner(const fs::path& folder) {
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) Fail("cannot look at " + folder.string(), errno);
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (::lchown(entry.path().c_str(), status.st_uid, status.st_gid) != 0 && errno != EPERM)
      Fail("cannot give " + entry.path().string() + " to the owner of " + folder.string(), errno);
  }
}

void Say(const Copied& copied, const fs::path& where) {
  std::cout << where.string() << ": " << copied.database.connectors << " connectors, " << copied.log.topics
            << " topics, " << copied.log.copied_bytes << " bytes copied, " << copied.log.linked_bytes << " linked\n";
  for (const std::string& remark : copied.remarks) std::cerr << "framespool: " << remark << "\n";
}

fs::path WithoutSlash(const fs::path& folder) { return folder.has_filename() ? folder : folder.parent_path(); }

void RequireApart(const fs::path& a, const fs::path& b) {
  const fs::path inner = fs::weakly_canonical(a), outer = fs::weakly_canonical(b);
  for (fs::path above = inner;; above = above.parent_path()) {
    if (above == outer) throw std::runtime_error(a.string() + " is in " + b.string() + "; name another folder");
    if (above == above.parent_path()) return;
  }
}

void CopyWhole(const fs::path& from, const fs::path& to, bool links, bool for_its_owner) {
  RequireApart(to, from);
  RequireApart(from, to);
  if (const auto topic = TopicOfState(from)) {
    throw std::runtime_error("the state of this worker is in Kafka (topic " + log::Escaped(*topic) +
                             ", config.storage.topic), so there is nothing in " + from.string() +
                             " to copy: back up or mirror its topics in Kafka");
  }
  if (!fs::exists(from / kDatabase))
    throw std::runtime_error(from.string() + " is no worker's data.dir and no backup of one: it has no " + kDatabase);
  if (IsUnfinished(from))
    throw std::runtime_error(from.string() + " is a copy that was not finished; make it again, or take another");
  RaiseFileLimit();
  Target target(to, from);
  const Copied copied = Copy(from, target, links);
  // Configs may hold passwords.
  fs::permissions(target.new_database(), fs::status(from / kDatabase).permissions());
  if (for_its_owner) GiveToOwner(to);
  target.Finish();
  Say(copied, to);
}

int Run(std::string_view command, std::span<const std::string_view> words, bool has_copy) {
  log::SetLevel("root", "ERROR");
  bool links = has_copy;
  std::vector<fs::path> folders;
  const auto refuse = [&](const std::string& why) { throw UsageError(std::string(command) + " " + why); };
  for (const std::string_view word : words) {
    if (has_copy && word == "--copy")
      links = false;
    else if (word.starts_with("-"))
      refuse("has no option " + std::string(word) + (has_copy ? "; it has --copy" : ""));
    else if (word.empty())
      refuse("wants the names of two folders, but one of them is empty");
    else
      folders.push_back(WithoutSlash(word));
  }
  if (folders.size() != 2) refuse(has_copy ? "wants DATA_DIR TARGET" : "wants BACKUP DATA_DIR");
  CopyWhole(folders[0], folders[1], links, !has_copy);
  return 0;
}

}  // namespace

int Backup(std::span<const std::string_view> words) {
  return ExitCodeOf([&] { return Run("backup", words, true); });
}

int Restore(std::span<const std::string_view> words) {
  return ExitCodeOf([&] { return Run("restore", words, false); });
}

}  // namespace framespool
