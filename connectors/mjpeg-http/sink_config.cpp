#include "sink_config.h"

#include <boost/asio/ip/address.hpp>
#include <utility>

#include "http/cross_origin.h"
#include "http/host_policy.h"

namespace framespool::mjpeg {

namespace {

std::optional<Problem> Said(std::optional<std::string> message) {
  if (!message) return std::nullopt;
  return Problem{.message = std::move(*message)};
}

std::optional<Problem> OneTopic(const SinkConfig& config) {
  if (config.topics.size() == 1) return std::nullopt;
  return Problem{.message = "must name exactly one topic, but names " + std::to_string(config.topics.size()) +
                            "; make one connector for each topic (they may share http.port on different http.path)"};
}

std::optional<Problem> GoodHost(const SinkConfig& config) {
  boost::system::error_code error;
  boost::asio::ip::make_address(config.host, error);
  if (!error || config.host == "localhost") return std::nullopt;
  return Problem{
      .message =
          "must be an IP address of this machine (127.0.0.1: only from here; 0.0.0.0: from everywhere), but is \"" +
          config.host + "\""};
}

std::optional<Problem> GoodPath(const SinkConfig& config) {
  const std::string& path = config.path;
  if (path == "/mux")
    return Problem{.message = "must not be /mux: there every port shows many streams in one body; choose another path"};
  const bool good =
      path == "/" || (path.starts_with('/') && !path.ends_with('/') && path.find("//") == std::string::npos &&
                      path.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                             "-._~/") == std::string::npos);
  if (good) return std::nullopt;
  return Problem{
      .message = "must be / or like /cam1 (letters, digits, - . _ ~ and single slashes, none at the end), but is \"" +
                 path + "\""};
}

// Neither message repeats the secret.
std::optional<Problem> GoodBasicAuth(const SinkConfig& config) {
  if (config.basic_auth.empty()) return std::nullopt;
  const auto colon = config.basic_auth.find(':');
  if (colon != std::string::npos && colon > 0 && colon + 1 < config.basic_auth.size()) return std::nullopt;
  return Problem{.message = "must be user:password, with a colon between and neither of them empty"};
}

std::optional<Problem> GoodBearerToken(const SinkConfig& config) {
  if (config.bearer_token.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/=") ==
      std::string::npos) {
    return std::nullopt;
  }
  return Problem{.message = "must be letters, digits and - . _ ~ + / = only, as a header can carry"};
}

std::optional<Problem> GoodOrigins(const SinkConfig& config) { return Said(WrongOrigins(config.allow_origins)); }

std::optional<Problem> GoodHosts(const SinkConfig& config) { return Said(WrongHosts(config.allowed_hosts)); }

std::optional<Problem> GoodAdvertisedUrl(const SinkConfig& config) {
  return Said(WrongAdvertisedUrl(config.advertised_url));
}

}  // namespace

const ConfigDef<SinkConfig>& DescribeSink() {
  using C = SinkConfig;
  static const ConfigDef<C> def = [] {
    ConfigDef<C> d;
    d.Field("topics", &C::topics,
            "The topic to show, exactly one. All its partitions are shown as one stream, in the order of "
            "their timestamps.")
        .Required()
        .Role(Role::kTopic)
        .DisplayName("Topic")
        .Group("Topic");
    d.Field("http.host", &C::host,
            "The address to listen on. 127.0.0.1 answers this machine only, 0.0.0.0 everyone who can reach it and whom "
            "the "
            "worker knows (listeners.users.file) or http.basic.auth lets in.")
        .Role(Role::kHost)
        .Importance(Importance::kHigh)
        .DisplayName("Address")
        .Group("HTTP");
    d.Field("http.port", &C::port,
            "The port to listen on; 0 picks a free one and shows it as metric http_port. Several sinks may "
            "share a port on different paths.")
        .Range(0, 65535)
        .Role(Role::kPort)
        .Importance(Importance::kHigh)
        .DisplayName("Port")
        .Group("HTTP");
    d.Field("http.path", &C::path,
            "The stream's path. Its pages lie below it: /watch, /snapshot, /status, /frames/{offset}, /clip.")
        .Role(Role::kUrlPath)
        .DisplayName("Path")
        .Group("HTTP");
    d.Field("http.advertised.url", &C::advertised_url,
            "The base of the URL by which viewers reach this port, where that is not http.host and http.port: "
            "https://cams.example.org/hall behind a proxy that ends TLS and takes /hall away. http.path is added to "
            "it. Empty: http.host and http.port.")
        .DisplayName("Advertised URL")
        .Group("HTTP");
    d.Field("http.allowed.hosts", &C::allowed_hosts,
            "Further host names by which the sink is asked for, such as cams.example.org, or * for all. Addresses, "
            "localhost and the host of http.advertised.url always are fine; beyond 127.0.0.1 also this machine's name "
            "and names without a dot. Others are refused: a website could let its own name lead here.")
        .Importance(Importance::kLow)
        .DisplayName("Allowed hosts")
        .Group("HTTP");
    d.Field("viewers.max", &C::viewers_max, "More viewers than this get 503.")
        .Range(1, 100000)
        .DisplayName("Most viewers")
        .Group("HTTP");
    d.Field("decoders.max", &C::decoders_max,
            "Of a topic with H.264 or H.265: each position in it that is watched has a decoder for all its viewers. "
            "Positions beyond this many show key frames only, until there is room.")
        .Range(0, 10000)
        .Importance(Importance::kLow)
        .DisplayName("Most decoders")
        .Group("HTTP");
    d.Field(
         "http.basic.auth", &C::basic_auth,
         "user:password that every page of the sink asks for. Empty: none but those of the worker's users. Without TLS "
         "it is readable on the way.")
        .Secret()
        .Role(Role::kCredential)
        .DisplayName("User and password")
        .Group("HTTP");
    d.Field("http.bearer.token", &C::bearer_token,
            "A token that is accepted too, in the header Authorization: Bearer TOKEN. Empty: none.")
        .Secret()
        .Role(Role::kCredential)
        .Importance(Importance::kLow)
        .DisplayName("Bearer token")
        .Group("HTTP");
    d.Field("access.control.allow.origin", &C::allow_origins,
            "Other websites whose pages may read the frames, such as https://wall.example.org, or * for all. Pages of "
            "this "
            "machine, and of the host that a request names, always may: so the worker's own admin page.")
        .Importance(Importance::kLow)
        .DisplayName("Allowed origins")
        .Group("HTTP");
    d.Field("playback", &C::playback,
            "What a viewer without a query sees. resume: one stored position for all, every frame in "
            "order, moving only while someone watches. live: the newest frame, always.",
            {{"resume", Playback::kResume}, {"live", Playback::kLive}})
        .Importance(Importance::kHigh)
        .DisplayName("Playback")
        .Group("Playback");
    d.Field("pace", &C::pace,
            "How a backlog plays: at the speed it was recorded, or as fast as the viewer reads. Query: pace.",
            {{"recorded", Pace::kRecorded}, {"unpaced", Pace::kUnpaced}})
        .DisplayName("Pace")
        .Group("Playback");
    d.Field("framing", &C::framing,
            "boundary shows each frame at once in every browser. length gives each part a Content-Length, "
            "for clients that need one. Query: framing.",
            {{"boundary", PartFraming::kBoundary}, {"length", PartFraming::kLength}})
        .Importance(Importance::kLow)
        .DisplayName("Framing")
        .Group("Playback");
    d.Field("resume.rewind.ms", &C::resume_rewind,
            "A frame counts as seen when the viewer has had it for this long. What is not "
            "seen comes again after a reconnect.")
        .Range(0, 60000)
        .Importance(Importance::kLow)
        .DisplayName("Rewind")
        .Group("Playback");
    d.Field("stall.timeout.ms", &C::stall_timeout, "A viewer that takes nothing for this long is dropped.")
        .Range(100, 3600000)
        .Importance(Importance::kLow)
        .DisplayName("Stall time-out")
        .Group("HTTP");
    d.Rule("topics", OneTopic)
        .Rule("http.host", GoodHost)
        .Rule("http.path", GoodPath)
        .Rule("http.advertised.url", GoodAdvertisedUrl)
        .Rule("http.allowed.hosts", GoodHosts)
        .Rule("http.basic.auth", GoodBasicAuth)
        .Rule("http.bearer.token", GoodBearerToken)
        .Rule("access.control.allow.origin", GoodOrigins);
    return d;
  }();
  return def;
}

}  // namespace framespool::mjpeg
