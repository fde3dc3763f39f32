#pragma once

#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "clip/blocking_socket.h"
#include "clip/clip_file.h"
#include "clip/clip_plan.h"
#include "clip/remux.h"
#include "framespool/connector.h"
#include "http/client.h"
#include "topic/topic_source.h"

namespace framespool::mjpeg {

/// One /clip from its request to its last byte, on its clip's thread.
class ClipSender {
 public:
  /// `known` outlives it.
  ClipSender(const TopicSource& tracks, KnownRemuxes& known, Client client, Request request,
             std::vector<std::pair<std::string, std::string>> headers);

  /// Never throws: what goes wrong is answered where nothing is sent yet, and logged.
  void Run(const ClipQuery& query, ClipProgress& progress, const std::stop_token& stop);
  /// Behind Run(): ends the connection. Waits a moment for the other end to have taken all.
  void Close(const std::stop_token& stop);

 private:
  void Make(const ClipQuery& query, ClipProgress& progress, const std::stop_token& stop);
  void SendFile(ClipFile& file, ClipFormat format, const ClipPlan& plan, Track& track, ClipProgress& progress,
                const std::stop_token& stop);
  void SendRemux(const Remux& remux, const Moment& from, Track& track, ClipProgress& progress,
                 const std::stop_token& stop);
  void SendMp4(const ClipPlan& plan, Track& track, ClipProgress& progress, const std::stop_token& stop);
  void SendHead(const ClipPlan& plan, ClipFormat format, std::string_view content_type, std::size_t size,
                ClipProgress& progress, const std::stop_token& stop);
  void SendAnswer(Answer answer, const std::stop_token& stop);

  const TopicSource* tracks_;
  KnownRemuxes* known_;
  ViewContext* context_;
  BlockingSocket socket_;
  Request request_;
  std::vector<std::pair<std::string, std::string>> headers_;
  bool begun_ = false;  // the head is out
  bool whole_ = false;  // and all that it announced
};

}  // namespace framespool::mjpeg
