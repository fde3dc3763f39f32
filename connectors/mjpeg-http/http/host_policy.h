#pragma once

#include <framespool/http/host_policy.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace framespool::mjpeg {

/// By which names a sink answers. `bound`: http.host. `advertised`: http.advertised.url. `listed`: http.allowed.hosts.
/// Where it listens beyond this machine also by this machine's name.
http::HostPolicy SinkHosts(const std::string& bound, std::string_view advertised,
                           const std::vector<std::string>& listed);

/// What is wrong with http.allowed.hosts.
std::optional<std::string> WrongHosts(const std::vector<std::string>& listed);
/// What is wrong with http.advertised.url; empty is right.
std::optional<std::string> WrongAdvertisedUrl(const std::string& url);

}  // namespace framespool::mjpeg
