#include <store_sqlite/sqlite_store.h>

#include <gmock/gmock.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "contract/store/store_contract.h"
#include "fakes/temporary_directory.h"

namespace framespool::store {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const TopicPartition kSource{"frames", 0};

/// What StoreContract runs on: a database in a directory of its own.
class Bench {
 public:
  std::unique_ptr<Store> Open() { return OpenSqliteStore(folder_.path() / "framespool.db"); }

 private:
  TemporaryDirectory folder_;
};

class SqliteStoreTest : public testing::Test {
 protected:
  std::unique_ptr<Store> Open(const OffsetRetention& retention = {}) {
    return OpenSqliteStore(folder_.path() / "framespool.db", retention);
  }

  std::string ReasonForRefusal() {
    try {
      Open();
    } catch (const StoreError& error) {
      return error.what();
    }
    return "opened";
  }

  void Execute(const std::string& sql) {
    sqlite3* db = nullptr;
    sqlite3_open((folder_.path() / "framespool.db").c_str(), &db);
    sqlite3_busy_timeout(db, 60'000);  // the store's own thread may be writing
    EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
    sqlite3_close(db);
  }

  std::string Bytes() {
    std::ifstream file(folder_.path() / "framespool.db", std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  TemporaryDirectory folder_;
};

TEST_F(SqliteStoreTest, KeepsTheNewestCheckpointWithTheHighestSequence) {
  auto store = Open();
  const Fields partition{{"file", "a"}};
  store->PutSourceOffsets({{"camera", partition, Fields{{"frame", std::int64_t{7}}}, 9}}, {{{kSource, 70}}, 9});
  store->PutSourceOffsets({{"camera", partition, Fields{{"frame", std::int64_t{3}}}, 4}}, {{{kSource, 80}}, 4});
  EXPECT_EQ(store->LastCheckpoint().ends.at(kSource), 80);
  EXPECT_EQ(store->LastCheckpoint().sequence, 9U);
}

TEST_F(SqliteStoreTest, ACommitThatWasFlushedSurvivesKillNine) {
  const pid_t child = fork();
  if (child == 0) {
    auto store = Open();
    store->CommitConsumerOffset("g", kSource, 42);
    store->Flush();
    kill(getpid(), SIGKILL);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(Open()->ConsumerOffset("g", kSource), 42);
}

TEST_F(SqliteStoreTest, LeavesOutASourceOffsetThatCannotBeReadAndKeepsTheOthers) {
  const Fields partition{{"file", "a"}};
  Open()->PutSourceOffsets({{"camera", partition, Fields{{"frame", std::int64_t{7}}}, 9}}, {});
  const std::string columns = "INSERT INTO source_offsets(connector, partition, offset, sequence, updated_ms) VALUES ";
  // As a release before this one wrote a number that is none; a list; no JSON.
  Execute(columns + R"(('nan', '{"file":"a"}', '{"frame":null,"at":1}', 1, 0))");
  Execute(columns + R"(('list', '{"file":"a"}', '[1]', 2, 0), ('bytes', '{"file":', '{}', 3, 0))");
  const auto offsets = Open()->SourceOffsets();
  ASSERT_EQ(offsets.size(), 2U);
  for (const StoredSourceOffset& each : offsets) {
    const Fields wanted =
        each.connector == "nan" ? Fields{{"at", std::int64_t{1}}} : Fields{{"frame", std::int64_t{7}}};
    EXPECT_EQ(each.offset, wanted) << each.connector;
  }
}

TEST_F(SqliteStoreTest, RefusesADatabaseOfANewerVersionAndLeavesItUntouched) {
  Open();
  Execute("PRAGMA journal_mode=DELETE; PRAGMA user_version=999");
  const std::string before = Bytes();
  EXPECT_THAT(ReasonForRefusal(), HasSubstr("has version 999, this worker knows up to"));
  EXPECT_EQ(Bytes(), before);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "framespool.db-wal"));
}

TEST_F(SqliteStoreTest, RefusesAFileThatIsNoDatabase) {
  std::ofstream(folder_.path() / "framespool.db") << std::string(4096, 'x');
  EXPECT_THAT(ReasonForRefusal(), HasSubstr("framespool.db"));
  EXPECT_THAT(ReasonForRefusal(), HasSubstr("not a database"));
}

TEST_F(SqliteStoreTest, ReportsAFailedCommitOnTheNextFlush) {
  auto store = Open();
  Execute("DROP TABLE consumer_offsets");
  store->CommitConsumerOffset("g", kSource, 1);
  EXPECT_THROW(store->Flush(), StoreError);
  EXPECT_THROW(store->Flush(), StoreError) << "it has been forgotten";
  ASSERT_TRUE(store->Trouble());
  EXPECT_THAT(store->Trouble()->message, AllOf(HasSubstr("framespool.db"), HasSubstr("consumer_offsets")));
  EXPECT_EQ(store->ConsumerOffset("g", kSource), 1);
}

TEST_F(SqliteStoreTest, WritesWhatCouldNotBeWrittenOnceThatWorksAgain) {
  auto store = Open();
  Execute("ALTER TABLE consumer_offsets RENAME TO gone");
  store->CommitConsumerOffset("g", kSource, 1);
  EXPECT_THROW(store->Flush(), StoreError);
  store->CommitConsumerOffset("g", kSource, 2);
  Execute("ALTER TABLE gone RENAME TO consumer_offsets");
  EXPECT_NO_THROW(store->Flush());
  EXPECT_FALSE(store->Trouble());
  store.reset();
  EXPECT_EQ(Open()->ConsumerOffset("g", kSource), 2);
}

TEST_F(SqliteStoreTest, WritesNothingIntoAFileThatIsNoLongerInItsPlaceUntilItIsBack) {
  auto store = Open();
  const auto file = folder_.path() / "framespool.db";
  const auto away = folder_.path() / "away.db";
  std::filesystem::rename(file, away);
  EXPECT_THROW(store->PutConnector({"camera", {}, TargetState::kPaused}, Change("camera", "CREATED")), StoreError);
  store->CommitConsumerOffset("g", kSource, 1);
  EXPECT_THROW(store->Flush(), StoreError);
  ASSERT_TRUE(store->Trouble());
  EXPECT_THAT(store->Trouble()->message, AllOf(HasSubstr("framespool.db"), HasSubstr("moved or deleted")));
  std::filesystem::rename(away, file);
  EXPECT_NO_THROW(store->Flush());
  EXPECT_FALSE(store->Trouble());
  store.reset();
  EXPECT_EQ(Open()->ConsumerOffset("g", kSource), 1);
}

TEST_F(SqliteStoreTest, RefusesADatabaseWithADamagedPageAndLeavesItUntouched) {
  Open()->PutConnector({"camera", {}, TargetState::kPaused}, Change("camera", "CREATED"));
  Execute("PRAGMA journal_mode=DELETE");
  const std::string whole = Bytes();
  ASSERT_GE(whole.size(), std::size_t{5 * 4096});
  for (std::size_t page = 1; page < 5; ++page) {
    std::string bytes = whole;
    bytes.replace(page * 4096, 4096, 4096, '\0');
    std::ofstream(folder_.path() / "framespool.db", std::ios::binary) << bytes;
    EXPECT_THAT(ReasonForRefusal(), AllOf(HasSubstr("framespool.db"), HasSubstr("damaged"), HasSubstr("backup")))
        << "page " << page + 1;
    EXPECT_TRUE(Bytes() == bytes);
  }
}

TEST_F(SqliteStoreTest, RefusesWhatIsNoPlainFile) {
  std::filesystem::create_directory(folder_.path() / "framespool.db");
  EXPECT_THAT(ReasonForRefusal(), HasSubstr("no plain file"));
}

TEST_F(SqliteStoreTest, SaysWhetherItsDatabaseIsNew) {
  EXPECT_TRUE(Open()->created());
  EXPECT_FALSE(Open()->created());
  std::filesystem::resize_file(folder_.path() / "framespool.db", 0);
  std::filesystem::remove(folder_.path() / "framespool.db-wal");
  EXPECT_TRUE(Open()->created());
}

TEST_F(SqliteStoreTest, LeavesOutAConnectorWhoseConfigCannotBeReadAndSaysSo) {
  Open()->PutConnector({"bad", {}, TargetState::kPaused}, Change("bad", "CREATED"));
  Open()->PutConnector({"good", {}, TargetState::kPaused}, Change("good", "CREATED"));
  Execute("UPDATE connectors SET config='{' WHERE name='bad'");
  const auto store = Open();
  const auto connectors = store->Connectors();
  ASSERT_EQ(connectors.size(), 1U);
  EXPECT_EQ(connectors[0].name, "good");
  ASSERT_TRUE(store->Trouble());
  EXPECT_THAT(store->Trouble()->message, HasSubstr("connector bad"));
}

TEST_F(SqliteStoreTest, ADataDirectoryBelongsToOneWorker) {
  auto first = std::make_unique<DataDirLock>(folder_.path() / "data");
  try {
    DataDirLock second(folder_.path() / "data");
    FAIL() << "two workers on one data.dir";
  } catch (const StoreError& error) {
    EXPECT_THAT(error.what(), HasSubstr("in use by another worker (process " + std::to_string(getpid()) + ")"));
  }
  first.reset();
  EXPECT_NO_THROW(DataDirLock(folder_.path() / "data"));
}

/// The look that is due at the start comes behind the first work; what comes after that sees what it left.
void AwaitLook(Store& store) {
  store.Flush();
  store.Flush();
}

constexpr const char* kTenDaysAgo = "UPDATE consumer_offsets SET updated_ms = updated_ms - 864000000";
constexpr const char* kAgedForLong = "UPDATE numbers SET value = value - 8640000000 WHERE name='offsets_age_since_ms'";

TEST_F(SqliteStoreTest, PositionsOfNamedGroupsGoWhenNobodyHasUsedThemForLong) {
  {
    const auto store = Open();
    store->PutConnector({"a/b", {}, TargetState::kRunning}, Change("a/b", "CREATED"));
    for (const char* group : {"connect-cam", "connect-cam/guest", "connect-cam?key=door", "connect-a/b"})
      store->CommitConsumerOffset(group, kSource, 7);
    AwaitLook(*store);
  }
  Execute(std::string(kTenDaysAgo) + ";" + kAgedForLong);
  const auto store = Open();
  store->CommitConsumerOffset("connect-cam/new", kSource, 8);
  AwaitLook(*store);
  EXPECT_EQ(store->ConsumerOffset("connect-cam/guest", kSource), std::nullopt);
  EXPECT_EQ(store->ConsumerOffset("connect-cam?key=door", kSource), std::nullopt);
  EXPECT_EQ(store->ConsumerOffset("connect-cam/new", kSource), 8);
  EXPECT_EQ(store->ConsumerOffset("connect-cam", kSource), 7) << "a sink's own position stays";
  EXPECT_EQ(store->ConsumerOffset("connect-a/b", kSource), 7) << "so does that of a sink with such a name";
}

TEST_F(SqliteStoreTest, PositionsOfEarlierReleasesCountFromTheFirstStart) {
  {
    const auto store = Open();
    store->CommitConsumerOffset("connect-cam/guest", kSource, 7);
    AwaitLook(*store);
  }
  Execute(std::string(kTenDaysAgo) + "; DELETE FROM numbers WHERE name='offsets_age_since_ms'");
  const auto store = Open();
  AwaitLook(*store);
  EXPECT_EQ(store->ConsumerOffset("connect-cam/guest", kSource), 7);
}

TEST_F(SqliteStoreTest, WhoLooksAtAPositionUsesIt) {
  {
    const auto store = Open();
    store->CommitConsumerOffset("connect-cam/guest", kSource, 7);
    AwaitLook(*store);
  }
  Execute("UPDATE consumer_offsets SET updated_ms = updated_ms - 432000000");
  EXPECT_EQ(Open()->ConsumerOffset("connect-cam/guest", kSource), 7);
  Execute("UPDATE consumer_offsets SET updated_ms = updated_ms - 432000000");
  Execute(kAgedForLong);
  const auto store = Open();
  AwaitLook(*store);
  EXPECT_EQ(store->ConsumerOffset("connect-cam/guest", kSource), 7) << "twice five days, and used between";
}

TEST_F(SqliteStoreTest, GroupsOfOneSinkAreBoundedAndTheLongestUnusedMakeRoom) {
  const auto store = Open({.most_groups = 20});
  store->CommitConsumerOffset("connect-other/guest", kSource, 1);
  store->CommitConsumerOffset("connect-cam", kSource, 1);
  for (int i = 0; i < 100; ++i) {
    store->CommitConsumerOffset("connect-cam/guest" + std::to_string(i), kSource, i);
    store->Flush();
  }
  int kept = 0;
  for (int i = 0; i < 100; ++i) kept += store->ConsumerOffset("connect-cam/guest" + std::to_string(i), kSource) ? 1 : 0;
  EXPECT_LE(kept, 23);
  EXPECT_GE(kept, 20);
  EXPECT_EQ(store->ConsumerOffset("connect-cam/guest99", kSource), 99);
  EXPECT_EQ(store->ConsumerOffset("connect-cam/guest0", kSource), std::nullopt);
  EXPECT_EQ(store->ConsumerOffset("connect-cam", kSource), 1);
  EXPECT_EQ(store->ConsumerOffset("connect-other/guest", kSource), 1);
}

}  // namespace

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, StoreContract, Bench);

}  // namespace framespool::store
