#include "attempts.h"

#include <arpa/inet.h>

#include <algorithm>

namespace framespool::access {

namespace {

/// People mistype.
constexpr int kFree = 5;
constexpr std::chrono::seconds kLongestWait{60};
constexpr std::chrono::minutes kMemory{15};
constexpr std::size_t kMostAddresses = 4096;

std::string NetworkOf(const std::string& address) {
  in6_addr v6{};
  if (inet_pton(AF_INET6, address.substr(0, address.find('%')).c_str(), &v6) != 1 || IN6_IS_ADDR_V4MAPPED(&v6))
    return address;
  std::fill(v6.s6_addr + 8, v6.s6_addr + 16, 0);
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(AF_INET6, &v6, text, sizeof text);
  return text;
}

}  // namespace

Attempts::Clock::duration Attempts::WaitOf(const std::string& address, Clock::time_point now) const {
  const auto found = counts_.find(NetworkOf(address));
  if (found == counts_.end() || found->second.failed < kFree || now - found->second.last > kMemory) return {};
  const auto wait = std::min<std::chrono::seconds>(
      kLongestWait, std::chrono::seconds(1 << std::min(found->second.failed - kFree, 10)));
  return std::max<Clock::duration>(found->second.last + wait - now, {});
}

void Attempts::Failed(const std::string& address, Clock::time_point now) {
  MakeRoom(now);
  Count& count = counts_[NetworkOf(address)];
  if (now - count.last > kMemory) count.failed = 0;
  ++count.failed;
  count.last = now;
}

void Attempts::MakeRoom(Clock::time_point now) {
  if (counts_.size() < kMostAddresses) return;
  std::erase_if(counts_, [&](const auto& each) { return now - each.second.last > kMemory; });
  if (counts_.size() < kMostAddresses) return;
  counts_.erase(std::min_element(counts_.begin(), counts_.end(),
                                 [](const auto& a, const auto& b) { return a.second.last < b.second.last; }));
}

}  // namespace framespool::access
