#include "http/port_registry.h"

#include <algorithm>
#include <boost/system/system_error.hpp>

#include "framespool/errors.h"
#include "http/port_owner.h"

namespace framespool::mjpeg {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

asio::ip::address AddressOf(const std::string& host) {
  return asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host);
}

/// True when `inner` is one of the pages that a sink at `outer` has below it.
bool IsPageOf(const std::string& inner, const std::string& outer) {
  const std::string below = outer == "/" ? "" : outer;
  for (const char* page : {"/snapshot", "/status", "/frames", "/watch", "/timeline", "/clip", "/mux"}) {
    const std::string name = below + page;
    if (inner == name || inner.starts_with(name + "/")) return true;
  }
  return false;
}

std::string Name(const asio::ip::address& address, std::uint16_t port) {
  return "port " + std::to_string(port) + " on " + address.to_string();
}

Problem BindError(const asio::ip::address& address, std::uint16_t port, const error_code& error) {
  const Fields place{{"port", std::int64_t{port}}, {"address", address.to_string()}};
  if (error == asio::error::address_in_use) {
    return {.field = "http.port",
            .message = Name(address, port) + " is already in use by " + PortOwner(port) +
                       "; choose another http.port (0 picks a free one), or stop that program",
            .kind = kind::kPortInUse,
            .facts = place};
  }
  if (error == asio::error::access_denied) {
    return {.field = "http.port",
            .message = Name(address, port) + " needs more rights than this worker has; choose a port from 1024 on",
            .kind = "port-needs-rights",
            .facts = place};
  }
  if (error == boost::system::errc::address_not_available) {
    return {.field = "http.host",
            .message = address.to_string() +
                       " is not an address of this machine; use 127.0.0.1, 0.0.0.0 for all, or "
                       "one that `ip address` lists",
            .kind = "address-not-here",
            .facts = place};
  }
  return {.field = "http.port",
          .message = "cannot listen on " + Name(address, port) + ": " + error.message(),
          .kind = "port-unusable",
          .facts = place};
}

/// `message` says what is in the way of `place`, which `owner` has.
Problem Taken(const Place& place, std::string message, const std::string& owner) {
  return {.field = "http.path",
          .message = std::move(message),
          .kind = kind::kPathInUse,
          .facts = {{"path", place.path}, {"port", std::int64_t{place.port}}, {"owner", owner}}};
}

}  // namespace

PortRegistry::Held* PortRegistry::Find(const asio::ip::address& address, std::uint16_t port) {
  const auto found = std::find_if(held_.begin(), held_.end(), [&](const Held& held) {
    return held.port->endpoint() == tcp::endpoint(address, port);
  });
  return found == held_.end() ? nullptr : &*found;
}

std::vector<Problem> PortRegistry::Check(const Place& place, const std::string& connector) {
  const std::lock_guard lock(mutex_);
  return CheckLocked(place, connector);
}

std::vector<Problem> PortRegistry::CheckLocked(const Place& place, const std::string& connector) {
  const asio::ip::address address = AddressOf(place.host);
  if (Held* held = place.port == 0 ? nullptr : Find(address, place.port)) {
    for (const auto& [path, owner] : held->port->Mounted()) {
      if (owner == connector) continue;
      if (path == place.path) {
        return {Taken(place,
                      place.path + " of " + Name(address, place.port) + " already belongs to the connector " + owner +
                          "; choose another http.path or http.port",
                      owner)};
      }
      if (IsPageOf(place.path, path) || IsPageOf(path, place.path)) {
        return {Taken(place,
                      place.path + " collides with the pages of the connector " + owner + " at " + path + " of " +
                          Name(address, place.port) + "; choose another http.path or http.port",
                      owner)};
      }
    }
    return {};
  }
  for (const Held& held : held_) {
    if (place.port == 0 || held.port->endpoint().port() != place.port) continue;
    const auto mounted = held.port->Mounted();
    const auto other =
        std::find_if(mounted.begin(), mounted.end(), [&](const auto& each) { return each.second != connector; });
    const asio::ip::address theirs = held.port->endpoint().address();
    // Its own listener goes away before the new one comes.
    if (other == mounted.end()) return {};
    if (theirs.is_unspecified() || address.is_unspecified()) {
      return {{.field = "http.port",
               .message = Name(theirs, place.port) + " belongs to the connector " + other->second +
                          "; use the same http.host to share it, or another http.port",
               .kind = kind::kPortInUse,
               .facts = {{"port", std::int64_t{place.port}}, {"owner", other->second}}}};
    }
  }
  asio::io_context io;
  tcp::acceptor trial(io);
  error_code error;
  const tcp::endpoint wanted(address, place.port);
  trial.open(wanted.protocol(), error);
  if (!error) trial.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) trial.bind(wanted, error);
  if (!error) trial.listen(1, error);
  if (error) return {BindError(address, place.port, error)};
  return {};
}

std::shared_ptr<HttpPort> PortRegistry::Open(const Place& place, const std::string& connector, TlsServer* tls,
                                             const std::function<std::shared_ptr<Mount>(HttpPort&)>& make_mount) {
  const std::lock_guard lock(mutex_);
  const asio::ip::address address = AddressOf(place.host);
  if (auto problems = CheckLocked(place, connector); !problems.empty()) throw ConfigError(std::move(problems));
  Held* held = place.port == 0 ? nullptr : Find(address, place.port);
  if (held == nullptr) {
    try {
      held_.push_back({std::make_shared<HttpPort>(address, place.port, tls, channels_, scaled_.Get()), 0});
    } catch (const boost::system::system_error& error) {
      throw ConfigError(BindError(address, place.port, error.code()));
    }
    held = &held_.back();
  } else if (held->port->Mounted().contains(place.path)) {
    throw ConfigError(Taken(place,
                            place.path + " of " + Name(address, place.port) + " is still served by a task of " +
                                connector + "; wait until that task has stopped",
                            connector));
  }
  try {
    held->port->Add(place.path, make_mount(*held->port));
  } catch (...) {
    if (held->sinks == 0) held_.pop_back();
    throw;
  }
  ++held->sinks;
  return held->port;
}

void PortRegistry::Close(std::shared_ptr<HttpPort> port, const std::string& path) {
  // The lock is kept while the io thread ends: whoever opens the same port next must find it free.
  const std::lock_guard lock(mutex_);
  port->Remove(path);
  const auto held = std::find_if(held_.begin(), held_.end(), [&](const Held& each) { return each.port == port; });
  if (held == held_.end() || --held->sinks > 0) return;
  held_.erase(held);
  port.reset();
}

}  // namespace framespool::mjpeg
