#pragma once

#include <cstddef>
#include <cstdint>

namespace framespool::base {

/// CRC32C (Castagnoli) of `size` bytes, going on from `crc` (0 to start): Crc32c(Crc32c(0, a), b) is that of a and b
/// joined. Uses the processor's instruction where there is one.
std::uint32_t Crc32c(std::uint32_t crc, const void* data, std::size_t size);

/// The two ways, for tests: the table works everywhere, the instruction only where HasCrc32cInstruction().
std::uint32_t Crc32cByTable(std::uint32_t crc, const void* data, std::size_t size);
std::uint32_t Crc32cByInstruction(std::uint32_t crc, const void* data, std::size_t size);
bool HasCrc32cInstruction();

}  // namespace framespool::base
