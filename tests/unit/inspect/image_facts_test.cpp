#include <gmock/gmock.h>

#include <image_facts.h>

#include <string>

namespace framespool::inspect {
namespace {

using namespace std::string_literals;

std::string Seen(const std::string& bytes) {
  const auto facts = LookAtImage(std::as_bytes(std::span(bytes)));
  return facts ? facts->content_type + " " + std::to_string(facts->width) + "x" + std::to_string(facts->height)
               : "nothing";
}

const std::string kJpeg =
    "\xFF\xD8\xFF\xE0\x00\x04??"s
    "\xFF\xFF\xC4\x00\x03?"s
    "\xFF\xC2\x00\x0B\x08\x02\xD0\x05\x00\x03"s
    "rest"s;
const std::string kPng = "\x89PNG\r\n\x1A\n\x00\x00\x00\x0DIHDR\x00\x00\x05\x00\x00\x00\x02\xD0"s;
const std::string kLossy = "RIFF????WEBPVP8 ????\x00\x00\x00\x9D\x01\x2A\x40\x01\xB4\x00"s;
const std::string kLossless = "RIFF????WEBPVP8L????\x2F\x3F\xC1\x2C\x00"s;
const std::string kExtended = "RIFF????WEBPVP8X????\x00\x00\x00\x00\x3F\x01\x00\xB3\x00\x00"s;

TEST(ImageFacts, TellTheSizeOfWhatBrowsersShow) {
  EXPECT_EQ(Seen(kJpeg), "image/jpeg 1280x720");
  EXPECT_EQ(Seen(kPng), "image/png 1280x720");
  EXPECT_EQ(Seen(kLossy), "image/webp 320x180");
  EXPECT_EQ(Seen(kLossless), "image/webp 320x180");
  EXPECT_EQ(Seen(kExtended), "image/webp 320x180");
}

TEST(ImageFacts, AreNothingForWhatIsCutOffOrSomethingElse) {
  for (const std::string& whole : {kJpeg.substr(0, kJpeg.size() - 5), kPng, kLossy, kLossless, kExtended}) {
    for (std::size_t size = 0; size + 4 < whole.size(); ++size)
      EXPECT_EQ(Seen(whole.substr(0, size)), "nothing") << size;
  }
  for (const std::string& other :
       {"GIF89a"s, "tick"s, "\xFF\xD8\xFF\xD9"s, "\xFF\xD8\xFF\xE0\x00\x00\x00\x00\x00\x00\x00\x00"s,
        "\x89PNG\r\n\x1A\n\x00\x00\x00\x0DIHDR\x7F\x00\x05\x00\x00\x00\x02\xD0"s}) {
    EXPECT_EQ(Seen(other), "nothing");
  }
}

}  // namespace
}  // namespace framespool::inspect
