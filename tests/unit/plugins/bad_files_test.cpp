#include <fakes/temporary_directory.h>
#include <fcntl.h>
#include <framespool/connector.h>
#include <gmock/gmock.h>
#include <plugins/plugin_registry.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fstream>
#include <functional>

namespace framespool::plugins {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

namespace fs = std::filesystem;

const fs::path kPlugins = TEST_PLUGINS;

void Spit(const fs::path& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

void MakeSocket(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.string().copy(address.sun_path, sizeof address.sun_path - 1);
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  close(fd);
}

struct Bad {
  const char* name;
  std::function<void(const fs::path&)> make;
  const char* reason;
};

const Bad kBad[] = {
    {"AFifo", [](const fs::path& path) { ASSERT_EQ(mkfifo(path.c_str(), 0600), 0); }, "no plain file"},
    {"ASocket", MakeSocket, "no plain file"},
    {"ADevice", [](const fs::path& path) { fs::create_symlink("/dev/zero", path); }, "no plain file"},
    {"AFolder", [](const fs::path& path) { fs::create_directory(path); }, "folder"},
    {"ALoopOfLinks", [](const fs::path& path) { fs::create_symlink(path.filename(), path); },
     "Too many levels of symbolic links"},
    {"ALinkToNothing", [](const fs::path& path) { fs::create_symlink("nothing", path); }, "No such file"},
    {"Empty", [](const fs::path& path) { Spit(path, ""); }, ""},
    {"FiftyMegabytes",
     [](const fs::path& path) {
       Spit(path, "");
       fs::resize_file(path, 50 << 20);
     },
     ""},
    {"Brackets", [](const fs::path& path) { Spit(path, std::string(1 << 20, '[')); }, ""},
    {"AnotherShape", [](const fs::path& path) { Spit(path, R"({"abi": 7, "connectors": {"class": []}})"); }, ""},
};

class BadFileTest : public testing::TestWithParam<Bad> {
 protected:
  BadFileTest() {
    for (const char* extension : {".so", ".manifest.json"}) {
      fs::copy_file(kPlugins / (std::string("never_returns") + extension),
                    folder_.path() / ("good" + std::string(extension)));
      fs::copy_file(kPlugins / (std::string("throws") + extension), folder_.path() / ("bad" + std::string(extension)));
    }
  }
  /// One is refused, with its path and the reason; the other is listed.
  void ExpectRefused(const fs::path& path) {
    const PluginRegistry registry({folder_.path()});
    EXPECT_THAT(registry.refusals(), ElementsAre(AllOf(HasSubstr(path.string()), HasSubstr(GetParam().reason))));
    EXPECT_NE(registry.Find("NeverReturningSource"), nullptr);
    EXPECT_EQ(registry.Find("ThrowingSource"), nullptr);
  }
  const TemporaryDirectory folder_;
};

TEST_P(BadFileTest, AsALibraryIsRefusedAtOnceAndStopsNothingElse) {
  const fs::path library = folder_.path() / "bad.so";
  fs::remove(library);
  GetParam().make(library);
  ExpectRefused(library);
}

TEST_P(BadFileTest, AsALibraryWithoutAManifestIsRefusedAtOnceToo) {
  const fs::path library = folder_.path() / "bad.so";
  fs::remove(library);
  fs::remove(folder_.path() / "bad.manifest.json");
  GetParam().make(library);
  ExpectRefused(library);
}

TEST_P(BadFileTest, AsAManifestIsRefusedAtOnceAndStopsNothingElse) {
  const fs::path manifest = folder_.path() / "bad.manifest.json";
  fs::remove(manifest);
  GetParam().make(manifest);
  ExpectRefused(manifest);
}

INSTANTIATE_TEST_SUITE_P(Files, BadFileTest, testing::ValuesIn(kBad), [](const auto& test) { return test.param.name; });

// dlopen() maps what the headers promise, and the first touch of a page beyond the file's end is a SIGBUS.
TEST(PluginLibrary, ThatIsTruncatedAnywhereIsRefusedWithItsPathThoughItsManifestIsGood) {
  const TemporaryDirectory folder;
  const fs::path library = folder.path() / "throws.so";
  fs::copy_file(kPlugins / "throws.manifest.json", folder.path() / "throws.manifest.json");
  const auto size = fs::file_size(kPlugins / "throws.so");
  for (const auto left : {size - 1, size - 64, size / 2, size / 4, std::uintmax_t{4096}, std::uintmax_t{64},
                          std::uintmax_t{63}, std::uintmax_t{4}, std::uintmax_t{0}}) {
    fs::copy_file(kPlugins / "throws.so", library, fs::copy_options::overwrite_existing);
    fs::resize_file(library, left);
    const PluginRegistry registry({folder.path()});
    EXPECT_THAT(registry.refusals(), ElementsAre(HasSubstr(library.string()))) << left << " of " << size;
    EXPECT_THAT(registry.Classes(), SizeIs(0));
    EXPECT_THROW(OpenLibrary(library), PluginError);
  }
}

TEST(PluginLibrary, ThatWasTruncatedAfterItWasListedIsRefusedWhenItIsOpened) {
  const TemporaryDirectory folder;
  const fs::path library = folder.path() / "throws.so";
  fs::copy_file(kPlugins / "throws.manifest.json", folder.path() / "throws.manifest.json");
  fs::copy_file(kPlugins / "throws.so", library);
  PluginRegistry registry({folder.path()});
  const PluginClass* plugin = registry.Find("ThrowingSource");
  ASSERT_NE(plugin, nullptr);
  fs::resize_file(library, fs::file_size(library) / 2);
  try {
    registry.Open(*plugin);
    FAIL() << "opened";
  } catch (const PluginError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr(library.string()), HasSubstr("truncated")));
  }
}

TEST(PluginLibrary, IsWaitedForWhenThereIsNoDescriptorLeftToOpenIt) {
  const TemporaryDirectory folder;
  const fs::path library = folder.path() / "throws.so";
  fs::copy_file(kPlugins / "throws.so", library);
  std::vector<int> taken;
  for (int fd = 0; (fd = dup(STDERR_FILENO)) >= 0;) taken.push_back(fd);
  EXPECT_THROW(OpenLibrary(library), RetriableError);
  for (const int fd : taken) close(fd);
  EXPECT_NO_THROW(OpenLibrary(library));
}

}  // namespace
}  // namespace framespool::plugins
