#include <zlib.h>

#include <chrono>
#include <cstdio>

#include "clip/byte_text.h"
#include "clip/clip_file.h"

namespace framespool::mjpeg {

namespace {

constexpr std::size_t kLocalHeader = 30, kEntry = 46, kTail = 22;
constexpr std::uint32_t kVersion = 20, kUtf8Names = 0x0800;

/// As MS-DOS counted: two seconds at a time, from 1980 on.
std::uint32_t DosTime(Timestamp time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(floor<seconds>(time - day));
  const int year = std::max(1980, static_cast<int>(date.year()));
  const auto days_part = static_cast<std::uint32_t>(year - 1980) << 9 | static_cast<unsigned>(date.month()) << 5 |
                         static_cast<unsigned>(date.day());
  const auto time_part = static_cast<std::uint32_t>(clock.hours().count() << 11 | clock.minutes().count() << 5 |
                                                    clock.seconds().count() / 2);
  return days_part << 16 | time_part;
}

class ZipFile final : public ClipFile {
 public:
  explicit ZipFile(const ClipPlan& plan) : plan_(plan), checksums_(plan.frames.size()) {
    for (std::size_t i = 0; i < plan.frames.size(); ++i) {
      const std::size_t name = NameOf(i).size();
      files_ += kLocalHeader + name + plan.frames[i].size;
      directory_ += kEntry + name;
    }
  }

  std::string_view content_type() const override { return "application/zip"; }
  std::size_t size() const override { return files_ + directory_ + kTail; }
  std::string Begin() override { return {}; }
  std::string BeforeFrame(std::size_t index, const SinkRecord& record) override {
    const auto* bytes = reinterpret_cast<const Bytef*>(record.value.bytes().data());
    checksums_[index] = static_cast<std::uint32_t>(crc32_z(0, bytes, record.value.size()));
    return Describe("PK\3\4", index, false);
  }
  std::string AfterFrame(std::size_t) override { return {}; }
  std::string End() override {
    std::string directory;
    std::size_t at = 0;
    for (std::size_t i = 0; i < plan_.frames.size(); ++i) {
      offset_ = at;
      directory += Describe("PK\1\2", i, true);
      at += kLocalHeader + NameOf(i).size() + plan_.frames[i].size;
    }
    const std::size_t count = plan_.frames.size();
    return directory +
           ByteText().Tag("PK\5\6").U16(0).U16(0).U16(count).U16(count).U32(directory_).U32(files_).U16(0).Take();
  }

 private:
  std::string NameOf(std::size_t index) const {
    const FrameId& id = plan_.frames[index].id;
    std::string time = TimeText(id.timestamp);
    std::erase(time, ':');
    std::erase(time, '-');
    char name[96];
    std::snprintf(name, sizeof name, "%06zu-p%d-%lld-%s.%s", index, id.partition, static_cast<long long>(id.offset),
                  time.c_str(), plan_.frames[index].extension);
    return name;
  }
  std::string Describe(const char* tag, std::size_t index, bool in_directory) const {
    const std::string name = NameOf(index);
    const std::size_t size = plan_.frames[index].size;
    ByteText text;
    text.Tag(tag);
    if (in_directory) text.U16(kVersion);
    text.U16(kVersion).U16(kUtf8Names).U16(0).U32(DosTime(plan_.frames[index].id.timestamp));
    text.U32(checksums_[index]).U32(size).U32(size).U16(name.size()).U16(0);
    if (in_directory) text.U16(0).U16(0).U16(0).U32(0).U32(offset_);
    return text.Tag(name).Take();
  }

  const ClipPlan& plan_;
  std::vector<std::uint32_t> checksums_;
  std::size_t files_ = 0;
  std::size_t directory_ = 0;
  std::size_t offset_ = 0;  // of the file that the directory is at
};

}  // namespace

std::unique_ptr<ClipFile> MakeZip(const ClipPlan& plan) { return std::make_unique<ZipFile>(plan); }

}  // namespace framespool::mjpeg
