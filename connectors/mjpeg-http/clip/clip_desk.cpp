#include "clip/clip_desk.h"

#include <pthread.h>

#include <algorithm>
#include <cstddef>

#include "clip/clip_sender.h"

namespace framespool::mjpeg {

namespace {

constexpr std::ptrdiff_t kMostClips = 2;
constexpr std::size_t kMostConnections = 16;  // with those that only have to end

std::string_view NameOf(ClipProgress::Phase phase) {
  switch (phase) {
    case ClipProgress::Phase::kEncoding: return "encoding";
    case ClipProgress::Phase::kSending: return "sending";
    case ClipProgress::Phase::kMeasuring: break;
  }
  return "measuring";
}

/// Those that a clip's answer may have, by name: it has them when it is made, and a page must be let read them before.
const http::Headers& HeadersOfClips() {
  static const http::Headers headers = {{"Accept-Ranges", {}},
                                        {"Content-Disposition", {}},
                                        {"Content-Range", {}},
                                        {"ETag", {}},
                                        {"X-Framespool-Frames", {}},
                                        {"X-Framespool-First-Offset", {}},
                                        {"X-Framespool-Last-Offset", {}},
                                        {kOlderHeader, {}}};
  return headers;
}

}  // namespace

ClipDesk::~ClipDesk() {
  for (Clip& clip : clips_) clip.thread.request_stop();
  clips_.clear();
}

void ClipDesk::Serve(const std::shared_ptr<HttpSession>& session, ClipQuery query) {
  const std::lock_guard lock(mutex_);
  clips_.remove_if([](const Clip& clip) { return clip.over.load(); });
  const auto making = std::count_if(clips_.begin(), clips_.end(), [](const Clip& clip) { return !clip.made; });
  if (making >= kMostClips || clips_.size() >= kMostConnections) {
    return session->Send(Busy("this sink makes " + std::to_string(kMostClips) + " clips at a time, and does already"));
  }
  if (query.id.empty()) query.id = std::to_string(next_id_++);
  Clip& clip = clips_.emplace_back();
  clip.query = std::move(query);
  const Request request = session->request();
  auto headers = session->CrossOriginHeaders(HeadersOfClips());
  ClipSender sender(tracks_, known_, session->TakeClient(), request, std::move(headers));
  clip.thread = std::jthread([&clip, sender = std::move(sender)](const std::stop_token& stop) mutable {
    pthread_setname_np(pthread_self(), "mjpeg-clip");
    sender.Run(clip.query, clip.progress, stop);
    clip.made = true;
    sender.Close(stop);
    clip.over = true;
  });
  clip.ended.emplace(request.admitted, [source = clip.thread.get_stop_source()]() mutable { source.request_stop(); });
}

bool ClipDesk::Cancel(const std::string& id) {
  const std::lock_guard lock(mutex_);
  bool any = false;
  for (Clip& clip : clips_) any |= !clip.made && clip.query.id == id && clip.thread.request_stop();
  return any;
}

std::vector<ClipDesk::Standing> ClipDesk::standings() const {
  const std::lock_guard lock(mutex_);
  std::vector<Standing> standings;
  for (const Clip& clip : clips_) {
    if (clip.made) continue;
    standings.push_back({clip.query.id, std::string(NameOf(clip.query.format)),
                         std::string(NameOf(clip.progress.phase.load())), clip.progress.frames,
                         clip.progress.frames_done, clip.progress.bytes, clip.progress.bytes_done});
  }
  return standings;
}

}  // namespace framespool::mjpeg
