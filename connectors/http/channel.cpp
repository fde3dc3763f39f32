#include "framespool/http/channel.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>

namespace framespool::http {

namespace {

constexpr int kFlags = MSG_NOSIGNAL | MSG_DONTWAIT;
constexpr std::size_t kMostPieces = 8;

template <class Call>
ssize_t Uninterrupted(const Call& call) {
  ssize_t done = 0;
  do {
    done = call();
  } while (done < 0 && errno == EINTR);
  return done;
}

}  // namespace

Channel::Sent Channel::Send(std::span<std::string_view> pieces) {
  while (true) {
    while (!pieces.empty() && pieces.front().empty()) pieces = pieces.subspan(1);
    if (pieces.empty()) return Sent::kAll;
    const ssize_t sent = SendOnce(pieces);
    if (sent == 0) return Sent::kFailed;  // it would be so for ever
    if (sent < 0) return HadToWait() ? Sent::kSome : Sent::kFailed;
    sent_ += static_cast<std::uint64_t>(sent);
    auto left = static_cast<std::size_t>(sent);
    for (std::string_view& piece : pieces) {
      const std::size_t taken = std::min(left, piece.size());
      piece.remove_prefix(taken);
      left -= taken;
    }
  }
}

ssize_t Channel::SendOnce(std::span<const std::string_view> pieces) {
  if (tls_) return static_cast<ssize_t>(tls_->Send(pieces.front()));
  std::array<iovec, kMostPieces> vector;
  std::size_t count = 0;
  for (const std::string_view piece : pieces) {
    if (!piece.empty() && count < vector.size()) vector[count++] = {const_cast<char*>(piece.data()), piece.size()};
  }
  if (count == 1) return Uninterrupted([&] { return ::send(socket_, vector[0].iov_base, vector[0].iov_len, kFlags); });
  msghdr message{};
  message.msg_iov = vector.data();
  message.msg_iovlen = count;
  return Uninterrupted([&] { return ::sendmsg(socket_, &message, kFlags); });
}

ssize_t Channel::Receive(std::span<char> bytes) {
  if (tls_) return static_cast<ssize_t>(tls_->Receive(bytes));
  return Uninterrupted([&] { return ::recv(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT); });
}

void Channel::EndOutput() {
  if (tls_) tls_->EndOutput();
  ::shutdown(socket_, SHUT_WR);
}

bool HadToWait() noexcept { return errno == EAGAIN || errno == EWOULDBLOCK; }

}  // namespace framespool::http
