#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <framespool/http/message.h>

namespace framespool::http {

/// Where a page is from, as the header Origin says it; in lower case and without the port that the scheme has anyway.
struct Origin {
  std::string scheme;
  std::string authority;

  bool operator==(const Origin&) const = default;
};

/// Nothing for what is no origin, such as the "null" of a sandboxed page.
std::optional<Origin> ParseOrigin(std::string_view text);
/// Whether a page of `origin` is one of the server that the request calls `host` (its Host header).
bool IsOriginOf(const Origin& origin, std::string_view host);

/// The origins that a configuration names, "https://host"; "*" is all of them. Immutable; any thread.
class OriginList {
 public:
  explicit OriginList(const std::vector<std::string>& listed);

  bool Has(std::string_view origin) const;

 private:
  std::vector<Origin> listed_;
  bool all_ = false;
};

/// Lets the page of `origin` read an answer, and of its headers `exposed`. Add "Vary: Origin" where answers differ by
/// it.
Headers CorsHeaders(std::string_view origin, std::string_view exposed);
/// Answers a browser that asks whether a page may send what it wants to.
Headers PreflightHeaders(std::string_view methods, std::string_view headers);

}  // namespace framespool::http
