#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace framespool::broker::embedded {

class BufferPool;

/// Memory for one record read from disk. Goes back to its pool when it dies, and keeps the pool alive until then: a
/// payload may outlive the broker.
class Buffer {
 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&& other) noexcept;
  ~Buffer();

  std::byte* data() const noexcept { return data_; }
  std::span<const std::byte> bytes() const noexcept { return {data_, size_}; }

 private:
  friend class BufferPool;
  std::shared_ptr<BufferPool> pool_;
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// Reuses the memory of records: a fresh mapping costs a page fault every 4 KB, more than the read itself. Owned by the
/// broker and every Buffer; any thread. Keeps at most kKeptBytes that nobody uses; large buffers beyond that go back to
/// the system at once, so memory follows what is held, whatever is read.
class BufferPool : public std::enable_shared_from_this<BufferPool> {
 public:
  static constexpr std::size_t kKeptBytes = 16u << 20;

  BufferPool();
  ~BufferPool();
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  Buffer Take(std::size_t size);
  std::size_t kept_bytes() const;

 private:
  friend class Buffer;
  void GiveBack(std::byte* data, std::size_t size) noexcept;

  mutable std::mutex mutex_;
  std::vector<std::vector<std::byte*>> kept_;  // by size class; the last one given back is taken first, it is in cache
  std::size_t kept_bytes_ = 0;
};

}  // namespace framespool::broker::embedded
