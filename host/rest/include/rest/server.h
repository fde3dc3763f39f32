#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <access/gatekeeper.h>
#include <framespool/tls.h>
#include <rest/worker.h>

namespace framespool::rest {

struct Listener {
  std::string host;  // a name or address as in a URL, IPv6 in brackets
  std::uint16_t port = 0;
  bool is_tls = false;  // https://
};

/// Who may call besides the pages of the worker itself, and by what certificate the worker is known.
struct Access {
  std::vector<std::string> allowed_hosts;    // names that the worker is called by, besides its own; "*": any
  std::vector<std::string> allowed_origins;  // of pages that may use the API, "https://host"; "*": all
  bool trust_forwarded = false;              // what a proxy says in X-Forwarded-* or Forwarded is believed
  access::SessionGate* gate = nullptr;       // knows the worker's users; null: nobody is asked. Outlives the server
  TlsServer* tls = nullptr;                  // answers those who come to a listener of https. Outlives the server
};

/// Parses the worker's `listeners`: a comma-separated list of http://host:port and https://host:port. Throws
/// ConfigError saying what is wrong.
std::vector<Listener> ParseListeners(const std::string& listeners);

/// The REST API on all of `listeners`, served from construction to destruction on its own threads ("rest-*"). Throws
/// std::runtime_error naming the address when one cannot be bound, std::logic_error for https without a certificate.
/// What `worker` names outlives it. The admin page is served at /ui/ when `page_folder` holds one; it is read once.
class Server {
 public:
  Server(const std::vector<Listener>& listeners, const Worker& worker, const std::filesystem::path& page_folder = {},
         const Access& access = {});
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  /// The URLs served, with the ports that port 0 got, in the order of `listeners`.
  const std::vector<std::string>& urls() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Name and version of what this room was built on: "Pistache 0.0.5".
std::string ServerLibrary();

}  // namespace framespool::rest
