// Bytes that claim to be a JPEG, PNG or WebP: their size and turn are read within their bounds, and small ones are
// decoded, scaled and turned.
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <framespool/media/image.h>
#include <framespool/media/jpeg_head.h>

#include "expect.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace framespool;
  using fuzz::Expect;
  const auto bytes = std::as_bytes(std::span(data, size));
  const Payload image(std::vector<std::byte>(bytes.begin(), bytes.end()));

  if (const auto head = media::ReadJpegHead(bytes)) {
    Expect(head->width > 0 && head->height > 0, "a JPEG that is one has a size");
    Expect(head->scan < size, "a scan begins in the picture");
    Expect(head->orientation >= 1 && head->orientation <= 8, "there are eight ways to be turned");
    media::ShowsAsItIs(*head);
    const auto whole = media::WithStandardHuffmanTables(bytes, *head);
    Expect(whole.size() >= size, "tables are added, and nothing is taken away");
  }
  media::EndsWhole(bytes);
  media::SniffImage(bytes);
  const auto of = media::SizeOf(image);
  if (!of) return 0;
  Expect(of->width > 0 && of->height > 0, "a picture has a size");
  if (std::int64_t{of->width} * of->height > (1 << 16)) return 0;  // more is the libraries' time, not ours
  if (const auto pixels = media::DecodeImage(image, of->width)) {
    Expect(pixels->width >= of->width, "a picture is decoded at least as wide as was wanted");
  }
  media::DecodeGray(image, 16);
  if (const auto scaled = media::ScaleImage(image, 16)) {
    const auto now = media::SizeOf(*scaled);
    Expect(now && now->width == 16, "a scaled picture is as wide as was wanted");
  }
  media::UprightJpeg(image);
  return 0;
}
