#include "buffer_pool.h"

#include <sys/mman.h>

#include <bit>
#include <new>
#include <utility>

namespace framespool::broker::embedded {

namespace {

// Four classes for each power of two, so that at most a fifth of a buffer is unused.
constexpr std::size_t kSmallest = 4096;
constexpr std::size_t kMapped = 64 * 1024;  // from here on memory comes from mmap and can be returned in any order

std::size_t ClassOf(std::size_t size) {
  if (size <= kSmallest) return 0;
  const auto power = static_cast<std::size_t>(std::bit_width(size - 1) - 1);  // 2^power < size <= 2^(power+1)
  const std::size_t quarter = ((size - 1) >> (power - 2)) & 3;
  return (power - 12) * 4 + quarter + 1;
}

std::size_t SizeOf(std::size_t size_class) {
  if (size_class == 0) return kSmallest;
  const std::size_t power = (size_class - 1) / 4 + 12;
  const std::size_t quarter = (size_class - 1) % 4;
  return (std::size_t{1} << power) + (quarter + 1) * (std::size_t{1} << (power - 2));
}

std::byte* Allocate(std::size_t size) {
  if (size < kMapped) return static_cast<std::byte*>(::operator new(size));
  void* mapped = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  return static_cast<std::byte*>(mapped);
}

void Free(std::byte* data, std::size_t size) noexcept {
  if (size < kMapped) {
    ::operator delete(data);
  } else {
    munmap(data, size);
  }
}

}  // namespace

Buffer::Buffer(Buffer&& other) noexcept
    : pool_(std::move(other.pool_)), data_(std::exchange(other.data_, nullptr)), size_(other.size_) {}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  std::swap(pool_, other.pool_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

Buffer::~Buffer() {
  if (data_ != nullptr) pool_->GiveBack(data_, size_);
}

BufferPool::BufferPool() : kept_(4 * 64) {}

BufferPool::~BufferPool() {
  for (std::size_t size_class = 0; size_class < kept_.size(); ++size_class) {
    for (std::byte* data : kept_[size_class]) Free(data, SizeOf(size_class));
  }
}

Buffer BufferPool::Take(std::size_t size) {
  const std::size_t size_class = ClassOf(size);
  Buffer buffer;
  buffer.size_ = size;
  {
    const std::lock_guard lock(mutex_);
    std::vector<std::byte*>& free = kept_[size_class];
    if (!free.empty()) {
      buffer.data_ = free.back();
      free.pop_back();
      kept_bytes_ -= SizeOf(size_class);
    }
  }
  if (buffer.data_ == nullptr) buffer.data_ = Allocate(SizeOf(size_class));
  buffer.pool_ = shared_from_this();
  return buffer;
}

std::size_t BufferPool::kept_bytes() const {
  const std::lock_guard lock(mutex_);
  return kept_bytes_;
}

void BufferPool::GiveBack(std::byte* data, std::size_t size) noexcept {
  const std::size_t size_class = ClassOf(size);
  const std::size_t allocated = SizeOf(size_class);
  {
    const std::lock_guard lock(mutex_);
    if (kept_bytes_ + allocated <= kKeptBytes) {
      try {
        kept_[size_class].push_back(data);
        kept_bytes_ += allocated;
        return;
      } catch (const std::bad_alloc&) {  // not kept, then
      }
    }
  }
  Free(data, allocated);
}

}  // namespace framespool::broker::embedded
