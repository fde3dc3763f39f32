#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <base/work_queue.h>

#include "http.h"

namespace framespool::rest {

/// The admin page below /ui/. Its files stay on the disk until they are asked for: a worker that nobody looks at has
/// no memory and no start-up time for them. Any thread; it reads on one of its own ("admin-page").
class StaticPages {
 public:
  /// Notes the names of the files of `folder`; serves nothing when there is no index.html among them.
  explicit StaticPages(const std::filesystem::path& folder);

  /// Whether the request is for the page and not for the API.
  bool Answers(const Request& request) const;
  /// The way there for a browser that asks for /, or what is wrong; nothing when `responder` will be called with the
  /// page from another thread. Of a request that it answers.
  std::optional<Response> Answer(const Request& request, const Responder& responder) const;

 private:
  struct Page {
    std::filesystem::path file;
    std::string content_type;
  };
  const Page* Find(const std::string& path) const;
  base::WorkQueue& reader() const;

  std::map<std::string, Page, std::less<>> pages_;  // by path below /ui/
  mutable std::once_flag asked_for_;
  mutable std::unique_ptr<base::WorkQueue> reader_;
};

}  // namespace framespool::rest
