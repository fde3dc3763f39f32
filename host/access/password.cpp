#include "access/password.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <system_error>

namespace framespool::access {

namespace {

constexpr const char* kYescrypt = "$y$";
/// A check takes 2^N rounds: with 15 more than a second.
constexpr int kMostBcryptRounds = 14;

std::string Hex(const unsigned char* bytes, std::size_t size) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text += {kDigits[bytes[i] >> 4], kDigits[bytes[i] & 15]};
  return text;
}

/// Of `password` with the method and the salt of `setting`; empty when libcrypt cannot.
std::string Crypt(const std::string& password, const std::string& setting) {
  // 32 KB, and the password in it.
  struct Wipe {
    void operator()(crypt_data* data) const {
      OPENSSL_cleanse(data, sizeof *data);
      delete data;
    }
  };
  const std::unique_ptr<crypt_data, Wipe> data(new crypt_data());
  const char* hash = crypt_r(password.c_str(), setting.c_str(), data.get());
  return hash == nullptr || hash[0] == '*' ? "" : hash;
}

bool IsBcrypt(std::string_view hash) {
  return hash.size() == 60 && (hash.starts_with("$2b$") || hash.starts_with("$2y$") || hash.starts_with("$2a$"));
}

}  // namespace

std::string HashPassword(const std::string& password) {
  const std::unique_ptr<char, decltype(&std::free)> setting(crypt_gensalt_ra(kYescrypt, 0, nullptr, 0), std::free);
  std::string hash = setting ? Crypt(password, setting.get()) : "";
  if (hash.empty()) throw std::system_error(errno, std::generic_category(), "libcrypt cannot hash with yescrypt");
  return hash;
}

bool IsPassword(const std::string& password, const std::string& hash) {
  // libcrypt ends at a NUL: what comes behind it would not count.
  if (password.size() > kLongestPassword || password.find('\0') != std::string::npos) return false;
  const std::string made = Crypt(password, hash);
  return made.size() == hash.size() && !made.empty() && CRYPTO_memcmp(made.data(), hash.data(), made.size()) == 0;
}

std::optional<std::string> PasswordHashProblem(const std::string& hash) {
  const bool is_yescrypt = hash.starts_with(kYescrypt);
  if (!is_yescrypt && !IsBcrypt(hash))
    return "must end in a hash by bcrypt ($2b$…) or yescrypt ($y$…), or in sha256: and the hash of a token";
  if (crypt_checksalt(hash.c_str()) != CRYPT_SALT_OK || (is_yescrypt && hash.size() < 60))
    return "has a hash that is not whole";
  if (!is_yescrypt && std::atoi(hash.substr(4, 2).c_str()) > kMostBcryptRounds)
    return "has a bcrypt hash of more than 2^" + std::to_string(kMostBcryptRounds) +
           " rounds, which takes seconds to check";
  return std::nullopt;
}

std::string NewToken() {
  std::array<unsigned char, 32> bytes{};
  if (RAND_bytes(bytes.data(), bytes.size()) != 1) throw std::runtime_error("OpenSSL has no random bytes");
  return "fs_" + Hex(bytes.data(), bytes.size());
}

std::string HashToken(std::string_view token) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(), digest.data());
  return std::string(kTokenHash) + Hex(digest.data(), digest.size());
}

}  // namespace framespool::access
