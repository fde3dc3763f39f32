// A frame's way through the process, counted: from a producer's append to the sockets of viewers no piece of memory as
// large as half a frame is asked for, but where ARCHITECTURE.md says so.
#include <gmock/gmock.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <limits>
#include <memory>
#include <new>
#include <vector>

#include <base/log.h>
#include <broker_embedded/embedded_broker.h>
#include <mjpeg_http_sink.h>

#include "fakes/recovered_offsets.h"
#include "fakes/task_contexts.h"
#include "fakes/temporary_directory.h"
#include "stream_client.h"

namespace {

std::atomic<std::size_t> counted_from{std::numeric_limits<std::size_t>::max()};
std::atomic<int> allocated{0};  // by operator new
std::atomic<int> mapped{0};     // straight from the kernel, as the log's buffers are

void* Allocate(std::size_t size) {
  if (size >= counted_from) ++allocated;
  if (void* memory = std::malloc(std::max<std::size_t>(size, 1))) return memory;
  throw std::bad_alloc();
}

void* Allocate(std::size_t size, std::align_val_t alignment) {
  if (size >= counted_from) ++allocated;
  const auto align = static_cast<std::size_t>(alignment);
  if (void* memory = std::aligned_alloc(align, (size + align - 1) / align * align)) return memory;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) { return Allocate(size); }
void* operator new[](std::size_t size) { return Allocate(size); }
void* operator new(std::size_t size, std::align_val_t alignment) { return Allocate(size, alignment); }
void* operator new[](std::size_t size, std::align_val_t alignment) { return Allocate(size, alignment); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // which watch it themselves
extern "C" void* mmap(void* at, std::size_t size, int protection, int flags, int fd, off_t offset) noexcept {
  if ((flags & MAP_ANONYMOUS) != 0 && size >= counted_from) ++mapped;
  return reinterpret_cast<void*>(syscall(SYS_mmap, at, size, protection, flags, fd, offset));
}
#endif

namespace framespool {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kFrameBytes = 200'000;
constexpr int kFrames = 20;
constexpr char kInk = '\xEE';  // what a frame is made of; no text around it is

/// The worker's part, around one topic of a real broker.
class Context final : public FakeContext<ViewContext> {
 public:
  explicit Context(broker::Broker& broker) : FakeContext("screen"), broker_(broker) {}
  const std::vector<std::string>& topics() const noexcept override { return topics_; }
  std::int32_t Partitions(const std::string&) override { return 1; }
  std::unique_ptr<TopicReader> OpenReader(const TopicPartition& source) override { return broker_.OpenReader(source); }
  const std::string& group() const noexcept override { return group_; }
  std::optional<std::int64_t> CommittedOffset(const std::string&, const TopicPartition&) override { return {}; }
  void CommitOffset(const std::string&, const TopicPartition&, std::int64_t) override {}
  void Reject(const SinkRecord& record, Problem problem) override {
    ADD_FAILURE() << "rejected " << record.offset << ": " << problem.message;
  }

 private:
  const std::vector<std::string> topics_{"frames"};
  const std::string group_{"connect-screen"};
  broker::Broker& broker_;
};

/// Counts what is asked for while it lives.
class Counting {
 public:
  Counting() {
    allocated = mapped = 0;
    counted_from = kFrameBytes / 2;
  }
  ~Counting() { counted_from = std::numeric_limits<std::size_t>::max(); }
};

/// A browser that counts how much of frames it was sent, into one small buffer.
class Viewer {
 public:
  Viewer(std::uint16_t port, const std::string& query) : connection_(port) {
    connection_.Send("GET /?" + query + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  }
  /// Waits until it has been sent `frames` frames in all; false when they do not come.
  bool Await(int frames) {
    const auto deadline = mjpeg::Clock::now() + mjpeg::kPatience;
    while (ink_ < static_cast<std::size_t>(frames) * (kFrameBytes - 3)) {
      const std::string bytes = connection_.Read(deadline, 1 << 15);
      if (bytes.empty()) return false;
      ink_ += static_cast<std::size_t>(std::count(bytes.begin(), bytes.end(), kInk));
    }
    return true;
  }

 private:
  mjpeg::Connection connection_;
  std::size_t ink_ = 0;
};

class FrameWay : public testing::Test {
 protected:
  FrameWay() {
    log::SetLevel("root", "off");
    for (int i = 0; i < kFrames; ++i) {
      std::string jpeg(kFrameBytes, kInk);
      jpeg.replace(0, 3, "\xFF\xD8\xFF");
      frames_.push_back(TextPayload(jpeg));
    }
    Open();
  }

  void Open() {
    Close();
    broker::EmbeddedOptions options;
    options.directory = folder_.path() / "topics";
    options.free_space_floor = 0;
    broker_ = broker::OpenEmbeddedBroker(options);
    broker::RecoveredOffsets(*broker_);
    producer_ = broker_->OpenProducer({.connector = "camera"}, [](auto, auto, const auto&) {});
    context_ = std::make_unique<Context>(*broker_);
    const RawConfig config{{"topics", "frames"}, {"http.port", "0"}, {"pace", "unpaced"}, {"playback", "live"}};
    sink_ = std::make_unique<mjpeg::MjpegHttpSink>(mjpeg::MjpegHttpSink::Describe().Parse(config), *context_, library_);
  }
  void Close() {
    sink_.reset();
    context_.reset();
    producer_.reset();
    broker_.reset();
  }
  ~FrameWay() override { Close(); }

  void Append(int number) {
    std::vector<SourceRecord> batch(1);
    batch[0].topic = "frames";
    batch[0].value = frames_[static_cast<std::size_t>(number)];
    batch[0].timestamp = Now();
    producer_->Append(std::move(batch));
  }

  TemporaryDirectory folder_;
  std::vector<Payload> frames_;
  std::unique_ptr<broker::Broker> broker_;
  std::unique_ptr<broker::Producer> producer_;
  std::unique_ptr<Context> context_;
  mjpeg::MjpegLibrary library_;
  std::unique_ptr<mjpeg::MjpegHttpSink> sink_;
};

TEST_F(FrameWay, AFrameThatIsAppendedReachesItsViewersWithoutACopy) {
  Append(0);
  Viewer one(sink_->port(), "playback=live");
  Viewer other(sink_->port(), "playback=live");
  ASSERT_TRUE(one.Await(1));
  ASSERT_TRUE(other.Await(1));
  const Counting counting;
  for (int i = 1; i < kFrames; ++i) {
    Append(i);
    ASSERT_TRUE(one.Await(i + 1));
    ASSERT_TRUE(other.Await(i + 1));
  }
  EXPECT_EQ(allocated, 0);
  EXPECT_EQ(mapped, 0);
}

TEST_F(FrameWay, AFrameOfTheLogIsReadOnceAndSentFromThere) {
  for (int i = 0; i < kFrames; ++i) Append(i);
  Open();  // nothing is in memory now
  const Counting counting;
  Viewer viewer(sink_->port(), "from=earliest&pace=unpaced");
  ASSERT_TRUE(viewer.Await(kFrames));
  EXPECT_EQ(allocated, 0);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_GE(mapped, 1) << "they are read into something";
#endif
  EXPECT_LE(mapped, kFrames);
}

TEST_F(FrameWay, ACrowdCostsOneCopyOfAFrameForAllOfThem) {
  constexpr std::size_t kCrowd = 20;
  Append(0);
  std::vector<std::unique_ptr<Viewer>> crowd;
  for (std::size_t i = 0; i < kCrowd; ++i) {
    crowd.push_back(std::make_unique<Viewer>(sink_->port(), "playback=live"));
    ASSERT_TRUE(crowd.back()->Await(1));
  }
  const Counting counting;
  for (int i = 1; i < kFrames; ++i) {
    Append(i);
    for (const auto& viewer : crowd) ASSERT_TRUE(viewer->Await(i + 1));
  }
  EXPECT_EQ(allocated, kFrames - 1);
  EXPECT_EQ(mapped, 0);
}

}  // namespace
}  // namespace framespool
