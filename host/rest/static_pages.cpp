#include "static_pages.h"

#include <framespool/http/entity_tag.h>

#include <fstream>
#include <system_error>
#include <utility>

#include "error_response.h"

namespace framespool::rest {

namespace {

constexpr std::string_view kBase = "/ui";
constexpr std::string_view kIndex = "index.html";
// Scripts are the build's own and nothing else's. Streams and stills come from sinks, on ports and hosts of their own.
constexpr const char* kContentSecurityPolicy =
    "default-src 'self'; img-src 'self' http: https: data: blob:; media-src 'self' http: https: data: blob:; "
    "connect-src 'self' http: https: blob: data:; style-src 'self'; style-src-attr 'unsafe-inline'; "
    "font-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

std::string ContentType(const std::filesystem::path& file) {
  static const std::map<std::string, std::string> types = {{".html", "text/html; charset=utf-8"},
                                                           {".js", "text/javascript; charset=utf-8"},
                                                           {".css", "text/css; charset=utf-8"},
                                                           {".svg", "image/svg+xml"},
                                                           {".png", "image/png"},
                                                           {".ico", "image/x-icon"},
                                                           {".woff2", "font/woff2"},
                                                           {".json", "application/json"},
                                                           {".webmanifest", "application/manifest+json"}};
  const auto type = types.find(file.extension().string());
  return type == types.end() ? "application/octet-stream" : type->second;
}

http::Headers HeadersOf(std::string etag, bool hashed) {
  return {{"ETag", std::move(etag)},
          {"Cache-Control", hashed ? "public, max-age=31536000, immutable" : "no-cache"},
          {"X-Content-Type-Options", "nosniff"},
          {"Content-Security-Policy", kContentSecurityPolicy},
          {"X-Frame-Options", "DENY"},
          {"Referrer-Policy", "no-referrer"}};
}

std::optional<std::string> Read(const std::filesystem::path& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error) return std::nullopt;
  std::string bytes(size, '\0');
  std::ifstream file(path, std::ios::binary);
  if (!file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) return std::nullopt;
  return bytes;
}

Response Gone(const std::string& path) {
  return ErrorResponse(404, "HTTP 404 Not Found: the admin page has no " + path);
}

}  // namespace

StaticPages::StaticPages(const std::filesystem::path& folder) {
  if (!std::filesystem::exists(folder / kIndex)) return;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    pages_.emplace(entry.path().lexically_relative(folder).generic_string(),
                   Page{.file = entry.path(), .content_type = ContentType(entry.path())});
  }
}

const StaticPages::Page* StaticPages::Find(const std::string& path) const {
  auto page = pages_.find(path);
  // The page keeps its places in the URL: what is no file of its own is the page itself.
  if (page == pages_.end() && path.find('.') == std::string::npos) page = pages_.find(kIndex);
  return page == pages_.end() ? nullptr : &page->second;
}

base::WorkQueue& StaticPages::reader() const {
  std::call_once(asked_for_, [this] { reader_ = std::make_unique<base::WorkQueue>("admin-page"); });
  return *reader_;
}

bool StaticPages::Answers(const Request& request) const {
  if (pages_.empty() || (request.method != "GET" && request.method != "HEAD")) return false;
  const bool wants_html = request.Header("accept").value_or("").find("text/html") != std::string::npos;
  return (request.path == "/" && wants_html) || request.path == kBase ||
         request.path.starts_with(std::string(kBase) + "/");
}

std::optional<Response> StaticPages::Answer(const Request& request, const Responder& responder) const {
  if (request.path.size() <= kBase.size()) {
    // Relative: a proxy may have the whole of this server below a path of its own.
    return Response{.status = 302, .headers = {{"Location", "ui/"}, {"Vary", "Accept"}}};
  }
  const auto path = http::PercentDecode(std::string_view(request.path).substr(kBase.size() + 1));
  const Page* page = path ? Find(*path) : nullptr;
  if (page == nullptr) return Gone(request.path);
  // The bundler puts a hash of its content into the name of each file below assets/.
  const bool hashed = path->starts_with("assets/");
  reader().Post([page, hashed, responder, asked = request.path,
                 known = std::string(request.Header("if-none-match").value_or(""))] {
    auto body = Read(page->file);
    if (!body) return responder(Gone(asked));
    http::Headers headers = HeadersOf(http::EntityTag(*body), hashed);
    const bool same = http::NamesTag(known, headers.front().second);
    responder(
        same ? Response{.status = 304, .headers = std::move(headers)}
             : Response{.body = *std::move(body), .headers = std::move(headers), .content_type = page->content_type});
  });
  return std::nullopt;
}

}  // namespace framespool::rest
