#include <dlfcn.h>
#include <fakes/temporary_directory.h>
#include <gmock/gmock.h>
#include <plugins/plugin_registry.h>

#include <fstream>

namespace framespool::plugins {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::filesystem::path kFolder = TEST_PLUGINS;

/// A plugin folder of the test's own, holding copies of libraries.
class PluginFolder {
 public:
  std::filesystem::path Add(const std::string& library) {
    const auto to = path() / library;
    std::filesystem::copy_file(kFolder / library, to);
    return to;
  }
  void AddWithManifest(const std::string& name) {
    Add(name + ".so");
    Add(name + ".manifest.json");
  }
  std::filesystem::path Write(const std::string& name, const std::string& text) {
    std::ofstream(path() / name) << text;
    return path() / name;
  }
  const std::filesystem::path& path() const { return folder_.path(); }

 private:
  TemporaryDirectory folder_;
};

std::vector<std::string> Names(const PluginRegistry& registry) {
  std::vector<std::string> names;
  for (const PluginClass* plugin : registry.Classes()) names.push_back(plugin->class_name);
  return names;
}

bool IsOpen(const std::filesystem::path& library) {
  void* handle = dlopen(library.c_str(), RTLD_NOW | RTLD_NOLOAD);
  if (handle != nullptr) dlclose(handle);
  return handle != nullptr;
}

TEST(PluginRegistry, ListsFromManifestsAndOpensALibraryOnlyWhenItIsNeeded) {
  PluginFolder folder;
  folder.AddWithManifest("throws");
  const auto library = folder.path() / "throws.so";

  PluginRegistry registry({folder.path()});
  EXPECT_THAT(Names(registry), ElementsAre("ThrowingSink", "ThrowingSource"));
  EXPECT_FALSE(IsOpen(library));

  const Plugin plugin = registry.Open(*registry.Find("ThrowingSink"));
  EXPECT_STREQ(plugin.name(), "ThrowingSink");
  EXPECT_TRUE(IsOpen(library));
}

TEST(PluginRegistry, OpensALibraryThatHasNoManifestToListIt) {
  PluginFolder folder;
  const auto library = folder.Add("never_returns.so");
  const PluginRegistry registry({folder.path()});
  EXPECT_THAT(Names(registry), ElementsAre("NeverReturningSink", "NeverReturningSource"));
  EXPECT_TRUE(IsOpen(library));
}

TEST(PluginRegistry, FindsAClassByTheAliasesThatConnectAllows) {
  PluginFolder folder;
  folder.AddWithManifest("throws");
  const PluginRegistry registry({folder.path()});
  for (const std::string_view alias : {"ThrowingSource", "org.example.ThrowingSource", "ThrowingSourceConnector",
                                       "org.example.ThrowingSourceConnector"}) {
    const PluginClass* found = registry.Find(alias);
    ASSERT_NE(found, nullptr) << alias;
    EXPECT_EQ(found->class_name, "ThrowingSource");
  }
  for (const std::string_view unknown : {"", ".", "Connector", "Throwing", "throwingsource", "ThrowingSource."}) {
    EXPECT_EQ(registry.Find(unknown), nullptr) << unknown;
  }
}

TEST(PluginRegistry, KeepsTheGoodLibrariesOfAFolderAndNamesEachThatItRefused) {
  PluginFolder folder;
  folder.AddWithManifest("throws");
  for (const char* bad : {"wrong_abi.so", "no_entry.so", "throws_on_describe.so"}) folder.Add(bad);
  folder.Write("text.so", "no library");
  folder.Write("README.md", "not even called one");

  const PluginRegistry registry({folder.path()});
  EXPECT_THAT(Names(registry), ElementsAre("ThrowingSink", "ThrowingSource"));
  EXPECT_THAT(registry.refusals(),
              ElementsAre(HasSubstr("no_entry.so: refused"), HasSubstr("text.so: refused"),
                          HasSubstr("throws_on_describe.so: refused"), HasSubstr("wrong_abi.so: refused")));
  EXPECT_THAT(registry.refusals(), Each(HasSubstr(folder.path().string())));
}

TEST(PluginRegistry, RefusesAManifestOfAnotherStampWithoutOpeningItsLibrary) {
  PluginFolder folder;
  const auto library = folder.Add("throws.so");
  Manifest manifest = Describe(OpenLibrary(kFolder / "throws.so"));
  manifest.abi_stamp = "framespool-abi 0, gcc 4";
  folder.Write("throws.manifest.json", ToText(manifest));

  const PluginRegistry registry({folder.path()});
  EXPECT_THAT(Names(registry), IsEmpty());
  EXPECT_THAT(registry.refusals(),
              ElementsAre(AllOf(HasSubstr(library.string()), HasSubstr("[framespool-abi 0, gcc 4]"),
                                HasSubstr("[" FRAMESPOOL_ABI_STAMP "]"))));
  EXPECT_FALSE(IsOpen(library));
}

TEST(PluginRegistry, NamesTheManifestThatItCannotRead) {
  PluginFolder folder;
  folder.Add("throws.so");
  const auto manifest = folder.Write("throws.manifest.json", "{");
  const PluginRegistry registry({folder.path()});
  EXPECT_THAT(registry.refusals(), ElementsAre(HasSubstr(manifest.string() + ": refused: not a connector manifest")));
}

TEST(PluginRegistry, SaysWhenAManifestNamesAClassThatItsLibraryDoesNotHave) {
  PluginFolder folder;
  const auto library = folder.Add("throws.so");
  Manifest manifest = Describe(OpenLibrary(kFolder / "throws.so"));
  manifest.classes[0].class_name = "RenamedSource";
  folder.Write("throws.manifest.json", ToText(manifest));

  PluginRegistry registry({folder.path()});
  try {
    registry.Open(*registry.Find("RenamedSource"));
    FAIL() << "opened";
  } catch (const PluginError& error) {
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr(library.string()), HasSubstr("RenamedSource"), HasSubstr("framespool-manifest")));
  }
}

TEST(PluginRegistry, KeepsTheFirstOfTwoLibrariesWithTheSameClass) {
  PluginFolder first;
  first.AddWithManifest("throws");
  PluginFolder second;
  second.AddWithManifest("throws");

  PluginRegistry registry({first.path(), second.path()});
  EXPECT_THAT(Names(registry), ElementsAre("ThrowingSink", "ThrowingSource"));
  registry.Open(*registry.Find("ThrowingSource"));
  EXPECT_TRUE(IsOpen(first.path() / "throws.so"));
  EXPECT_FALSE(IsOpen(second.path() / "throws.so"));
}

TEST(PluginRegistry, IsEmptyForAFolderThatIsMissing) {
  const PluginRegistry registry({"/nonexistent/plugins"});
  EXPECT_THAT(Names(registry), IsEmpty());
}

}  // namespace
}  // namespace framespool::plugins
