#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "http.h"

namespace framespool::rest {

/// The admin page below /ui/, kept in memory. Immutable; any thread.
class StaticPages {
 public:
  /// Reads every file of `folder`; serves nothing when there is no index.html in it.
  explicit StaticPages(const std::filesystem::path& folder);

  /// The page asked for, or the way there for a browser that asks for /. Nothing when the request is for the API.
  std::optional<Response> Answer(const Request& request) const;

 private:
  struct Page {
    std::string body;
    std::string content_type;
    std::string etag;
  };
  const Page* Find(const std::string& path) const;

  std::map<std::string, Page, std::less<>> pages_;  // by path below /ui/
};

}  // namespace framespool::rest
