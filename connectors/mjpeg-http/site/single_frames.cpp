#include "site/single_frames.h"

#include <boost/asio/post.hpp>
#include <charconv>
#include <utility>

#include "framespool/media/image.h"
#include "framespool/media/video_record.h"
#include "http/link_rule.h"
#include "http/query_values.h"
#include "site/status_page.h"
#include "topic/moment.h"

namespace framespool::mjpeg {

namespace {

constexpr std::size_t kMostPending = 256;
constexpr std::chrono::milliseconds kFetch{300};
constexpr std::chrono::seconds kSearch{2};  // for the first frame of a key

std::optional<std::int64_t> Offset(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

}  // namespace

SingleFrames::SingleFrames(boost::asio::any_io_executor io, FrameDesk& desk, const ViewContext& context,
                           std::string topic, std::shared_ptr<ScaledFrames> scaled)
    : io_(std::move(io)), desk_(desk), context_(context), topic_(std::move(topic)), scaled_(std::move(scaled)) {}

void SingleFrames::Snapshot(const std::shared_ptr<HttpSession>& session) {
  QueryValues values(session->request());
  const int width = values.Width();
  const auto partition = static_cast<std::size_t>(values.Count("partition").value_or(0));
  const auto offset = values.Count("offset");
  const bool exact = values.Either("exact", "true", "false").value_or(true);
  const std::string key = values.Text("key").value_or("");
  const auto at = values.Text("at");
  const auto time = at ? ParseTime(*at, Now()) : std::nullopt;
  if (at && !time) {
    values.Wrong("at", "a time ago such as -30s (ms, s, m, h, d) or an RFC 3339 time such as 2024-05-01T12:00:00Z",
                 *at);
  }
  if (!values.problem().empty()) return session->Send(BadRequest(values.problem()));
  if (offset) {
    return Ask(session, width, [offset = *offset, partition, exact](Track& track, std::stop_token stop) {
      return FrameAt(track, partition, offset, exact, std::move(stop));
    });
  }
  Ask(session, width, [time, key, exact](Track& track, std::stop_token stop) {
    return time ? FrameFrom(track, *time, key, exact, std::move(stop)) : NewestFrame(track, key, std::move(stop));
  });
}

void SingleFrames::Frame(const std::shared_ptr<HttpSession>& session, std::string_view text) {
  const auto offset = Offset(text);
  QueryValues values(session->request());
  const int width = values.Width();
  const auto partition = static_cast<std::size_t>(values.Count("partition").value_or(0));
  const bool exact = values.Either("exact", "true", "false").value_or(true);
  if (!offset) values.Complain("/frames/ wants an offset, a whole number from 0 on, not \"" + std::string(text) + "\"");
  if (!values.problem().empty()) return session->Send(BadRequest(values.problem()));
  Ask(session, width, [offset = *offset, partition, exact](Track& track, std::stop_token stop) {
    return FrameAt(track, partition, offset, exact, std::move(stop));
  });
}

void SingleFrames::Close() {
  if (bell_) bell_->Cut();
  bell_.reset();
  pending_.clear();
}

SingleFrames::Found SingleFrames::FrameAt(Track& track, std::size_t partition, std::int64_t offset, bool exact,
                                          std::stop_token stop) {
  if (partition >= track.partitions()) return {{}, {}, WrongPartition(partition, track.partitions())};
  if (auto record = exact ? track.At(partition, offset, stop) : track.NearlyAt(partition, offset, stop)) {
    std::vector<std::pair<std::string, std::string>> headers;
    if (record->offset != offset) headers.emplace_back("X-Framespool-Exact", "false");
    return {std::move(record), std::move(headers), {}};
  }
  const Extent extent = track.Extents()[partition];
  if (offset < extent.first || offset >= extent.end) return {{}, {}, NoFrame(extent, std::to_string(offset))};
  const auto stored = track.StoredAt(partition, offset, std::move(stop));
  if (stored && media::ReadVideoFacts(stored->headers)) {
    return {{},
            {},
            NotFound("there is no picture for the access unit " + std::to_string(offset) +
                     ": it is not to be shown, cannot be decoded, or needs a key frame that the topic does not hold")};
  }
  return {{},
          {},
          NotFound("there is no frame " + std::to_string(offset) +
                   ": the connector's transforms leave its record out or do not take it, or it is the mark of a "
                   "transaction")};
}

SingleFrames::Found SingleFrames::NewestFrame(Track& track, const std::string& key, std::stop_token stop) {
  if (auto newest = track.RecordBefore(track.End(), key, std::move(stop))) return {std::move(newest), {}, {}};
  const std::string& passed_over = track.passed_over();
  const std::string where = key.empty() ? "" : " among its newest records that has this key";
  return {{},
          {},
          NotFound("there is no frame yet: the topic holds no image" + where +
                   (passed_over.empty() ? ", or none that the connector's transforms leave" : "; " + passed_over))};
}

/// The first frame from `time` on; the newest when there is none.
SingleFrames::Found SingleFrames::FrameFrom(Track& track, Timestamp time, const std::string& key, bool exact,
                                            std::stop_token stop) {
  std::vector<std::pair<std::string, std::string>> headers;
  const Moment moment{.kind = Moment::Kind::kTime, .offset = 0, .partition = 0, .time = time};
  if (const auto older = OlderThanRetained(track, moment)) headers.emplace_back(kOlderHeader, *older);
  if (const auto ahead = StillToCome(track, moment)) headers.emplace_back(kStillToComeHeader, *ahead);
  const Position from = track.At(time);
  const bool one = from != track.End() && track.partitions() == 1;
  const auto stored = one && !key.empty() ? track.StoredAt(0, from[0], stop) : std::nullopt;
  if (one && (key.empty() || (stored && stored->key == key))) {
    // Of an access unit this keeps what is decoded for it.
    Found found = FrameAt(track, 0, from[0], exact, stop);
    if (found.record && media::ImageType(found.record->headers, found.record->value)) {
      found.headers.insert(found.headers.end(), headers.begin(), headers.end());
      return found;
    }
  }
  if (from != track.End()) {
    track.Seek(from, track.End());
    const auto deadline = std::chrono::steady_clock::now() + kSearch;
    Position reached = from;
    do {
      auto record = track.Next(kFetch, stop);
      const bool moved = std::exchange(reached, track.position()) != reached;
      if (!record && !moved) break;
      const bool wanted = record && (key.empty() || record->key == key);
      if (wanted && media::ImageType(record->headers, record->value))
        return {std::move(record), std::move(headers), {}};
    } while (std::chrono::steady_clock::now() <= deadline);
  }
  Found newest = NewestFrame(track, key, std::move(stop));
  newest.headers = std::move(headers);
  return newest;
}

void SingleFrames::Ask(const std::shared_ptr<HttpSession>& session, int width, Look look) {
  auto found = std::make_shared<Found>();
  desk_.Ask(
      [found, look = std::move(look), &context = context_](Track& track, std::stop_token stop) {
        // Its readers deliver nothing, whatever there is, and would only be waited for.
        if (!context.paused()) *found = look(track, std::move(stop));
        if (!found->record && context.paused()) found->problem = Paused(context.connector());
        return Answer();
      },
      [weak = weak_from_this(), io = io_, session, width, found](Answer answer) {
        boost::asio::post(io, [weak, session, width, found, answer = std::move(answer)]() mutable {
          if (!answer.ok()) return session->Send(std::move(answer));
          if (const auto self = weak.lock()) self->Show(session, width, *found);
        });
      });
}

void SingleFrames::Show(const std::shared_ptr<HttpSession>& session, int width, const Found& found) {
  if (!found.record) return session->Send(found.problem);
  Answer answer = FrameAnswer(*found.record);
  answer.headers.insert(answer.headers.end(), found.headers.begin(), found.headers.end());
  if (!Opens(session->request().link.get(), found.record->timestamp))
    return session->Send(NotFound("there is no picture from then on in what this link opens"));
  const FramePtr frame = width > 0 ? MakeFrame(*found.record) : nullptr;
  if (!frame) return session->Send(std::move(answer));
  if (pending_.size() >= kMostPending) return session->Send(Busy("too many requests wait for a scaled frame"));
  if (!bell_) {
    bell_ = std::make_shared<Doorbell>(io_, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->SendScaled();
    });
  }
  pending_.push_back({session, std::move(answer), scaled_->Get(topic_, frame, width, bell_)});
  SendScaled();
}

void SingleFrames::SendScaled() {
  for (auto each = pending_.begin(); each != pending_.end();) {
    if (!each->order->done()) {
      ++each;
      continue;
    }
    Pending done = std::move(*each);
    each = pending_.erase(each);
    done.answer.content_type = done.order->frame()->content_type;
    done.answer.image = done.order->frame()->image;
    done.session->Send(std::move(done.answer));
  }
}

}  // namespace framespool::mjpeg
