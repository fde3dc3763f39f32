// Nothing in the host knows a connector: no key, metric or record header of one stands in its text. The manifests say
// what those are; the headers are those that the connectors' own sources name.
#include <gmock/gmock.h>
#include <plugins/manifest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "built_connectors.h"

namespace framespool::plugins {
namespace {

namespace fs = std::filesystem;

/// Words that connectors have from the worker, or that it has with a meaning of its own.
const std::map<std::string, std::string> kOfTheWorker = {
    {"topic", "of a source: where topics are created; in Connect's answers as well"},
    {"topics", "Connect's key of every sink"},
    {"state", "in Connect's status answers"},
    {"time", "of events, log lines and the history of changes"},
    {"url", "the role of a field"},
    {"access.control.allow.origin", "Connect's key of the worker, which sinks have by the same name"},
    {"width", "how wide a field is in Connect's ConfigDef; the probe's answer has had it from the start"},
    {"fps", "the probe's answer has had it from the start"},
    {"position", "where a reader stands"},
    {"session", "of a worker in Kafka's group, as the ledger has it"},
    {"count", "of bytes and records"},
    {"viewers", "the role of a metric"},
    {"file", "a name of the command line"},
    {"username", "Kafka's, of its SASL settings"},
    {"password", "Kafka's, of its SASL settings"},
    {"reconnect.backoff.ms", "Kafka's key of its clients"},
    {"reconnect.backoff.max.ms", "Kafka's key of its clients"}};

bool IsSource(const fs::path& path) { return path.extension() == ".cpp" || path.extension() == ".h"; }

/// The string literals of C++ text; no comment, no #include, and neighbours as they stand.
std::vector<std::string> LiteralsOf(const std::string& text) {
  std::vector<std::string> literals;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text.compare(at, 2, "//") == 0 || (text[at] == '#' && (at == 0 || text[at - 1] == '\n'))) {
      at = std::min(text.find('\n', at), text.size());
    } else if (text.compare(at, 2, "/*") == 0) {
      at = std::min(text.find("*/", at + 2), text.size());
    } else if (text[at] == '\'' && (at == 0 || !std::isalnum(static_cast<unsigned char>(text[at - 1])))) {
      for (++at; at < text.size() && text[at] != '\''; ++at) at += text[at] == '\\';
    } else if (text[at] == '"') {
      std::string literal;
      for (++at; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\') ++at;
        literal += text[at];
      }
      literals.push_back(std::move(literal));
    }
  }
  return literals;
}

/// Everything that a connector calls by a name: keys, metrics, headers.
std::set<std::string> NamesOfConnectors() {
  std::set<std::string> names;
  for (const BuiltConnector& connector : kConnectors) {
    const fs::path library = fs::path(connector.plugins) / connector.library;
    for (const PluginClass& plugin : ParseManifest(ReadFile(library.string() + ".manifest.json")).classes) {
      for (const FieldSpec& field : plugin.fields) {
        // The keys of what is no connector stand below an alias: "name", "fields" and "bytes" are anybody's words.
        if (plugin.IsConnector() || field.name.find('.') != std::string::npos) names.insert(field.name);
      }
      for (const MetricSpec& metric : plugin.metrics) names.insert(metric.name);
    }
    for (const auto& entry : fs::recursive_directory_iterator(connector.folder)) {
      if (!IsSource(entry.path())) continue;
      for (const std::string& literal : LiteralsOf(ReadFile(entry.path()))) {
        if (std::regex_match(literal, std::regex(R"(framespool(\.[a-z0-9]+)+)"))) names.insert(literal);
      }
    }
  }
  for (const auto& [word, why] : kOfTheWorker) names.erase(word);
  return names;
}

/// Whether `literal` names `name`: a plain word is one only where it stands alone, "jpeg.quality" also in a sentence.
bool Names(const std::string& literal, const std::string& name) {
  if (name.find_first_of("._") == std::string::npos) return literal == name;
  const auto is_of_a_name = [&](std::size_t at) {
    return at < literal.size() && (std::isalnum(static_cast<unsigned char>(literal[at])) != 0 || literal[at] == '_');
  };
  for (std::size_t at = literal.find(name); at != std::string::npos; at = literal.find(name, at + 1)) {
    const bool begins = at == 0 || (!is_of_a_name(at - 1) && literal[at - 1] != '.');
    if (begins && !is_of_a_name(at + name.size())) return true;
  }
  return false;
}

TEST(TheHost, NamesNoKeyMetricOrHeaderOfAConnector) {
  const std::set<std::string> names = NamesOfConnectors();
  // The test would hold of nothing if these were not found.
  for (const char* known :
       {"jpeg.quality", "http.port", "mux_viewers", "frames_sent", "framespool.pts.us", "format", "lines_written"})
    ASSERT_TRUE(names.contains(known)) << known;
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(HOST)) {
    if (!IsSource(entry.path())) continue;
    ++files;
    for (const std::string& literal : LiteralsOf(ReadFile(entry.path()))) {
      for (const std::string& name : names) {
        EXPECT_FALSE(Names(literal, name)) << entry.path() << ": \"" << literal << "\" names " << name
                                           << ", which is a connector's: let the connector declare or say it "
                                              "(connectors/sdk), or, where the word is the "
                                              "worker's own as well, say so in this test's list";
      }
    }
  }
  EXPECT_GT(files, 100u);
}

TEST(TheHost, IsReadWithoutItsCommentsAndWithItsLiteralsWhole) {
  EXPECT_THAT(LiteralsOf("f(\"a\\\"b\", 'x', '\"'); // \"no\"\n/* \"no\" */ g(\"c\");\n#include \"no.h\"\n"),
              testing::ElementsAre("a\"b", "c"));
  EXPECT_TRUE(Names("make the frames smaller (width, jpeg.quality)", "jpeg.quality"));
  EXPECT_FALSE(Names("my_viewers_max", "viewers_max"));
  EXPECT_TRUE(Names("viewers", "viewers"));
  EXPECT_FALSE(Names("its viewers", "viewers"));
}

}  // namespace
}  // namespace framespool::plugins
