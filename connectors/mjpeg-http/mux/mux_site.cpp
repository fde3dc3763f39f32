#include "mux/mux_site.h"

#include <algorithm>

namespace framespool::mjpeg {

namespace {

constexpr std::size_t kMostViewers = 256;
constexpr std::ptrdiff_t kMostPastViewers = 16;

}  // namespace

void MuxSite::Serve(const std::shared_ptr<HttpSession>& session, bool known) {
  auto query = ParseMuxQuery(session->request(), Now());
  if (const auto* wrong = std::get_if<std::string>(&query)) return session->Send(BadRequest(*wrong));
  Answer answer;
  answer.content_type = kMuxContentType;
  answer.endless = true;
  if (session->request().head()) return session->Send(std::move(answer));
  std::erase_if(viewers_, [](const auto& each) {
    const auto viewer = each.lock();
    return !viewer || viewer->over();
  });
  const bool past = std::get<MuxQuery>(query).past.has_value();
  const auto in_the_past = std::count_if(viewers_.begin(), viewers_.end(), [](const auto& each) {
    const auto viewer = each.lock();
    return viewer && viewer->in_the_past();
  });
  if (viewers_.size() >= kMostViewers || (past && in_the_past >= kMostPastViewers)) {
    Answer full = Unavailable(past ? "16 connections watch /mux of this port with from= already; come back later"
                                   : "256 connections watch /mux of this port already; come back later");
    full.headers.emplace_back("Retry-After", "5");
    return session->Send(std::move(full));
  }
  answer.headers = session->CrossOriginHeaders({});
  const Request& request = session->request();
  std::string head = HeadText(request.version, answer);
  auto viewer = std::make_shared<MuxViewer>(
      session->TakeClient(), std::get<MuxQuery>(std::move(query)),
      MuxViewer::Page{request.origin, request.host, request.authorization, known, request.admitted}, channels_,
      scaled_);
  viewers_.push_back(viewer);
  viewer->Begin(std::move(head));
}

void MuxSite::Close() {
  for (const auto& each : viewers_) {
    if (const auto viewer = each.lock()) viewer->Close();
  }
  viewers_.clear();
}

}  // namespace framespool::mjpeg
