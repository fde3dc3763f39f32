#include <framespool/value.h>
#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include <framespool/data.h>

namespace framespool {
namespace {

/// Bytes are as many letters as there are pixels in one row, and back.
class CountingCodec final : public PictureCodec {
 public:
  Pixels Decode(const Payload& bytes) const override {
    ++decoded;
    if (bytes.text() == "broken") throw std::runtime_error("no picture begins there");
    auto grey = std::make_shared<const std::vector<std::byte>>(bytes.bytes().begin(), bytes.bytes().end());
    return {.format = Pixels::Format::kGray8,
            .width = static_cast<int>(grey->size()),
            .height = 1,
            .planes = {{.bytes = *grey, .stride = grey->size()}},
            .owner = grey};
  }
  Payload Encode(const Pixels& pixels) const override {
    ++encoded;
    const auto row = pixels.planes.at(0).bytes;
    return Payload(pixels.owner, row);
  }
  mutable std::atomic<int> decoded = 0;
  mutable std::atomic<int> encoded = 0;
};

TEST(Value, IsNullUnlessItIsGivenSomething) {
  EXPECT_TRUE(Value().is_null());
  EXPECT_TRUE(Value(nullptr).is_null());
  EXPECT_FALSE(Value(Payload()).is_null()) << "no bytes are not null";
  EXPECT_FALSE(Value(TextPayload("")).is_null());
  EXPECT_EQ(Value().size(), 0U);
  EXPECT_EQ(Value().text(), "");
}

TEST(Value, SharesItsBytesWithWhoeverCopiesIt) {
  const Value value(TextPayload("frame"));
  const Value copy = value;
  EXPECT_EQ(copy.bytes().data(), value.bytes().data());
  EXPECT_EQ(copy.payload().owner(), value.payload().owner());
}

TEST(Value, HasTheBytesOfItsPictureAndNoneOfItsDataYet) {
  const auto codec = std::make_shared<CountingCodec>();
  const Value picture(std::make_shared<const Picture>(TextPayload("pixels"), "image/x", 6, 1, codec));
  EXPECT_EQ(picture.text(), "pixels");
  EXPECT_EQ(codec->encoded, 0) << "the bytes were there";
  EXPECT_EQ(picture.picture()->content_type(), "image/x");
  EXPECT_EQ(picture.data(), nullptr);
  const Value data(std::make_shared<const Data>(Data{nullptr, Datum("text")}));
  EXPECT_FALSE(data.is_null());
  EXPECT_EQ(data.picture(), nullptr);
  EXPECT_THROW(data.payload(), std::logic_error);
}

TEST(Picture, MakesEachFormOnceWhenItIsFirstAskedForAndKeepsIt) {
  const auto codec = std::make_shared<CountingCodec>();
  const Picture decoded(TextPayload("abcd"), "image/x", 4, 1, codec);
  EXPECT_EQ(codec->decoded, 0);
  EXPECT_EQ(decoded.pixels().width, 4);
  EXPECT_EQ(&decoded.pixels(), &decoded.pixels());
  EXPECT_EQ(codec->decoded, 1);

  const Picture drawn(decoded.pixels(), "image/x", codec);
  EXPECT_EQ(drawn.width(), 4);
  EXPECT_EQ(codec->encoded, 0);
  EXPECT_EQ(drawn.bytes().text(), "abcd");
  EXPECT_EQ(drawn.bytes().bytes().data(), drawn.bytes().bytes().data());
  EXPECT_EQ(codec->encoded, 1);
  EXPECT_EQ(drawn.pixels().planes[0].bytes.data(), decoded.pixels().planes[0].bytes.data()) << "pixels are not copied";
}

TEST(Picture, IsMadeOnceForAllThreadsThatAskAtOnce) {
  const auto codec = std::make_shared<CountingCodec>();
  const auto picture = std::make_shared<const Picture>(TextPayload("abcd"), "image/x", 4, 1, codec);
  std::vector<std::jthread> threads;
  std::atomic<int> seen = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { seen += picture->pixels().width; });
  }
  threads.clear();
  EXPECT_EQ(seen, 32);
  EXPECT_EQ(codec->decoded, 1);
}

TEST(Picture, ThrowsWhatItsCodecThrowsAndAsksItAgain) {
  const auto codec = std::make_shared<CountingCodec>();
  const Picture picture(TextPayload("broken"), "image/x", 4, 1, codec);
  EXPECT_THROW(picture.pixels(), std::runtime_error);
  EXPECT_THROW(picture.pixels(), std::runtime_error);
  EXPECT_EQ(codec->decoded, 2);
  EXPECT_EQ(picture.bytes().text(), "broken");
}

}  // namespace
}  // namespace framespool
