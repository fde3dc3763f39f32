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
#include <string_view>

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

bool SpeaksHttp(const SourceFile& file) {
  return file.room == "host/rest" || file.room == "connectors/http" ||
         file.path.starts_with("connectors/mjpeg-http/http/") || file.path.find("/tests/") != std::string::npos;
}

TEST(Words, AnHttpStatusIsSaidOnlyWhereHttpIsSpoken) {
  static const std::string number = R"(\s*(20[0-6]|30[0-8]|4[0-2][0-9]|50[0-5])\b)";
  static const std::regex status(R"(\b(?:(?:Refuse|ErrorResponse)\(|(?:code|status)\s*[=!]?=))" + number);
  static const std::regex in_braces(R"(\{)" + number);  // in a connector these are milliseconds
  Places found;
  const Rooms rooms = RoomsOfTheTable();
  for (const SourceFile& file : SourceFiles(rooms)) {
    if (SpeaksHttp(file)) continue;
    const std::string code = WithoutComments(file.text, false);
    for (const auto* pattern : {&status, &in_braces}) {
      if (pattern == &in_braces && !file.path.starts_with("host/")) continue;
      for (std::sregex_iterator it(code.begin(), code.end(), *pattern), end; it != end; ++it)
        found[file.path].insert((*it)[1]);
    }
  }
  ExpectOnly({}, found);
}

bool IsComment(std::string_view line) {
  const auto first = line.find_first_not_of(' ');
  if (first == std::string_view::npos) return true;
  line.remove_prefix(first);
  return line.starts_with("//") || line.starts_with("/*") || line.starts_with("*");
}

TEST(Words, TheAdminPageReadsNoMessageByPatterns) {
  static const std::regex pattern(R"(RegExp|\.(?:match|matchAll|search|test|exec)\()");
  // A message in which something is looked for, by a pattern or by a piece of text.
  static const std::regex parsed(
      R"((?:message|trace|detail|reason|said)[\w.?!]*\.(?:match|matchAll|search|indexOf|includes|startsWith)\(\s*(?:['"/]|`(?!\$\{)))"
      R"(|\.(?:test|exec)\([^)]*(?:message|trace|detail|reason|said))");
  const auto source = Repository() / "admin-ui" / "src";
  Places found;
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(source)) {
    const std::string name = entry.path().string();
    if (name.ends_with(".test.ts") || !(name.ends_with(".ts") || name.ends_with(".svelte"))) continue;
    ++files;
    const bool of_failures = name.ends_with("lib/failures.ts") || name.ends_with("lib/form/errors.ts");
    std::istringstream lines(ReadFile(entry.path()));
    for (std::string line; std::getline(lines, line);) {
      if (IsComment(line)) continue;
      if (std::regex_search(line, parsed) || (of_failures && std::regex_search(line, pattern)))
        found[std::filesystem::relative(entry.path(), Repository()).string()].insert(line);
    }
  }
  EXPECT_GT(files, 50u) << "the page is no longer read";
  ExpectOnly({}, found);
}

TEST(Words, TheTextOfAConfigIsReadInItsRoomOnly) {
  // config.find("topics"), stored.config.at("connector.class"), raw["name"]; a broker's `config` is a topic's.
  static const std::regex look(
      R"re(\b(?:config|raw|named)_?(?:\.(?:find|at|contains|count)\("|\["[^"]*"\](?!\s*=[^=])))re");
  for (const std::string reads : {R"(config.find("topics"))", R"(stored.config.at("name"))", R"(x = raw["name"];)"})
    ASSERT_TRUE(std::regex_search(WithoutComments(reads, true), look)) << reads;
  ASSERT_FALSE(std::regex_search(WithoutComments(R"(named["name"] = name;)", true), look)) << "it is written there";
  Places found;
  for (const SourceFile& file : SourceFiles(RoomsOfTheTable())) {
    if (!file.path.starts_with("host/") || file.room == "host/config" || file.room.starts_with("host/broker")) continue;
    const std::string code = WithoutComments(file.text, true);
    for (std::sregex_iterator it(code.begin(), code.end(), look), end; it != end; ++it) {
      found[file.path].insert(it->str());
    }
  }
  ExpectOnly({}, found);
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
  for (const char* of_every_kafka_client : {"reconnect.backoff.ms", "reconnect.backoff.max.ms"})
    keys.erase(of_every_kafka_client);
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

/// Out of the tables of the connectors' READMEs, which are made from what they declare. A metric can be told by the
/// underscore in it.
std::set<std::string> MetricsOfConnectors() {
  static const std::regex row(R"re(^\| `([a-z0-9]+(?:_[a-z0-9]+)+)` \| (?:counter|gauge|info)\b)re");
  std::set<std::string> metrics;
  for (const auto& entry : std::filesystem::directory_iterator(Repository() / "connectors")) {
    const auto readme = entry.path() / "README.md";
    if (!std::filesystem::exists(readme)) continue;
    std::istringstream lines(ReadFile(readme));
    std::smatch match;
    for (std::string line; std::getline(lines, line);) {
      if (std::regex_search(line, match, row)) metrics.insert(match[1]);
    }
  }
  return metrics;
}

/// Not as the end of another's name, as max.bytes is in fetch.max.bytes.
bool SaysKey(const std::string& literal, const std::string& key) {
  const auto is_of_a_name = [](char c) { return c == '.' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  for (std::size_t at = 0; (at = literal.find(key, at)) != std::string::npos; ++at) {
    if (at == 0 || !is_of_a_name(literal[at - 1])) return true;
  }
  return false;
}

// The first pipeline is one of two connectors that the page knows: a video that is there to be played, and a sink for
// it. Dead letters go back by a third, which copies one topic to another.
const Places kKeysOfThePage = {{"admin-ui/src/lib/firstrun.ts", {"http.port"}},
                               {"admin-ui/src/lib/deadletters.ts", {"source.topics"}},
                               // the key of a record in an answer
                               {"admin-ui/src/components/TopicRecords.svelte", {"record.key"}}};

std::string WithoutLineComments(const std::string& text) {
  std::string code;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!IsComment(line)) code += line + '\n';
  }
  return code;
}

TEST(Words, TheAdminPageGoesByWhatAMetricMeansAndNotByItsNameAndByNoConnectorsKey) {
  const auto metrics = MetricsOfConnectors();
  const auto keys = KeysOfConnectors();
  ASSERT_TRUE(keys.contains("http.port")) << "the schemas are no longer read";
  ASSERT_TRUE(metrics.contains("lag_seconds") && metrics.contains("frames_expected"))
      << "the tables are no longer read";
  static const std::regex quoted(R"re(['"]([a-z0-9]+(?:_[a-z0-9]+)+?)(?:_per_second)?['"])re");
  Places found;
  Places keys_found;
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(Repository() / "admin-ui" / "src")) {
    const std::string name = entry.path().string();
    if (!name.ends_with(".ts") && !name.ends_with(".svelte")) continue;
    if (name.ends_with(".test.ts") || name.ends_with(".gen.ts") || name.ends_with("lib/fixtures.ts")) continue;
    ++files;
    const std::string text = WithoutLineComments(ReadFile(entry.path()));
    const std::string file = std::filesystem::relative(entry.path(), Repository()).string();
    for (std::sregex_iterator it(text.begin(), text.end(), quoted), end; it != end; ++it) {
      if (metrics.contains((*it)[1])) found[file].insert((*it)[1]);
    }
    for (const std::string& key : keys) {
      if (SaysKey(text, key)) keys_found[file].insert(key);
    }
  }
  EXPECT_GT(files, 50u) << "the page is no longer read";
  ExpectOnly({}, found);
  ExpectOnly(kKeysOfThePage, keys_found);
}

TEST(Words, AKeyIsFoundWhereItIsSaidAndNotInTheNameOfAnother) {
  EXPECT_TRUE(SaysKey("max.bytes", "max.bytes"));
  EXPECT_TRUE(SaysKey("set jpeg.quality to less", "jpeg.quality"));
  EXPECT_TRUE(SaysKey("fetch.max.bytes or max.bytes", "max.bytes"));
  EXPECT_FALSE(SaysKey("fetch.max.bytes", "max.bytes"));
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
        if (SaysKey(literal, key)) found[file.path].insert(key);
      }
    }
  }
  EXPECT_EQ(Listed(found), "") << "said where it does not belong: the connector declares it";
}

}  // namespace
}  // namespace framespool::house
