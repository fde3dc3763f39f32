#include "store_sqlite/sqlite_store.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <set>
#include <thread>
#include <type_traits>
#include <utility>

#include <base/fields_json.h>
#include <base/log.h>

#include "contents.h"
#include "migrations.h"
#include "offset_expiry.h"
#include "sqlite.h"

namespace framespool::store {

namespace {

constexpr std::string_view kLogger = "store";
constexpr int kKeptChanges = 500;  // of each connector

std::int64_t NowMs() { return Now().time_since_epoch().count(); }

void Migrate(Database& database, const std::filesystem::path& file) {
  const auto version = static_cast<std::size_t>(database.Number("PRAGMA user_version"));
  const auto migrations = Migrations();
  if (version > migrations.size()) {
    throw StoreError("store: " + file.string() + " has version " + std::to_string(version) +
                     ", this worker knows up to " + std::to_string(migrations.size()) +
                     "; run the newer worker that wrote it, or use another data.dir. " + "The file was left as it is");
  }
  // Only a database that is ours to write gets its journal mode changed: a newer one stays untouched.
  database.Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;");
  if (version == migrations.size()) return;
  // All in one, since each commit is a sync that a first start waits for.
  Transaction transaction(database);
  for (std::size_t i = version; i < migrations.size(); ++i) database.Execute(std::string(migrations[i]));
  database.Execute("PRAGMA user_version=" + std::to_string(migrations.size()));
  transaction.Commit();
}

/// What waits to be written without anyone waiting for it. Newest wins.
struct Pending {
  std::map<std::pair<std::string, TopicPartition>, std::int64_t> offsets;
  std::map<std::pair<std::string, int>, std::pair<std::string, std::string>> statuses;
  std::set<std::pair<std::string, std::string>> topics;
  bool empty() const { return offsets.empty() && statuses.empty() && topics.empty(); }
};

class SqliteStore final : public Store {
 public:
  SqliteStore(const std::filesystem::path& file, const OffsetRetention& retention)
      : database_(file), expiry_(database_, retention) {
    database_.RequireIntact();
    created_ = database_.Number("PRAGMA user_version") == 0;
    Migrate(database_, file);
    thread_ = std::jthread([this](std::stop_token stop) { Work(stop); });
  }

  // The destructor of jthread asks Work() to stop; it first finishes what is queued and pending.

  bool created() const noexcept override { return created_; }

  std::optional<StoreTrouble> Trouble() const override {
    std::lock_guard lock(mutex_);
    return trouble_;
  }

  std::vector<StoredConnector> Connectors() override {
    return Run([this] {
      std::vector<StoredConnector> connectors;
      Statement select(database_, "SELECT name, config, target FROM connectors ORDER BY name");
      while (select.Step()) {
        try {
          connectors.push_back({select.Text(0), ConfigFromJson(select.Text(1)), TargetFromText(select.Text(2))});
        } catch (const std::exception& error) {
          NoteTrouble("store: connector " + select.Text(0) + " is left out, its config cannot be read: " +
                          error.what() + "; delete it and create it again, or restore the database from a backup",
                      true);
        }
      }
      return connectors;
    });
  }

  void PutConnector(const StoredConnector& connector, const StoredChange& change) override {
    Write([&] {
      Transaction transaction(database_);
      Statement(database_,
                "INSERT INTO connectors VALUES (?1, ?2, ?3, ?4) "
                "ON CONFLICT DO UPDATE SET config=?2, target=?3, updated_ms=?4")
          .Bind(connector.name, ToJson(connector.config), ToText(connector.target), NowMs())
          .Run();
      InsertChange(change);
      transaction.Commit();
    });
  }

  void NoteChange(const StoredChange& change) override {
    Write([&] {
      Transaction transaction(database_);
      InsertChange(change);
      transaction.Commit();
    });
  }

  std::vector<StoredChange> History(const std::string& connector, int most) override {
    return Run([&] {
      std::vector<StoredChange> changes;
      Statement select(database_,
                       "SELECT time_ms, by, action, before, after FROM (SELECT * FROM history WHERE connector=? "
                       "ORDER BY id DESC LIMIT ?) ORDER BY id");
      select.Bind(connector, most);
      while (select.Step()) {
        changes.push_back({connector, select.Text(1), select.Text(2), ConfigFromJson(select.Text(3)),
                           ConfigFromJson(select.Text(4)), Timestamp(std::chrono::milliseconds(select.Integer(0)))});
      }
      return changes;
    });
  }

  std::map<std::string, std::set<std::string>> ActiveTopics() override {
    return Run([this] {
      std::map<std::string, std::set<std::string>> topics;
      Statement select(database_, "SELECT connector, topic FROM active_topics");
      while (select.Step()) topics[select.Text(0)].insert(select.Text(1));
      return topics;
    });
  }

  void NoteActiveTopic(const std::string& connector, const std::string& topic) override {
    {
      std::lock_guard lock(mutex_);
      pending_.topics.emplace(connector, topic);
    }
    wake_.notify_one();
  }

  void DeleteActiveTopics(const std::string& connector) override {
    Write([&] { Statement(database_, "DELETE FROM active_topics WHERE connector=?").Bind(connector).Run(); });
  }

  void DeleteConnector(const std::string& name, const StoredChange& change) override {
    Write([&] {
      Transaction transaction(database_);
      Statement(database_, "DELETE FROM connectors WHERE name=?").Bind(name).Run();
      Statement(database_, "DELETE FROM task_status WHERE connector=?").Bind(name).Run();
      Statement(database_, "DELETE FROM active_topics WHERE connector=?").Bind(name).Run();
      InsertChange(change);
      transaction.Commit();
    });
  }

  int TaskCountRecord(const std::string& connector) override {
    return Run([&] {
      Statement select(database_, "SELECT tasks FROM task_counts WHERE connector=?");
      select.Bind(connector);
      return select.Step() ? static_cast<int>(select.Integer(0)) : 0;
    });
  }

  void PutTaskCountRecord(const std::string& connector, int tasks) override {
    Write([&] {
      Statement(database_, "INSERT INTO task_counts VALUES (?1, ?2) ON CONFLICT DO UPDATE SET tasks=?2")
          .Bind(connector, tasks)
          .Run();
    });
  }

  void NoteStatus(const std::string& connector, int task, const std::string& state, const std::string& trace,
                  std::optional<std::int32_t> /*generation*/) override {
    {
      std::lock_guard lock(mutex_);
      pending_.statuses[{connector, task}] = {state, trace};
    }
    wake_.notify_one();
  }

  std::vector<StoredSourceOffset> SourceOffsets() override {
    return Run([this] {
      std::vector<StoredSourceOffset> offsets;
      Statement select(database_, "SELECT connector, partition, offset, sequence FROM source_offsets");
      while (select.Step()) {
        if (auto read = SourceOffsetIn(select)) offsets.push_back(*std::move(read));
      }
      return offsets;
    });
  }

  StoredCheckpoint LastCheckpoint() override {
    return Run([this] {
      StoredCheckpoint checkpoint;
      Statement select(database_, "SELECT topic, partition, end_offset FROM broker_checkpoint");
      while (select.Step()) {
        checkpoint.ends[{select.Text(0), static_cast<std::int32_t>(select.Integer(1))}] = select.Integer(2);
      }
      checkpoint.sequence =
          static_cast<std::uint64_t>(database_.Number("SELECT value FROM numbers WHERE name='sequence'"));
      return checkpoint;
    });
  }

  void PutSourceOffsets(const std::vector<StoredSourceOffset>& offsets, const StoredCheckpoint& checkpoint) override {
    Write([&] {
      Transaction transaction(database_);
      Statement put(database_,
                    "INSERT INTO source_offsets VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE "
                    "SET offset=?3, sequence=?4, updated_ms=?5 WHERE sequence <= ?4");
      for (const StoredSourceOffset& stored : offsets) {
        const auto offset = stored.offset ? std::optional(ToJson(*stored.offset)) : std::nullopt;
        put.Bind(stored.connector, ToJson(stored.partition), offset, stored.sequence, NowMs()).Run();
      }
      database_.Execute("DELETE FROM broker_checkpoint");
      Statement end(database_, "INSERT INTO broker_checkpoint VALUES (?, ?, ?)");
      for (const auto& [source, offset] : checkpoint.ends) end.Bind(source.topic, source.partition, offset).Run();
      Statement(database_, "INSERT INTO numbers VALUES ('sequence', ?1) ON CONFLICT DO UPDATE SET value=max(value, ?1)")
          .Bind(checkpoint.sequence)
          .Run();
      transaction.Commit();
    });
  }

  std::optional<std::int64_t> ConsumerOffset(const std::string& group, const TopicPartition& source) override {
    return Run([&]() -> std::optional<std::int64_t> {
      {
        std::lock_guard lock(mutex_);  // what could not be written yet
        if (const auto found = pending_.offsets.find({group, source}); found != pending_.offsets.end()) {
          return found->second;
        }
      }
      std::int64_t offset = 0;
      std::int64_t used_ms = 0;
      {
        Statement select(
            database_,
            "SELECT offset, updated_ms FROM consumer_offsets WHERE group_name=? AND topic=? AND partition=?");
        if (!select.Bind(group, source.topic, source.partition).Step()) return std::nullopt;
        offset = select.Integer(0);
        used_ms = select.Integer(1);
      }
      if (expiry_.ShouldTouch(used_ms, NowMs())) Touch(group, source);
      return offset;
    });
  }

  std::map<TopicPartition, std::int64_t> ConsumerOffsets(const std::string& group) override {
    return Run([&] {
      std::map<TopicPartition, std::int64_t> offsets;
      Statement select(database_, "SELECT topic, partition, offset FROM consumer_offsets WHERE group_name=?");
      select.Bind(group);
      while (select.Step()) offsets[{select.Text(0), static_cast<std::int32_t>(select.Integer(1))}] = select.Integer(2);
      return offsets;
    });
  }

  void CommitConsumerOffset(const std::string& group, const TopicPartition& source, std::int64_t offset) override {
    {
      std::lock_guard lock(mutex_);
      pending_.offsets[{group, source}] = offset;
    }
    wake_.notify_one();
  }

  void DeleteConsumerOffsets(const std::string& group) override {
    Write([&] {
      Statement(database_, "DELETE FROM consumer_offsets WHERE group_name=?").Bind(group).Run();
      ForgetUnwritten([&](const auto& key) { return key.first == group; });
    });
  }

  void DeleteConsumerOffsetsIn(const std::string& topic) override {
    Write([&] {
      Statement(database_, "DELETE FROM consumer_offsets WHERE topic=?").Bind(topic).Run();
      ForgetUnwritten([&](const auto& key) { return key.second.topic == topic; });
    });
  }

  StoreContents Contents() override {
    return Run([this] { return ContentsOf(database_); });
  }

  void Fill(const StoreContents& contents) override {
    Write([&] { FillDatabase(database_, contents); });
  }

  void Flush() override {
    Run([this] {
      if (pending_failure_) std::rethrow_exception(pending_failure_);
    });
  }

 private:
  /// Within a transaction; the connector's oldest lines make room.
  void InsertChange(const StoredChange& change) {
    Statement(database_,
              "INSERT INTO history (connector, time_ms, by, action, before, after) VALUES (?, ?, ?, ?, ?, ?)")
        .Bind(change.connector, static_cast<std::int64_t>(change.time.time_since_epoch().count()), change.by,
              change.action, ToJson(change.before), ToJson(change.after))
        .Run();
    Statement(database_,
              "DELETE FROM history WHERE connector=?1 AND id <= (SELECT id FROM history WHERE connector=?1 "
              "ORDER BY id DESC LIMIT 1 OFFSET ?2)")
        .Bind(change.connector, kKeptChanges)
        .Run();
  }

  /// Runs `work` on the store's thread, after all that is pending, and waits for its answer.
  template <class F>
  std::invoke_result_t<F> Run(F work) {
    const auto task =
        std::make_shared<std::packaged_task<std::invoke_result_t<F>()>>([this, work = std::move(work)]() mutable {
          try {
            return work();
          } catch (const StoreError& error) {
            NoteTrouble(error.what(), error.is_damaged());
            throw;
          }
        });
    auto answer = task->get_future();
    {
      std::lock_guard lock(mutex_);
      queue_.emplace_back([task] { (*task)(); });
    }
    wake_.notify_one();
    return answer.get();
  }

  template <class F>
  void Write(F work) {
    Run([this, work = std::move(work)]() mutable {
      database_.RequireInPlace();
      work();
      NoteWritten();
    });
  }

  template <class F>
  void ForgetUnwritten(F is_meant) {
    if (!pending_failure_) return;
    std::lock_guard lock(mutex_);
    std::erase_if(pending_.offsets, [&](const auto& entry) { return is_meant(entry.first); });
  }

  void NoteTrouble(const std::string& message, bool is_damaged) {
    std::lock_guard lock(mutex_);
    damaged_ |= is_damaged;
    if (trouble_ && trouble_->message == message) return;
    if (!trouble_) trouble_ = StoreTrouble{.message = message, .since = Now()};
    trouble_->message = message;
    log::Error(kLogger, message);
  }

  void NoteWritten() {
    std::lock_guard lock(mutex_);
    if (!trouble_ || damaged_) return;
    trouble_.reset();
    log::Info(kLogger, "the database can be written to again");
  }

  // What cannot be written is kept and tried again every second.
  void Work(const std::stop_token& stop) {
    log::NameThread("store");
    std::unique_lock lock(mutex_);
    for (;;) {
      const auto has_work = [this] { return !queue_.empty() || (!pending_.empty() && !pending_failure_); };
      const auto now = std::chrono::steady_clock::now();
      wake_.wait_for(lock, stop, pending_failure_ ? std::chrono::seconds(1) : expiry_.Wait(now), has_work);
      const bool last_try = stop.stop_requested() && queue_.empty();
      if (last_try && pending_.empty()) return;
      Pending pending = std::exchange(pending_, {});
      auto queue = std::exchange(queue_, {});
      lock.unlock();
      WritePending(pending);
      for (auto& work : queue) work();
      if (!stop.stop_requested()) Tidy();
      lock.lock();
      if (last_try && pending_failure_) return;
    }
  }

  /// Who looks at a position uses it.
  void Touch(const std::string& group, const TopicPartition& source) {
    try {
      Statement(database_, "UPDATE consumer_offsets SET updated_ms=? WHERE group_name=? AND topic=? AND partition=?")
          .Bind(NowMs(), group, source.topic, source.partition)
          .Run();
    } catch (const StoreError& error) {  // the next look tries again, and whoever writes says it
      log::Debug(kLogger, error.what());
    }
  }

  void Tidy() {
    const auto now = std::chrono::steady_clock::now();
    if (!expiry_.IsDue(now)) return;
    try {
      expiry_.Tidy(now, NowMs());
    } catch (const StoreError& error) {
      NoteTrouble(error.what(), error.is_damaged());
    }
  }

  void WritePending(Pending& pending) {
    if (pending.empty()) return;
    try {
      database_.RequireInPlace();
      Transaction transaction(database_);
      Statement offset(database_,
                       "INSERT INTO consumer_offsets VALUES (?1, ?2, ?3, ?4, ?5) "
                       "ON CONFLICT DO UPDATE SET offset=?4, updated_ms=?5");
      for (const auto& [key, value] : pending.offsets) {
        expiry_.NoteWrite(key.first);
        offset.Bind(key.first, key.second.topic, key.second.partition, value, NowMs()).Run();
      }
      Statement status(database_,
                       "INSERT INTO task_status VALUES (?1, ?2, ?3, ?4, ?5) "
                       "ON CONFLICT DO UPDATE SET state=?3, trace=?4, updated_ms=?5");
      for (const auto& [key, value] : pending.statuses) {
        status.Bind(key.first, key.second, value.first, value.second, NowMs()).Run();
      }
      Statement topic(database_, "INSERT OR IGNORE INTO active_topics VALUES (?, ?)");
      for (const auto& [connector, name] : pending.topics) topic.Bind(connector, name).Run();
      transaction.Commit();
      pending_failure_ = nullptr;
      NoteWritten();
    } catch (const StoreError& error) {
      NoteTrouble(error.what(), error.is_damaged());
      pending_failure_ = std::current_exception();
      std::lock_guard lock(mutex_);  // what has come meanwhile is newer
      pending_.offsets.merge(pending.offsets);
      pending_.statuses.merge(pending.statuses);
      pending_.topics.merge(pending.topics);
    }
  }

  Database database_;                   // store thread, but for construction
  OffsetExpiry expiry_;                 // store thread
  std::exception_ptr pending_failure_;  // store thread
  bool created_ = false;
  mutable std::mutex mutex_;
  std::optional<StoreTrouble> trouble_;
  bool damaged_ = false;
  std::condition_variable_any wake_;
  std::deque<std::function<void()>> queue_;
  Pending pending_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace

std::unique_ptr<Store> OpenSqliteStore(const std::filesystem::path& file, const OffsetRetention& retention) {
  return std::make_unique<SqliteStore>(file, retention);
}

std::string DatabaseLibrary() { return std::string("SQLite ") + sqlite3_libversion(); }

}  // namespace framespool::store
