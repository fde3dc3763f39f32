#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "framespool/connector.h"
#include "http/http_session.h"
#include "picture/scaled_frames.h"
#include "site/frame_desk.h"

namespace framespool::mjpeg {

/// /snapshot and /frames/{offset} of one sink, at any width. Owned by the SinkSite, on its io thread.
class SingleFrames : public std::enable_shared_from_this<SingleFrames> {
 public:
  SingleFrames(boost::asio::any_io_executor io, FrameDesk& desk, const ViewContext& context, std::string topic,
               std::shared_ptr<ScaledFrames> scaled);

  void Snapshot(const std::shared_ptr<HttpSession>& session);
  void Frame(const std::shared_ptr<HttpSession>& session, std::string_view offset);
  /// What is not answered yet stays so.
  void Close();

 private:
  /// What a look into the topic found: a record, or an answer that says why there is none.
  struct Found {
    std::optional<SinkRecord> record;
    std::vector<std::pair<std::string, std::string>> headers;
    Answer problem;
  };
  using Look = std::function<Found(Track&, std::stop_token)>;
  struct Pending {
    std::shared_ptr<HttpSession> session;
    Answer answer;
    ScaledFrames::OrderPtr order;
  };

  /// Not exact: the picture of the key frame will do, if it says that it is that.
  static Found FrameAt(Track& track, std::size_t partition, std::int64_t offset, bool exact, std::stop_token stop);
  static Found FrameFrom(Track& track, Timestamp time, const std::string& key, bool exact, std::stop_token stop);
  static Found NewestFrame(Track& track, const std::string& key, std::stop_token stop);

  void Ask(const std::shared_ptr<HttpSession>& session, int width, Look look);
  void Show(const std::shared_ptr<HttpSession>& session, int width, const Found& found);
  void SendScaled();

  const boost::asio::any_io_executor io_;
  FrameDesk& desk_;
  const ViewContext& context_;
  const std::string topic_;
  const std::shared_ptr<ScaledFrames> scaled_;
  std::shared_ptr<Doorbell> bell_;
  std::list<Pending> pending_;
};

}  // namespace framespool::mjpeg
