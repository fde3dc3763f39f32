#include "quarantine.h"

#include <gmock/gmock.h>

#include <csignal>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "fakes/temporary_directory.h"

namespace framespool::herder {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

base::CrashReport CrashFor(const std::string& connector, std::vector<std::string> backtrace = {}) {
  base::CrashReport crash;
  crash.signal = SIGSEGV;
  crash.connector = connector;
  crash.backtrace = std::move(backtrace);
  return crash;
}

TEST(AQuarantine, KeepsAConnectorOverTheEndOfTheWorkerUntilItIsReleased) {
  const TemporaryDirectory folder;
  const auto file = folder.path() / "quarantine.jsonl";
  const std::string name = "yard / \"cam\"\n7";
  {
    Quarantine quarantine(file);
    EXPECT_FALSE(quarantine.ReasonOf(name));
    quarantine.Put(name, SIGSEGV, "cam", "SIGSEGV at address 0x10\n\tat lib.so(+0x1)");
    quarantine.Put("other", SIGABRT, "other", "SIGABRT");
  }
  Quarantine quarantine(file);
  const auto reason = quarantine.ReasonOf(name);
  ASSERT_TRUE(reason);
  EXPECT_THAT(reason->trace,
              StartsWith("The worker was ended by this connector: SIGSEGV at address 0x10. It does not"));
  EXPECT_THAT(reason->trace, HasSubstr("config\n\tat lib.so(+0x1)"));
  EXPECT_EQ(reason->problem.kind.text(), "connector-crashed");
  EXPECT_EQ(reason->problem.facts.at("signal"), Fields::mapped_type(std::string("SIGSEGV")));
  quarantine.Release(name);
  EXPECT_FALSE(Quarantine(file).ReasonOf(name));
  EXPECT_TRUE(Quarantine(file).ReasonOf("other"));
  quarantine.Release("other");
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST(AQuarantine, PassesOverLinesThatAreNone) {
  const TemporaryDirectory folder;
  const auto file = folder.path() / "quarantine.jsonl";
  std::ofstream(file) << "{\"connector\":\"a\",\"evidence\":\"SIGSEGV\"}\nnonsense\n\n{\"connector\":";
  EXPECT_TRUE(Quarantine(file).ReasonOf("a"));
}

TEST(AQuarantine, HoldsForThisWorkerWhereItsFileCannotBeWritten) {
  Quarantine quarantine("/proc/nowhere/quarantine.jsonl");
  quarantine.Put("cam", SIGSEGV, "cam", "SIGSEGV");
  EXPECT_TRUE(quarantine.ReasonOf("cam"));
}

TEST(TheGuilty, IsTheConnectorThatTheThreadWorkedForIfThereIsOne) {
  const plugins::PluginRegistry none({});
  const std::vector<store::StoredConnector> connectors{{.name = "cam", .config = {}}};
  EXPECT_EQ(GuiltyOf(CrashFor("cam"), connectors, none), "cam");
  EXPECT_EQ(GuiltyOf(CrashFor("gone"), connectors, none), std::nullopt);
  EXPECT_EQ(GuiltyOf(CrashFor(""), connectors, none), std::nullopt);
}

TEST(TheGuilty, IsOtherwiseTheOnlyConnectorWhoseLibraryIsInTheBacktrace) {
  const plugins::PluginRegistry plugins({TEST_PLUGINS});
  const std::string library = plugins.LibraryOf(*plugins.Find("ThrowingSource")).string();
  const auto crash = CrashFor("", {"/lib/libc.so.6(+0x1)[0x2]", library + "(+0x3)[0x4]"});
  std::vector<store::StoredConnector> connectors{
      {.name = "cam", .config = {{"connector.class", "ThrowingSource"}}},
      {.name = "screen", .config = {{"connector.class", "NeverReturningSink"}}},
      {.name = "idle", .config = {{"connector.class", "ThrowingSink"}}, .target = store::TargetState::kStopped}};
  EXPECT_EQ(GuiltyOf(crash, connectors, plugins), "cam");
  connectors[2].target = store::TargetState::kRunning;
  EXPECT_EQ(GuiltyOf(crash, connectors, plugins), std::nullopt) << "it may have been either";
}

}  // namespace
}  // namespace framespool::herder
