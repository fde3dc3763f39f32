// The table of rooms in ARCHITECTURE.md against what is included and what is linked.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "house.h"

namespace framespool::house {
namespace {

using testing::IsEmpty;

class Arrows : public testing::Test {
 protected:
  static bool IsConnector(const std::string& room) {
    return room.starts_with("connectors/") && room != "connectors/sdk";
  }
  const Room& RowOf(const std::string& room) const {
    const auto found = rooms_.find(room);
    return found == rooms_.end() ? rooms_.at("connectors/X") : found->second;
  }
  /// Those that no row has, each with its places.
  std::map<std::string, std::set<std::string>> NotDrawn(const std::vector<Arrow>& arrows) const {
    std::map<std::string, std::set<std::string>> missing;
    for (const Arrow& arrow : arrows) {
      const Room& row = RowOf(arrow.from);
      if (!row.may_use_all && !row.may_use.contains(arrow.to))
        missing[arrow.from + " -> " + arrow.to].insert(arrow.where);
    }
    return missing;
  }

  const Rooms rooms_ = RoomsOfTheTable();
};

TEST_F(Arrows, TheTableNamesOnlyRoomsThatThereAre) {
  ASSERT_GT(rooms_.size(), 5U) << "ARCHITECTURE.md has lost its table of rooms";
  for (const auto& [path, room] : rooms_) {
    EXPECT_THAT(room.problems, IsEmpty()) << "in the row of " << path;
    if (path == "connectors/X") continue;
    EXPECT_TRUE(std::filesystem::exists(Repository() / path)) << path;
  }
}

TEST_F(Arrows, EveryRoomThatIsBuiltHasARow) {
  const auto lines = LinkLines();
  ASSERT_GT(lines.size(), 20U) << "the build has written no link lines";
  for (const LinkLine& line : lines) {
    if (!line.folder.starts_with("host/") && line.folder != "http") continue;
    EXPECT_TRUE(rooms_.contains(line.folder)) << line.target << " is built in " << line.folder;
  }
}

TEST_F(Arrows, EveryIncludeIsDrawn) {
  const auto arrows = ArrowsOfIncludes(rooms_);
  ASSERT_GT(arrows.size(), 100U) << "no includes were found";
  EXPECT_THAT(NotDrawn(arrows), IsEmpty());
}

TEST_F(Arrows, EveryLinkIsDrawn) {
  const auto arrows = ArrowsOfLinks(rooms_);
  ASSERT_GT(arrows.size(), 20U) << "the build has written no link lines";
  EXPECT_THAT(NotDrawn(arrows), IsEmpty());
}

TEST_F(Arrows, EveryArrowThatIsDrawnIsUsed) {
  std::set<std::pair<std::string, std::string>> used;
  for (const auto& arrows : {ArrowsOfIncludes(rooms_), ArrowsOfLinks(rooms_)}) {
    for (const Arrow& arrow : arrows) used.emplace(rooms_.contains(arrow.from) ? arrow.from : "connectors/X", arrow.to);
  }
  for (const auto& [path, room] : rooms_) {
    for (const std::string& to : room.may_use)
      EXPECT_TRUE(used.contains({path, to})) << path << " no longer includes or links anything of " << to;
  }
}

TEST_F(Arrows, GoInNoCircle) {
  for (const auto& [path, room] : rooms_) {
    std::set<std::string> reached = room.may_use;
    for (std::size_t before = 0; before != reached.size();) {
      before = reached.size();
      for (const std::string& to : std::set<std::string>(reached))
        reached.merge(std::set<std::string>(rooms_.at(to).may_use));
    }
    EXPECT_FALSE(reached.contains(path)) << path << " can be reached from itself";
  }
}

TEST_F(Arrows, ConnectorsAndTheHostDoNotKnowEachOther) {
  for (const auto& arrows : {ArrowsOfIncludes(rooms_), ArrowsOfLinks(rooms_)}) {
    for (const Arrow& arrow : arrows) {
      EXPECT_FALSE(IsConnector(arrow.from) && arrow.to.starts_with("host/")) << arrow.where;
      EXPECT_FALSE(arrow.from.starts_with("host/") && arrow.to == "connectors/media")
          << arrow.where << ": the host does not know what a picture is";
      // What several connectors share is no connector of its own, but it is not the host's either.
      EXPECT_FALSE(arrow.from.starts_with("host/") && IsConnector(arrow.to) && !rooms_.contains(arrow.to))
          << arrow.where;
    }
  }
}

/// "the only room with X" in a row: X by the name that the build has for it.
TEST_F(Arrows, ALibraryThatOneRoomHasForItselfIsLinkedNowhereElse) {
  const std::map<std::string, std::string> libraries = {{"spdlog::spdlog", "host/base"},
                                                        {"SQLite::SQLite3", "host/store/sqlite"},
                                                        {"PkgConfig::RDKAFKA", "host/broker/kafka"},
                                                        {"PkgConfig::PISTACHE", "host/rest"},
                                                        {"PkgConfig::PROMETHEUS", "host/inspect"},
                                                        {"PkgConfig::PICTURES", "connectors/media"}};
  std::set<std::string> seen;
  for (const LinkLine& line : LinkLines()) {
    const auto only = libraries.find(line.library);
    if (only == libraries.end() || line.folder.starts_with("tests/")) continue;
    EXPECT_EQ(line.folder, only->second) << line.target << " links " << line.library;
    seen.insert(line.library);
  }
  EXPECT_EQ(seen.size(), libraries.size()) << "a library is no longer linked by the name that this test has for it";
}

}  // namespace
}  // namespace framespool::house
