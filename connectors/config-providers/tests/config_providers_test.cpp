#include <config/config_providers.h>
#include <config/worker_config.h>
#include <framespool/plugin.h>
#include <framespool/properties.h>
#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <set>

#include "directory_config_provider.h"
#include "env_var_config_provider.h"
#include "fakes/pages.h"
#include "fakes/temporary_directory.h"
#include "file_config_provider.h"

extern "C" const framespool::PluginDescriptor framespool_plugin;

namespace framespool::config_providers {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

namespace fs = std::filesystem;

class ProvidersTest : public testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text) const {
    const fs::path file = folder_.path() / name;
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
    return file.string();
  }
  template <class Provider>
  static std::string ReasonForRefusal(Provider&& provider, const std::string& path, const std::string& key = "a") {
    try {
      provider.Get(path, {key});
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "read";
  }
  const TemporaryDirectory folder_;
};

using FileProvider = ProvidersTest;
using DirectoryProvider = ProvidersTest;
using EnvVarProvider = ProvidersTest;
using ReadmeOfProviders = ProvidersTest;

TEST_F(FileProvider, GivesTheKeysThatItIsAskedForAndNoOthers) {
  const std::string file = Write("a.properties", "a=1\nb = two words \nc=\\u00fc\n");
  EXPECT_THAT(FileConfigProvider({}).Get(file, {"a", "c", "d"}), ElementsAre(Pair("a", "1"), Pair("c", "ü")));
  EXPECT_THAT(FileConfigProvider({}).Get(file, {}), IsEmpty());
  Write("a.properties", "a=2\n");
  EXPECT_THAT(FileConfigProvider({}).Get(file, {"a"}), ElementsAre(Pair("a", "2")));
}

TEST_F(FileProvider, SaysOfWhatItCannotReadWhatToDoAndNeverWaits) {
  FileConfigProvider provider({});
  const std::string missing = (folder_.path() / "none").string();
  EXPECT_EQ(ReasonForRefusal(provider, missing), "there is no file " + missing + "; put it there, or correct the path");
  EXPECT_THAT(ReasonForRefusal(provider, folder_.path().string()), HasSubstr("is no plain file"));
  EXPECT_THAT(ReasonForRefusal(provider, "relative"), HasSubstr("must be an absolute path, but is relative"));
  EXPECT_THAT(ReasonForRefusal(provider, ""), HasSubstr("must be an absolute path, but is empty"));
  const std::string pipe = (folder_.path() / "pipe").string();
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(ReasonForRefusal(provider, pipe), HasSubstr("is no plain file"));
  EXPECT_THAT(ReasonForRefusal(provider, "/dev/zero"), HasSubstr("is no plain file"));
  EXPECT_THAT(ReasonForRefusal(provider, Write("large", std::string((1 << 20) + 1, 'a'))),
              HasSubstr("larger than 1 MB"));
  fs::create_symlink("loop", folder_.path() / "loop");
  EXPECT_THAT(ReasonForRefusal(provider, (folder_.path() / "loop").string()), HasSubstr("loop"));
}

TEST_F(FileProvider, ReadsOnlyBelowItsAllowedPathsWhereverAPathLeads) {
  const std::string inside = Write("in/a.properties", "a=1\n");
  const std::string outside = Write("out/a.properties", "a=2\n");
  const std::string beside = Write("in-other/a.properties", "a=3\n");
  FileConfigProvider provider({.allowed_paths = {"/nowhere", (folder_.path() / "in/").string()}});
  EXPECT_THAT(provider.Get(inside, {"a"}), ElementsAre(Pair("a", "1")));
  EXPECT_THAT(provider.Get((folder_.path() / "out/../in/a.properties").string(), {"a"}), ElementsAre(Pair("a", "1")));
  fs::create_symlink(outside, folder_.path() / "in/link");
  for (const std::string& path :
       {outside, beside, (folder_.path() / "in/link").string(), (folder_.path() / "in/../out/a.properties").string()})
    EXPECT_THAT(ReasonForRefusal(provider, path), AllOf(HasSubstr("must lie below allowed.paths"), HasSubstr(path)));
  FileConfigProvider one_file({.allowed_paths = {inside}});
  EXPECT_THAT(one_file.Get(inside, {"a"}), ElementsAre(Pair("a", "1")));
}

TEST_F(FileProvider, SaysWhatIsWrongWithItsParams) {
  EXPECT_THROW(FileConfigProvider::Describe().Parse({{"allowed.paths", "here"}}), ConfigError);
  EXPECT_THROW(EnvVarConfigProvider::Describe().Parse({{"allowlist.pattern", "("}}), ConfigError);
  EXPECT_EQ(FileConfigProvider::Describe().Parse({{"allowed.paths", "/a, /b"}}).allowed_paths,
            (std::vector<std::string>{"/a", "/b"}));
}

TEST_F(DirectoryProvider, GivesWhatIsInItsFilesWithoutTheirLastLineBreak) {
  Write("s/token", "7f3a9e\n");
  Write("s/windows", "x\r\n");
  Write("s/two", "one\ntwo\n\n");
  Write("s/folder/file", "no");
  DirectoryConfigProvider provider({});
  EXPECT_THAT(
      provider.Get((folder_.path() / "s").string(), {"token", "windows", "two", "folder", "none", "..", "", "a/b"}),
      ElementsAre(Pair("token", "7f3a9e"), Pair("two", "one\ntwo\n"), Pair("windows", "x")));
  EXPECT_THAT(ReasonForRefusal(provider, (folder_.path() / "none").string()), HasSubstr("is no folder"));
}

TEST_F(DirectoryProvider, FollowsNoLinkOutOfItsAllowedPaths) {
  // As Kubernetes mounts secrets: the file is a link to one in a folder that is replaced as a whole.
  Write("s/..2026/token", "good\n");
  fs::create_symlink("..2026", folder_.path() / "s/..data");
  fs::create_symlink("..data/token", folder_.path() / "s/token");
  const std::string outside = Write("other", "bad\n");
  fs::create_symlink(outside, folder_.path() / "s/other");
  DirectoryConfigProvider provider({.allowed_paths = {(folder_.path() / "s").string()}});
  EXPECT_THAT(provider.Get((folder_.path() / "s").string(), {"token"}), ElementsAre(Pair("token", "good")));
  EXPECT_THAT(ReasonForRefusal(provider, (folder_.path() / "s").string(), "other"), HasSubstr("allowed.paths"));
}

TEST_F(EnvVarProvider, GivesTheVariablesWhoseWholeNamesItsPatternMatches) {
  setenv("DOOR_HOST", "10.0.0.5", 1);
  setenv("OTHER_DOOR_HOST", "10.0.0.6", 1);
  unsetenv("DOOR_NONE");
  EnvVarConfigProvider provider({.allowlist_pattern = "DOOR_.*"});
  EXPECT_THAT(provider.Get("", {"DOOR_HOST", "OTHER_DOOR_HOST", "DOOR_NONE"}),
              ElementsAre(Pair("DOOR_HOST", "10.0.0.5")));
  EXPECT_THAT(EnvVarConfigProvider({}).Get("", {"OTHER_DOOR_HOST"}), ElementsAre(Pair("OTHER_DOOR_HOST", "10.0.0.6")));
  EXPECT_THAT(ReasonForRefusal(provider, "/etc", "DOOR_HOST"), HasSubstr("has no paths"));
}

/// The blocks of the README in the order in which they stand there; its /run/secrets is `folder`.
std::vector<std::string> Blocks(const std::string& kind, const std::string& folder) {
  std::string text = fakes::PageText(README);
  for (std::size_t at = 0; (at = text.find("/run/secrets", at)) != std::string::npos;) text.replace(at, 12, folder);
  return fakes::BlocksOf(text, kind);
}

class Readme : public ReadmeOfProviders {
 protected:
  /// A worker of the README's, with `more` in its properties.
  config::WorkerConfig Load(const std::string& more = "") {
    const std::string properties = Blocks("properties", folder_.path().string()).at(0);
    const auto keys = config::ReadWorkerKeys(Write("worker.properties", properties + more), {});
    providers_ = config::ProvidersOf(keys, plugins_);
    return config::WorkerConfigOf(keys, providers_);
  }
  std::string ReasonForRefusal(const std::string& more) {
    try {
      Load(more);
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "loaded";
  }
  void WriteSecrets() {
    Write("door.properties", Blocks("properties", folder_.path().string()).at(1));
    Write("token", "7f3a9e\n");
    setenv("DOOR_HOST", "10.0.0.5", 1);
  }
  plugins::PluginRegistry plugins_{{PLUGINS}};
  config::ConfigProviders providers_;
};

TEST_F(Readme, EachExampleDoesWhatItSays) {
  WriteSecrets();
  Load();
  const auto blocks = Blocks("json", folder_.path().string());
  EXPECT_EQ(blocks.size(), 1 + framespool_plugin.entry_count) << "one of all together, and one of each class";
  for (const std::string& block : blocks) {
    SCOPED_TRACE(block);
    const auto example = fakes::PageJson::parse(block);
    const RawConfig config = fakes::ConfigOf(example.at("config"));
    const config::Resolution resolution = providers_.Resolve(config);
    EXPECT_THAT(resolution.problems, IsEmpty());
    EXPECT_EQ(resolution.config, fakes::ConfigOf(example.at("means")));
    std::set<std::string> keys;
    for (const auto& [key, value] : config) keys.insert(key);
    EXPECT_EQ(resolution.keys, keys);
    EXPECT_EQ(resolution.secrets.Hidden(example["means"].dump()).find("clear"), std::string::npos);
  }
}

TEST_F(Readme, AConfigThatAsksForTooMuchIsRefused) {
  WriteSecrets();
  Load();
  const std::string folder = folder_.path().string();
  std::string many;
  for (int i = 0; i < 101; ++i) many += "${file:" + folder + "/" + std::to_string(100 + i) + ":a}";
  const auto files = providers_.Resolve({{"a", many}});
  std::set<std::string> told;
  for (const auto& [variable, found] : files.values) told.insert(found.problem->message);
  EXPECT_THAT(told, testing::Contains(HasSubstr("may name 100 files at most")));
  Write("large.properties", "fits=" + std::string(60'000, 'x') + "\nlarge=" + std::string(70'000, 'x') + "\n");
  const auto of = [&](const std::string& key) { return "${file:" + folder + "/large.properties:" + key + "}"; };
  EXPECT_THAT(providers_.Resolve({{"a", of("large")}}).problems.at("a").message, HasSubstr("more than 65536 bytes"));
  EXPECT_THAT(providers_.Resolve({{"a", of("fits")}, {"b", of("fits") + of("fits")}}).problems, IsEmpty());
  const auto large = providers_.Resolve({{"a", of("fits") + of("fits")}, {"b", of("fits") + of("fits") + of("fits")}});
  EXPECT_THAT(large.problems.at("b").message, HasSubstr("more than 262144 bytes"));
  EXPECT_FALSE(large.is_retriable);
}

TEST_F(Readme, AWorkersOwnPropertiesTakeValuesToo) {
  WriteSecrets();
  const std::string place = folder_.path().string();
  const config::WorkerConfig config =
      Load("data.dir=/data/${env:DOOR_HOST}\nbootstrap.servers=kafka:9092\nsasl.password=${file:" + place +
           "/door.properties:password}\nvalue.converter=StringConverter\n");
  EXPECT_EQ(config.data_dir, "/data/10.0.0.5");
  EXPECT_EQ(config.client_settings.at("sasl.password"), "on a clear day");
  EXPECT_EQ(config.secrets.Hidden("on a clear day at 10.0.0.5"), "[hidden] at 10.0.0.5");
}

TEST_F(Readme, AWorkerSaysWhichOfItsKeysCannotBeAndShowsNoValue) {
  WriteSecrets();
  const std::string password = "${file:" + folder_.path().string() + "/door.properties:password}";
  EXPECT_THAT(ReasonForRefusal("num.partitions=" + password + "\n"),
              AllOf(HasSubstr("worker.properties: num.partitions must be a whole number"), HasSubstr("[hidden]"),
                    Not(HasSubstr("clear"))));
  EXPECT_THAT(ReasonForRefusal("log.level=${vault:x}\n"),
              AllOf(HasSubstr("log.level names the config provider \"vault\""), HasSubstr("(dir, env, file)")));
  EXPECT_THAT(ReasonForRefusal("worker.id=${env:PATH}\n"),
              AllOf(HasSubstr("worker.id cannot be \"${env:PATH}\": there is no \"PATH\""),
                    HasSubstr("config.providers.env.param.* do not allow it")));
  EXPECT_THAT(ReasonForRefusal("plugin.path=${env:DOOR_HOST}\n"), HasSubstr("plugin.path must stand here as it is"));
  EXPECT_THAT(ReasonForRefusal("config.providers.dir.param.allowed.paths=${env:DOOR_HOST}\n"),
              HasSubstr("param.allowed.paths must stand here as it is"));
  EXPECT_THAT(ReasonForRefusal("config.providers.dir.param.allowed.paths=secrets\n"),
              HasSubstr("config.providers.dir.param.allowed.paths must be absolute paths"));
  EXPECT_THAT(ReasonForRefusal("config.providers.env.param.allowlist.pattern=(\n"),
              HasSubstr("config.providers.env.param.allowlist.pattern must be a regular expression"));
  EXPECT_THAT(ReasonForRefusal("config.providers=file,vault\nconfig.providers.vault.class=VaultConfigProvider\n"),
              AllOf(HasSubstr("config.providers.vault.class must be the class of a config provider"),
                    HasSubstr("DirectoryConfigProvider, EnvVarConfigProvider, FileConfigProvider")));
  EXPECT_THAT(ReasonForRefusal("config.providers=nothing\n"), HasSubstr("config.providers.nothing.class must be"));
}

TEST_F(Readme, TheEnvironmentNamesProvidersAsItSetsAnyKey) {
  const auto keys = config::ReadWorkerKeys(
      Write("worker.properties", "worker.id=${env:DOOR_HOST}\n"),
      {"FRAMESPOOL_CONFIG_PROVIDERS=env", "FRAMESPOOL_CONFIG_PROVIDERS_ENV_CLASS=EnvVarConfigProvider",
       "FRAMESPOOL_CONFIG_PROVIDERS_ENV_PARAM_ALLOWLIST_PATTERN=DOOR_.*"});
  setenv("DOOR_HOST", "10.0.0.5", 1);
  EXPECT_EQ(config::WorkerConfigOf(keys, config::ProvidersOf(keys, plugins_)).worker_id, "10.0.0.5");
}

}  // namespace
}  // namespace framespool::config_providers
