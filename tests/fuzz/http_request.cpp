// Bytes of a client, as both servers read them: what comes in one piece and what comes in many is the same, and no
// request that a server gets has what a server behind it could read differently.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <framespool/http/request_reader.h>

#include "expect.h"

namespace {

using framespool::fuzz::Expect;
using framespool::http::Request;
using framespool::http::RequestLimits;
using framespool::http::RequestReader;

struct Outcome {
  std::vector<Request> requests;
  int refused = 0;  // its status
};

void Check(const Request& request, const RequestLimits& limits) {
  Expect(!request.method.empty(), "a request has a method");
  Expect(request.path.empty() || request.path[0] == '/' || request.path == "*", "a path begins with /");
  Expect(request.body.size() <= limits.body_bytes, "a body is no larger than the limit");
  for (const auto& [name, value] : request.headers) {
    Expect(!name.empty() && std::none_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; }),
           "names of headers are in lower case");
    Expect(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos, "a header is one line");
  }
}

/// Reads `bytes`, which come in pieces of `piece` bytes.
Outcome Read(std::string_view bytes, std::size_t piece, const RequestLimits& limits) {
  Outcome outcome;
  RequestReader reader(limits);
  while (!bytes.empty()) {
    const auto some = bytes.substr(0, piece);
    bytes.remove_prefix(some.size());
    if (!reader.Append(some)) return outcome;
    for (;;) {
      const auto result = reader.Next();
      if (result == RequestReader::Result::kMore) break;
      if (result == RequestReader::Result::kRefused) {
        outcome.refused = reader.refusal().status;
        Expect(outcome.refused >= 400 && outcome.refused < 600, "a refusal has a status of an error");
        return outcome;
      }
      outcome.requests.push_back(reader.TakeRequest());
      Check(outcome.requests.back(), limits);
    }
  }
  return outcome;
}

bool Same(const Request& a, const Request& b) {
  return a.method == b.method && a.path == b.path && a.query == b.query && a.headers == b.headers && a.body == b.body &&
         a.http_1_0 == b.http_1_0 && a.keep_alive == b.keep_alive;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const bool bodies : {true, false}) {
    const RequestLimits limits{.head_bytes = 2048, .body_bytes = 4096, .reads_bodies = bodies, .wants_host = bodies};
    const Outcome whole = Read(bytes, 512, limits);
    const Outcome pieces = Read(bytes, 1, limits);
    Expect(
        std::equal(whole.requests.begin(), whole.requests.end(), pieces.requests.begin(), pieces.requests.end(), Same),
        "the same requests come of the same bytes, however they come");
    // Of a chunk that is too large and no number either it is seen first what is seen first.
    Expect((whole.refused == 0) == (pieces.refused == 0), "the same bytes are refused, however they come");
  }
  return 0;
}
