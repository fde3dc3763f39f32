#include <fakes/temporary_directory.h>
#include <gmock/gmock.h>
#include <plugins/plugin_library.h>

#include <fstream>

namespace framespool::plugins {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::filesystem::path kLibraries = TEST_PLUGINS;

std::string RefusalOf(const std::filesystem::path& library) {
  try {
    Describe(OpenLibrary(library));
  } catch (const PluginError& error) {
    return error.what();
  }
  return "";
}

TEST(PluginLibrary, IsOpenedAndDescribed) {
  const Manifest manifest = Describe(OpenLibrary(kLibraries / "throws.so"));
  EXPECT_EQ(manifest.abi_stamp, FRAMESPOOL_ABI_STAMP);
  ASSERT_EQ(manifest.classes.size(), 2u);
  EXPECT_EQ(manifest.classes[0].class_name, "ThrowingSource");
  EXPECT_EQ(manifest.classes[0].kind, PluginKind::kSource);
  EXPECT_EQ(manifest.classes[1].class_name, "ThrowingSink");
  EXPECT_EQ(manifest.classes[1].kind, PluginKind::kSink);
}

// The fixture aborts when anything in it is called, so this also shows that the stamp comes first.
TEST(PluginLibrary, OfAnotherAbiIsRefusedWithItsPathAndBothStampsBeforeAnythingInItIsCalled) {
  const auto path = kLibraries / "wrong_abi.so";
  EXPECT_THAT(RefusalOf(path), AllOf(HasSubstr(path.string()), HasSubstr("[framespool-abi 0, gcc 4]"),
                                     HasSubstr("[" FRAMESPOOL_ABI_STAMP "]")));
}

/// Connectors built for an SDK of earlier releases, which laid out its entries in another way.
class OlderLibrary : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Abi, OlderLibrary, testing::Values(2, 3), testing::PrintToStringParamName());

TEST_P(OlderLibrary, IsRefusedWithWhatToDoAndNothingInItIsCalled) {
  const std::string abi = std::to_string(GetParam());
  const auto path = kLibraries / ("abi_" + abi + ".so");
  EXPECT_THAT(RefusalOf(path),
              AllOf(HasSubstr(path.string()), HasSubstr("built for [framespool-abi " + abi + ", gcc 12"),
                    HasSubstr("this worker is [" FRAMESPOOL_ABI_STAMP "]"),
                    HasSubstr("rebuild the connector with this worker's SDK and compiler")));
}

TEST(PluginLibrary, WithoutAnEntryIsRefusedWithItsPathTheDlerrorAndThisWorkersStamp) {
  const auto path = kLibraries / "no_entry.so";
  EXPECT_THAT(RefusalOf(path), AllOf(HasSubstr(path.string()), HasSubstr("undefined symbol: framespool_plugin"),
                                     HasSubstr("[" FRAMESPOOL_ABI_STAMP "]")));
}

TEST(PluginLibrary, ThatIsNoSharedObjectIsRefusedWithItsPathAndTheDlerror) {
  const TemporaryDirectory folder;
  const auto path = folder.path() / "text.so";
  std::ofstream(path) << "This is a text, and long enough to hold an ELF header: " << std::string(100, '.');
  EXPECT_THAT(RefusalOf(path), AllOf(HasSubstr(path.string()), HasSubstr("invalid ELF header")));
}

TEST(PluginLibrary, ThatIsMissingIsRefusedWithItsPathAndTheDlerror) {
  const TemporaryDirectory folder;
  const auto path = folder.path() / "missing.so";
  EXPECT_THAT(RefusalOf(path), AllOf(HasSubstr(path.string()), HasSubstr("No such file or directory")));
}

TEST(PluginLibrary, ThatThrowsWhatIsNoStdExceptionWhileDescribedIsRefused) {
  EXPECT_THAT(RefusalOf(kLibraries / "throws_on_describe.so"), HasSubstr("UndescribedSource"));
}

}  // namespace
}  // namespace framespool::plugins
