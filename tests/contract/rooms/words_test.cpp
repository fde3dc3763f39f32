// Words that belong to one room and may not be said in another.
#include <config/connector_config.h>
#include <config/worker_config.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "house.h"

namespace framespool::house {
namespace {

using Places = std::map<std::string, std::set<std::string>>;  // the words of each file

std::string Listed(const Places& places) {
  std::string text;
  for (const auto& [file, words] : places) {
    for (const std::string& word : words) text += "\n  " + file + ": " + word;
  }
  return text;
}

Places Without(Places places, const Places& others) {
  for (const auto& [file, words] : others) {
    for (const std::string& word : words) places[file].erase(word);
    if (places[file].empty()) places.erase(file);
  }
  return places;
}

/// What is known and what is found must be the same: an entry that is no longer needed is taken out.
void ExpectOnly(const Places& known, const Places& found) {
  EXPECT_EQ(Listed(Without(found, known)), "") << "said where it does not belong";
  EXPECT_EQ(Listed(Without(known, found)), "") << "no longer said: take it from the list of this test";
}

// Issue 13: a refusal still carries the status that REST answers with. Problem takes its place.
const Places kStatusesKnown = {
    {"host/base/include/base/outcome.h", {"500"}},
    {"host/herder/admission.cpp", {"400"}},
    {"host/herder/connector_offsets.cpp", {"400"}},
    {"host/herder/plugin_check.cpp", {"400", "500"}},
    {"host/herder/standalone_herder.cpp", {"400", "404", "409", "503"}},
    {"host/herder/topic_removal.cpp", {"404", "409", "503"}},
    {"host/inspect/inspector.cpp", {"404"}},
    {"host/inspect/source_probe.cpp", {"400", "500", "503"}},
};

TEST(Words, AnHttpStatusIsSaidOnlyWhereHttpIsSpoken) {
  static const std::regex status(R"((?:\{|\b(?:code|status)\s*[=!]?=)\s*(20[0-6]|30[0-8]|4[0-2][0-9]|50[0-5])\b)");
  Places found;
  const Rooms rooms = RoomsOfTheTable();
  for (const SourceFile& file : SourceFiles(rooms)) {
    if (!file.path.starts_with("host/") || file.room == "host/rest") continue;
    const std::string code = WithoutComments(file.text, false);
    for (std::sregex_iterator it(code.begin(), code.end(), status), end; it != end; ++it)
      found[file.path].insert((*it)[1]);
  }
  ExpectOnly(kStatusesKnown, found);
}

/// The keys of connectors that can be told from any other word, by the dot in them; without those that a worker or
/// every connector has too.
std::set<std::string> KeysOfConnectors() {
  std::set<std::string> keys;
  static const std::regex property(R"re(^    "([a-z0-9]+(?:\.[a-z0-9]+)+)": \{)re");
  for (const auto& entry : std::filesystem::directory_iterator(Repository() / "schemas" / "connectors")) {
    std::istringstream lines(ReadFile(entry.path()));
    std::smatch match;
    for (std::string line; std::getline(lines, line);) {
      if (std::regex_search(line, match, property)) keys.insert(match[1]);
    }
  }
  for (const auto type : {config::ConnectorType::kSource, config::ConnectorType::kSink}) {
    for (const FieldSpec& field : config::CommonFields(type)) keys.erase(field.name);
  }
  for (const FieldSpec& field : config::WorkerConfig::Describe().fields()) keys.erase(field.name);
  return keys;
}

/// The headers and metrics that connectors name. A metric can be told by the underscore in it.
std::set<std::string> NamesOfConnectors(const std::vector<SourceFile>& files) {
  static const std::regex name(R"(framespool(\.[a-z0-9]+)+|[a-z0-9]+(_[a-z0-9]+)+)");
  std::set<std::string> names;
  std::set<std::string> of_every_task;  // what the runtime itself says of a task
  for (const SourceFile& file : files) {
    const bool is_connector = file.path.starts_with("connectors/") && file.room != "connectors/sdk";
    if (!is_connector && file.room != "host/runtime") continue;
    for (const std::string& literal : Literals(file.text)) {
      if (std::regex_match(literal, name)) (is_connector ? names : of_every_task).insert(literal);
    }
  }
  for (const std::string& word : of_every_task) names.erase(word);
  return names;
}

TEST(Words, NoRoomOfTheHostNamesAConnectorsKeyHeaderOrMetric) {
  const auto files = SourceFiles(RoomsOfTheTable());
  const auto keys = KeysOfConnectors();
  const auto names = NamesOfConnectors(files);
  ASSERT_TRUE(keys.contains("jpeg.quality")) << "the schemas are no longer read";
  ASSERT_TRUE(names.contains("framespool.frame")) << "the connectors are no longer read";
  Places found;
  for (const SourceFile& file : files) {
    // REST's bodies have names of their own, which a client reads.
    if (!file.path.starts_with("host/") || file.room == "host/rest") continue;
    for (const std::string& literal : Literals(file.text)) {
      if (names.contains(literal)) found[file.path].insert(literal);
      for (const std::string& key : keys) {
        if (literal.find(key) != std::string::npos) found[file.path].insert(key);
      }
    }
  }
  EXPECT_EQ(Listed(found), "") << "said where it does not belong: the connector declares it";
}

}  // namespace
}  // namespace framespool::house
