#pragma once

#include <framespool/http/channel.h>

#include <boost/asio/ip/tcp.hpp>

namespace framespool::mjpeg {

/// The connection of a client: its bytes go through the channel, which is of the socket; that is waited for and closed.
struct Client {
  boost::asio::ip::tcp::socket socket;
  http::Channel channel;
};

}  // namespace framespool::mjpeg
