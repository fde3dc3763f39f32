// What every connector that is built must keep to, whoever wrote it.
#include <gmock/gmock.h>
#include <plugins/manifest.h>
#include <plugins/plugin_library.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>
#include <set>

#include "built_connectors.h"

namespace framespool::plugins {
namespace {

using testing::HasSubstr;

constexpr const char* kUpdate = "\nIf the change is meant: ./dev build update-generated";

class Connector : public testing::TestWithParam<BuiltConnector> {
 protected:
  std::filesystem::path Library() const {
    return std::filesystem::path(GetParam().plugins) / (GetParam().library + std::string(".so"));
  }
  /// The page that a class has to itself, or the README of its folder.
  std::string PageOf(const PluginClass& plugin) const {
    const auto page = std::filesystem::path(PAGES) / (plugin.class_name + ".md");
    return ReadFile(std::filesystem::exists(page) ? page : std::filesystem::path(GetParam().folder) / "README.md");
  }

  const std::filesystem::path library_ = Library();  // named: g++ 14 takes what comes of a temporary for dangling
  const PluginDescriptor& descriptor_ = OpenLibrary(library_);
  const Manifest manifest_ = Describe(descriptor_);
};

INSTANTIATE_TEST_SUITE_P(Built, Connector, testing::ValuesIn(kConnectors), [](const auto& tested) {
  return std::regex_replace(tested.param.library, std::regex("[^a-zA-Z0-9]"), "_");
});

TEST_P(Connector, HasAManifestBesideItThatSaysWhatItsLibrarySays) {
  EXPECT_EQ(ReadFile(Library().replace_extension(".manifest.json")), ToText(manifest_));
}

TEST_P(Connector, DescribesItselfTheSameEachTime) { EXPECT_EQ(ToText(Describe(descriptor_)), ToText(manifest_)); }

TEST_P(Connector, HasItsJsonSchemaCommitted) {
  for (const PluginClass& plugin : manifest_.classes) {
    const auto file = std::filesystem::path(SCHEMAS) / (plugin.class_name + ".schema.json");
    EXPECT_EQ(ReadFile(file), JsonSchema(plugin)) << kUpdate;
  }
}

TEST_P(Connector, HasItsConfigTableOnItsPage) {
  for (const PluginClass& plugin : manifest_.classes) {
    EXPECT_THAT(PageOf(plugin), HasSubstr("<!-- config:begin " + plugin.class_name + " -->\n" + MarkdownTable(plugin) +
                                          "<!-- config:end -->"))
        << kUpdate;
  }
}

TEST_P(Connector, HasEachPageOfDocsInTheIndexThere) {
  const std::string index = ReadFile(std::filesystem::path(PAGES) / "README.md");
  for (const PluginClass& plugin : manifest_.classes) {
    const std::string& name = plugin.class_name;
    if (!std::filesystem::exists(std::filesystem::path(PAGES) / (name + ".md"))) continue;
    std::string row = "| [";
    row.append(name).append("](").append(name).append(".md) | ").append(plugin.summary).append(" |\n");
    EXPECT_THAT(index, HasSubstr(row));
  }
}

TEST_P(Connector, HasClassNamesThatSayWhatTheyAre) {
  ASSERT_FALSE(manifest_.classes.empty());
  for (const PluginClass& plugin : manifest_.classes) {
    // Connect's own names for what is no connector have no kind in them: InsertHeader, TopicNameMatches.
    const std::string kind = plugin.kind == PluginKind::kSource ? "Source" : plugin.IsConnector() ? "Sink" : "";
    EXPECT_TRUE(std::regex_match(plugin.class_name, std::regex("([A-Z][a-z0-9]+)+" + kind))) << plugin.class_name;
    EXPECT_TRUE(std::regex_match(plugin.version, std::regex(R"(\d+\.\d+\.\d+)"))) << plugin.version;
    EXPECT_FALSE(plugin.summary.empty());
    EXPECT_TRUE(plugin.summary.ends_with(".")) << plugin.summary;
  }
}

TEST_P(Connector, HasExactlyTheMakerOfItsKindForEachClass) {
  for (const PluginEntry& entry : std::span(descriptor_.entries, descriptor_.entry_count)) {
    const std::map<PluginKind, bool> has{{PluginKind::kSource, entry.make_source != nullptr},
                                         {PluginKind::kSink, entry.make_sink != nullptr},
                                         {PluginKind::kView, entry.make_view != nullptr},
                                         {PluginKind::kTransform, entry.make_transform != nullptr},
                                         {PluginKind::kPredicate, entry.make_predicate != nullptr},
                                         {PluginKind::kConverter, entry.make_converter != nullptr},
                                         {PluginKind::kConfigProvider, entry.make_config_provider != nullptr}};
    for (const auto& [kind, is_there] : has) EXPECT_EQ(is_there, kind == entry.kind) << entry.name;
  }
}

TEST_P(Connector, HasItsMetricsTableOnItsPage) {
  for (const PluginClass& plugin : manifest_.classes) {
    if (plugin.metrics.empty()) continue;
    EXPECT_THAT(PageOf(plugin), HasSubstr("<!-- metrics:begin " + plugin.class_name + " -->\n" + MetricsTable(plugin) +
                                          "<!-- metrics:end -->"))
        << kUpdate;
  }
}

TEST_P(Connector, ExplainsEveryMetric) {
  for (const PluginClass& plugin : manifest_.classes) {
    std::set<std::string> seen;
    for (const MetricSpec& metric : plugin.metrics) {
      SCOPED_TRACE(plugin.class_name + ": " + metric.name);
      EXPECT_TRUE(std::regex_match(metric.name, std::regex("[a-z][a-z0-9]*(_[a-z0-9]+)*")));
      EXPECT_TRUE(seen.insert(metric.name).second) << "is declared twice";
      EXPECT_TRUE(metric.doc.ends_with(".")) << "its doc should be sentences: \"" << metric.doc << '"';
      if (metric.kind == MetricKind::kCounter) {
        EXPECT_FALSE(metric.unit.empty()) << "say what is counted";
      }
      if (metric.kind == MetricKind::kInfo || metric.kind == MetricKind::kHistogram) {
        EXPECT_EQ(metric.plot, "") << "what is not kept is not drawn";
      }
      if (metric.kind == MetricKind::kHistogram) {
        EXPECT_EQ(metric.unit, "s") << "Prometheus has times in seconds";
        EXPECT_TRUE(metric.name.ends_with("_seconds"));
        EXPECT_EQ(metric.role, MetricRole::kNone) << "the page does not see it";
      }
      const bool is_a_key = std::any_of(plugin.fields.begin(), plugin.fields.end(),
                                        [&](const FieldSpec& field) { return field.name == metric.setting; });
      EXPECT_TRUE(metric.setting.empty() || is_a_key) << "there is no key " << metric.setting;
    }
  }
}

TEST_P(Connector, NamesOnlyKeysOfItsOwnThatMakeRecordsSmaller) {
  for (const PluginClass& plugin : manifest_.classes) {
    for (const std::string& key : plugin.smaller_by) {
      EXPECT_TRUE(std::any_of(plugin.fields.begin(), plugin.fields.end(), [&](const FieldSpec& field) {
        return field.name == key;
      })) << key;
    }
  }
}

/// Calls `look` with every field of every class, its name in the failure message.
template <class F>
void ForEachField(const Manifest& manifest, F look) {
  for (const PluginClass& plugin : manifest.classes) {
    for (const FieldSpec& field : plugin.fields) {
      SCOPED_TRACE(plugin.class_name + ": " + field.name);
      look(plugin, field);
    }
  }
}

TEST_P(Connector, ExplainsEveryField) {
  ForEachField(manifest_, [](const PluginClass&, const FieldSpec& field) {
    EXPECT_TRUE(field.doc.ends_with(".")) << "its doc should be sentences: \"" << field.doc << '"';
    EXPECT_FALSE(field.display_name.empty()) << "add DisplayName(…): the admin form shows it";
    EXPECT_FALSE(field.group.empty()) << "add Group(…): the admin form shows it";
  });
}

TEST_P(Connector, SaysWhichFieldsAreTopicsPathsAndPorts) {
  ForEachField(manifest_, [](const PluginClass&, const FieldSpec& field) {
    const auto ends_in = [&](const std::string& word) {
      return field.name == word || field.name.ends_with("." + word);
    };
    if (ends_in("topic") || ends_in("topics")) {
      EXPECT_EQ(field.role, Role::kTopic) << "add Role(Role::kTopic)";
    }
    if (ends_in("file") || ends_in("folder")) {
      EXPECT_EQ(field.role, Role::kPath) << "add Role(Role::kPath): the worker then keeps it to file.roots";
    }
    if (ends_in("port")) {
      EXPECT_EQ(field.role, Role::kPort) << "add Role(Role::kPort)";
    }
    if (ends_in("host")) {
      EXPECT_EQ(field.role, Role::kHost) << "add Role(Role::kHost): no two connectors then answer at one place";
    }
    if (ends_in("http.path")) {
      EXPECT_EQ(field.role, Role::kUrlPath) << "add Role(Role::kUrlPath)";
    }
  });
}

TEST_P(Connector, NamesEveryFieldByTheRules) {
  // The worker's own keys of every connector. Only a sink may declare `topics` once more, to say what it makes of them.
  const std::set<std::string> of_the_worker = {
      "name",       "connector.class", "tasks.max",    "key.converter", "value.converter", "header.converter",
      "transforms", "config",          "topics.regex", "predicates"};
  for (const PluginClass& plugin : manifest_.classes) {
    std::set<std::string> seen;
    for (const FieldSpec& field : plugin.fields) {
      EXPECT_TRUE(std::regex_match(field.name, std::regex("[a-z][a-z0-9]*(\\.[a-z0-9]+)*"))) << field.name;
      EXPECT_TRUE(seen.insert(field.name).second) << field.name << " is declared twice";
      EXPECT_FALSE(field.name == "topics" && plugin.kind == PluginKind::kSource);
      // The keys of what is no connector stand below an alias, where the worker has none of these.
      EXPECT_FALSE(plugin.IsConnector() && of_the_worker.contains(field.name))
          << field.name << " is one of the worker's keys";
      EXPECT_FALSE(field.name.starts_with("errors.")) << field.name << " is one of the worker's keys";
    }
  }
}

TEST_P(Connector, HasOnlyDefaultsThatItWouldAccept) {
  ForEachField(manifest_, [](const PluginClass&, const FieldSpec& field) {
    if (field.default_value) {
      EXPECT_EQ(FieldProblem(field, *field.default_value).value_or(Problem{}).message, "");
    }
  });
}

TEST_P(Connector, DependsOnlyOnFieldsThatExist) {
  ForEachField(manifest_, [](const PluginClass& plugin, const FieldSpec& field) {
    for (const std::string& dependent : field.dependents) {
      EXPECT_TRUE(std::any_of(plugin.fields.begin(), plugin.fields.end(), [&](const FieldSpec& other) {
        return other.name == dependent;
      })) << dependent;
    }
  });
}

TEST_P(Connector, AnswersAnyConfigWithErrorsAndNeverThrows) {
  for (const PluginEntry& entry : std::span(descriptor_.entries, descriptor_.entry_count)) {
    SCOPED_TRACE(entry.name);
    const auto fields = entry.describe().fields();
    for (const std::string text : {"", " ", "-1", "99999999999999999999", "nan", "\x01", "no such value"}) {
      RawConfig raw;
      for (const FieldSpec& field : fields) raw[field.name] = text;
      EXPECT_EQ(entry.describe().Validate(raw).size(), fields.size()) << text;
    }
    for (const FieldResult& result : entry.describe().Validate({})) {
      const bool required = result.value == std::nullopt;
      // A transform may want one of several keys, as Kafka Connect's do.
      const bool is_part = entry.kind == PluginKind::kTransform || entry.kind == PluginKind::kPredicate;
      if (is_part && !required) continue;
      EXPECT_EQ(result.errors.empty(), !required)
          << result.name << ": an empty config should miss only what is required";
    }
  }
}

}  // namespace
}  // namespace framespool::plugins
