#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/http_message.h"

namespace framespool::mjpeg {

/// Reads the values of one request's query and remembers the first that is wrong. Lives for one call.
class QueryValues {
 public:
  explicit QueryValues(const Request& request) : request_(request) {}

  /// What is wrong, with what is allowed; empty while nothing is.
  const std::string& problem() const { return problem_; }
  void Complain(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
  }
  std::optional<std::string> Text(std::string_view key) const { return request_.Query(key); }

  /// One of two words: true for `yes`, false for `no`.
  std::optional<bool> Either(std::string_view key, std::string_view yes, std::string_view no);
  /// A whole number from 0 on.
  std::optional<std::int64_t> Count(std::string_view key);
  /// 16 to 4096 pixels; 0 when it is not there.
  int Width();
  /// One such width for all of `count`, or one for each with commas between, where 0 is as it is.
  std::vector<int> Widths(std::size_t count);
  /// 0.1 to 60 a second; 0 when it is not there.
  double Fps();
  /// 0.25 to 16; 1 when it is not there.
  double Speed();
  /// The same, or 0 for a clock that stands.
  double SpeedOrStill();
  /// From 1 to 100,000; 1 when it is not there.
  double TimeLapse();
  /// 1 to 100 letters, digits and - . _ only; empty when it is not there.
  std::string Name(std::string_view key);
  void Wrong(std::string_view key, std::string_view wanted, const std::string& found);

 private:
  double Number(std::string_view key, double least, double most, double otherwise, std::string_view wanted);

  const Request& request_;
  std::string problem_;
};

}  // namespace framespool::mjpeg
