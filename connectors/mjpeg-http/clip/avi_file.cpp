#include "clip/byte_text.h"
#include "clip/clip_file.h"

namespace framespool::mjpeg {

namespace {

constexpr std::size_t kIndexEntry = 16;
constexpr std::uint32_t kHasIndex = 0x10, kKeyFrame = 0x10;

std::size_t Padded(std::size_t size) { return size + size % 2; }

/// RIFF: every chunk is a tag, a length and that many bytes, padded to an even number.
std::string Chunk(std::string_view tag, const std::string& bytes) {
  return ByteText().Tag(tag).U32(bytes.size()).Tag(bytes).Take();
}

class AviFile final : public ClipFile {
 public:
  AviFile(const ClipPlan& plan, std::string_view codec) : plan_(plan), codec_(codec), header_(MakeHeader()) {
    for (const ClipFrame& frame : plan.frames) movie_ += 8 + Padded(frame.size);
  }

  std::string_view content_type() const override { return "video/x-msvideo"; }
  std::size_t size() const override { return 12 + header_.size() + 12 + movie_ + 8 + IndexSize(); }
  std::string Begin() override {
    return ByteText()
        .Tag("RIFF")
        .U32(size() - 8)
        .Tag("AVI ")
        .Tag(header_)
        .Tag("LIST")
        .U32(4 + movie_)
        .Tag("movi")
        .Take();
  }
  std::string BeforeFrame(std::size_t index, const SinkRecord&) override {
    return ByteText().Tag("00dc").U32(plan_.frames[index].size).Take();
  }
  std::string AfterFrame(std::size_t index) override { return std::string(plan_.frames[index].size % 2, '\0'); }
  std::string End() override {
    ByteText index;
    index.Tag("idx1").U32(IndexSize());
    std::size_t at = 4;
    for (const ClipFrame& frame : plan_.frames) {
      index.Tag("00dc").U32(kKeyFrame).U32(at).U32(frame.size);
      at += 8 + Padded(frame.size);
    }
    return index.Take();
  }

 private:
  std::size_t IndexSize() const { return plan_.frames.size() * kIndexEntry; }

  std::string MakeHeader() const {
    const auto width = static_cast<std::uint64_t>(plan_.size.width),
               height = static_cast<std::uint64_t>(plan_.size.height);
    const std::uint64_t per_frame = std::uint64_t{1'000'000} * plan_.scale / plan_.rate;
    std::size_t largest = 0;
    for (const ClipFrame& frame : plan_.frames) largest = std::max(largest, frame.size);
    const auto rate = largest * 1'000'000 / per_frame;
    const std::string main = Chunk("avih", ByteText()
                                               .U32(per_frame)
                                               .U32(rate)
                                               .U32(0)
                                               .U32(kHasIndex)
                                               .U32(plan_.frames.size())
                                               .U32(0)
                                               .U32(1)
                                               .U32(largest)
                                               .U32(width)
                                               .U32(height)
                                               .Zeros(16)
                                               .Take());
    const std::string stream = Chunk("strh", ByteText()
                                                 .Tag("vids")
                                                 .Tag(codec_)
                                                 .U32(0)
                                                 .U32(0)
                                                 .U32(0)
                                                 .U32(plan_.scale)
                                                 .U32(plan_.rate)
                                                 .U32(0)
                                                 .U32(plan_.frames.size())
                                                 .U32(largest)
                                                 .U32(0xFFFFFFFF)
                                                 .U32(0)
                                                 .U16(0)
                                                 .U16(0)
                                                 .U16(width)
                                                 .U16(height)
                                                 .Take());
    const std::string format = Chunk(
        "strf",
        ByteText().U32(40).U32(width).U32(height).U16(1).U16(24).Tag(codec_).U32(width * height * 3).Zeros(16).Take());
    const std::string streams = Chunk("LIST", "strl" + stream + format);
    return Chunk("LIST", "hdrl" + main + streams);
  }

  const ClipPlan& plan_;
  const std::string codec_;
  const std::string header_;
  std::size_t movie_ = 0;
};

}  // namespace

std::unique_ptr<ClipFile> MakeAvi(const ClipPlan& plan, std::string& problem) {
  if (plan.content_type.empty()) {
    problem = "this span has frames of several types, which an avi cannot hold as they are; take format=mp4 or zip";
    return nullptr;
  }
  std::string_view codec;
  if (plan.content_type == "image/jpeg" || plan.content_type == "image/jpg") codec = "MJPG";
  if (plan.content_type == "image/png") codec = "MPNG";
  if (codec.empty()) {
    problem = "frames of type " + plan.content_type + " cannot be in an avi as they are; take format=mp4 or zip";
    return nullptr;
  }
  if (plan.size.width == 0) {
    problem = "the first frame of this span is broken: its size cannot be read; " + plan.first +
              "; take format=zip, or another from";
    return nullptr;
  }
  return std::make_unique<AviFile>(plan, codec);
}

}  // namespace framespool::mjpeg
