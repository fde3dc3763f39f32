#include "cluster/placement.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace framespool::cluster {

struct Placement::Node {
  enum class Kind { kHas, kEquals, kDiffers, kNot, kAll, kAny } kind = Kind::kAll;
  std::string label;
  std::string pattern;
  std::vector<Node> parts;  // of kNot one, of kAll and kAny any number
};

namespace {

using Node = Placement::Node;

constexpr std::size_t kLongest = 1000;  // characters
constexpr int kDeepest = 30;            // parentheses and `!` in each other

bool Matches(std::string_view text, std::string_view pattern) {
  std::size_t at = 0;
  std::size_t next = 0;
  std::optional<std::pair<std::size_t, std::size_t>> retry;  // behind the last `*`: of the pattern, and of the text
  while (at < text.size()) {
    if (next < pattern.size() && pattern[next] == '*') {
      retry = {++next, at};
    } else if (next < pattern.size() && (pattern[next] == '?' || pattern[next] == text[at])) {
      ++next;
      ++at;
    } else if (retry) {
      next = retry->first;
      at = ++retry->second;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', next) == std::string_view::npos;
}

/// By recursive descent; `problem` is set with the first thing that is wrong, and nothing is read behind it.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::optional<Node> Whole() {
    Node node = Any(0);
    Blanks();
    if (problem_.empty() && at_ < text_.size()) Fail("&&, || or the end is expected");
    return problem_.empty() ? std::optional(std::move(node)) : std::nullopt;
  }
  const std::string& problem() const noexcept { return problem_; }

 private:
  void Fail(const std::string& what) {
    if (problem_.empty()) problem_ = what + " at character " + std::to_string(at_ + 1);
    at_ = text_.size();
  }
  void Blanks() { at_ = std::min(text_.find_first_not_of(" \t", at_), text_.size()); }
  bool Take(std::string_view token) {
    Blanks();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }
  std::string Word() {
    Blanks();
    const std::size_t end = std::min(text_.find_first_of(" \t=!&|()", at_), text_.size());
    return std::string(text_.substr(std::exchange(at_, end), end - at_));
  }

  Node Any(int depth) {
    Node node = All(depth);
    while (Take("||")) {
      if (node.kind != Node::Kind::kAny) node = Above(Node::Kind::kAny, std::move(node));
      node.parts.push_back(All(depth));
    }
    return node;
  }
  Node All(int depth) {
    Node node = Above(Node::Kind::kAll, One(depth));
    while (Take("&&")) node.parts.push_back(One(depth));
    return node;
  }
  static Node Above(Node::Kind kind, Node part) {
    Node node{.kind = kind, .label = {}, .pattern = {}, .parts = {}};
    node.parts.push_back(std::move(part));
    return node;
  }
  Node One(int depth) {
    if (depth > kDeepest) Fail("less depth is expected");
    if (Take("!")) return Above(Node::Kind::kNot, One(depth + 1));
    if (Take("(")) {
      Node inside = Any(depth + 1);
      if (!Take(")")) Fail("a ) is expected");
      return inside;
    }
    Node node{.kind = Node::Kind::kHas, .label = Word(), .pattern = {}, .parts = {}};
    if (node.label.empty()) Fail("the name of a label is expected");
    if (Take("!="))
      node.kind = Node::Kind::kDiffers;
    else if (Take("="))
      node.kind = Node::Kind::kEquals;
    if (node.kind == Node::Kind::kHas) return node;
    node.pattern = Word();
    if (node.pattern.empty()) Fail("a pattern is expected");
    return node;
  }

  const std::string_view text_;
  std::size_t at_ = 0;
  std::string problem_;
};

}  // namespace

base::Outcome<Placement> Placement::Parse(std::string_view text) {
  Placement placement;
  if (text.find_first_not_of(" \t") == std::string_view::npos) return placement;
  const auto refuse = [&](const std::string& what) {
    return base::Refuse(
        base::Reason::kInvalid,
        Problem{.field = "placement", .message = "is no expression of labels as in site=berlin && gpu: " + what});
  };
  if (text.size() > kLongest) return refuse("at most " + std::to_string(kLongest) + " characters are expected");
  Parser parser(text);
  auto root = parser.Whole();
  if (!root) return refuse(parser.problem());
  placement.root_ = std::make_shared<const Node>(*std::move(root));
  return placement;
}

bool Placement::Holds(const Node& node, const Labels& labels) {
  const auto holds = [&](const Node& part) { return Holds(part, labels); };
  const auto found = labels.find(node.label);
  switch (node.kind) {
    case Node::Kind::kHas: return found != labels.end();
    case Node::Kind::kEquals: return found != labels.end() && Matches(found->second, node.pattern);
    case Node::Kind::kDiffers: return found == labels.end() || !Matches(found->second, node.pattern);
    case Node::Kind::kNot: return !holds(node.parts.front());
    case Node::Kind::kAll: return std::all_of(node.parts.begin(), node.parts.end(), holds);
    case Node::Kind::kAny: return std::any_of(node.parts.begin(), node.parts.end(), holds);
  }
  return false;
}

}  // namespace framespool::cluster
