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

Culprits Suspects() { return {.connectors = {"a", "b"}, .library = "lib.so"}; }

TEST(AQuarantine, TakesSuspectsInWhenItHappensAgainSoonAndLetsEachGoByItself) {
  const TemporaryDirectory folder;
  const auto file = folder.path() / "quarantine.jsonl";
  const auto crash = CrashFor("", {"lib.so(+0x1)"});
  const Timestamp now = Now();
  EXPECT_FALSE(Quarantine(file).PutSuspects(Suspects(), crash, now)) << "once may be an accident";
  EXPECT_FALSE(Quarantine(file).ReasonOf("a"));
  const Culprits others{.connectors = {"a", "c"}, .library = "other.so"};
  EXPECT_FALSE(Quarantine(folder.path() / "none").PutSuspects(others, crash, now));
  EXPECT_TRUE(Quarantine(file).PutSuspects(Suspects(), crash, now + std::chrono::minutes(9)));
  Quarantine quarantine(file);
  for (const char* name : {"a", "b"}) {
    const auto reason = quarantine.ReasonOf(name);
    ASSERT_TRUE(reason) << name;
    EXPECT_THAT(reason->problem.message, HasSubstr("one of the connectors that use lib.so (a, b)"));
    EXPECT_EQ(reason->problem.facts.at("suspects"), Fields::mapped_type(std::string("a, b")));
  }
  quarantine.Release("a");
  EXPECT_FALSE(quarantine.ReasonOf("a"));
  EXPECT_TRUE(quarantine.ReasonOf("b"));
}

TEST(AQuarantine, KeepsASuspicionWhileTheConnectorRunsForTenMinutes) {
  Quarantine quarantine("");
  const auto crash = CrashFor("", {"lib.so(+0x1)"});
  const Timestamp now = Now();
  EXPECT_FALSE(quarantine.PutSuspects(Suspects(), crash, now));
  EXPECT_FALSE(quarantine.PutSuspects(Suspects(), crash, now + std::chrono::minutes(11)));
  quarantine.Release("a");
  quarantine.Release("b");
  EXPECT_TRUE(quarantine.PutSuspects(Suspects(), crash, now + std::chrono::minutes(12)));
  quarantine.Release("a");
  quarantine.Release("b");
  EXPECT_FALSE(quarantine.PutSuspects(Suspects(), crash, now + std::chrono::minutes(13))) << "they got another chance";
}

using testing::ElementsAre;
using testing::IsEmpty;

TEST(TheCulprit, IsTheConnectorThatTheThreadWorkedForIfThereIsOne) {
  const plugins::PluginRegistry none({});
  const std::vector<store::StoredConnector> connectors{{.name = "cam", .config = {}}};
  EXPECT_THAT(CulpritsOf(CrashFor("cam"), connectors, none).connectors, ElementsAre("cam"));
  EXPECT_THAT(CulpritsOf(CrashFor("gone"), connectors, none).connectors, IsEmpty());
  EXPECT_THAT(CulpritsOf(CrashFor(""), connectors, none).connectors, IsEmpty());
}

TEST(TheCulprit, IsOtherwiseOneOfThoseWhoseLibraryTheCrashWasIn) {
  const plugins::PluginRegistry plugins({TEST_PLUGINS});
  const std::string library = plugins.LibraryOf(*plugins.Find("ThrowingSource")).string();
  const auto crash = CrashFor("", {"/lib/libc.so.6(+0x1)[0x2]", library + "(+0x3)[0x4]"});
  std::vector<store::StoredConnector> connectors{
      {.name = "cam", .config = {{"connector.class", "ThrowingSource"}}},
      {.name = "screen", .config = {{"connector.class", "NeverReturningSink"}}},
      {.name = "idle", .config = {{"connector.class", "ThrowingSink"}}, .target = store::TargetState::kStopped}};
  EXPECT_THAT(CulpritsOf(crash, connectors, plugins).connectors, ElementsAre("cam"));
  connectors[2].target = store::TargetState::kRunning;
  const Culprits culprits = CulpritsOf(crash, connectors, plugins);
  EXPECT_THAT(culprits.connectors, ElementsAre("cam", "idle")) << "it may have been either";
  EXPECT_EQ(culprits.library, library);
}

TEST(TheCulprit, IsWhoCalledNotWhoIsFurtherOutInTheBacktraceAndMayOnlyUseTheLibraryInItsChain) {
  const plugins::PluginRegistry plugins({TEST_PLUGINS});
  const std::string inner = plugins.LibraryOf(*plugins.FindAny("InsertHeader")).string();
  const std::string outer = plugins.LibraryOf(*plugins.Find("ThrowingSource")).string();
  const auto crash = CrashFor("", {inner + "(+0x1)[0x2]", outer + "(+0x3)[0x4]"});
  const std::vector<store::StoredConnector> connectors{
      {.name = "cam", .config = {{"connector.class", "ThrowingSource"}}},
      {.name = "chained",
       .config = {{"connector.class", "NeverReturningSink"}, {"transforms.a.type", "InsertHeader"}}}};
  EXPECT_THAT(CulpritsOf(crash, connectors, plugins).connectors, ElementsAre("chained"));
}

}  // namespace
}  // namespace framespool::herder
