#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <base/outcome.h>

namespace framespool::cluster {

/// What a worker says of itself, for the eyes of `placement`: "site" is "berlin". A label without a value is there with
/// an empty one. Its id is the label "worker", whatever else it says.
using Labels = std::map<std::string, std::string>;

/// Where tasks of a connector may run: `worker=cam-*`, `site=berlin && gpu`, `!(site=lab || spare)`. A name alone asks
/// whether there is such a label; `=` and `!=` compare with a pattern of `*` (any text) and `?` (one character). `!`
/// binds closest, then `&&`, then `||`. A label that is not there is equal to nothing. Immutable and cheap to copy.
class Placement {
 public:
  /// Anywhere.
  Placement() = default;
  /// Refuses what is no such expression with Reason::kInvalid, and says where in it.
  static base::Outcome<Placement> Parse(std::string_view text);

  bool Allows(const Labels& labels) const { return !root_ || Holds(*root_, labels); }

  struct Node;

 private:
  static bool Holds(const Node& node, const Labels& labels);

  std::shared_ptr<const Node> root_;
};

}  // namespace framespool::cluster
