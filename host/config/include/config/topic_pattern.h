#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace framespool::config {

/// A user's regular expression (RE2's syntax) of names of topics. A value, cheap to copy; any thread.
class TopicPattern {
 public:
  /// Matches nothing.
  TopicPattern() = default;
  /// One that is no regular expression matches nothing as well: to say so is CheckKeys()'s. Never throws for it.
  explicit TopicPattern(std::string text);

  const std::string& text() const noexcept { return text_; }
  bool empty() const noexcept { return text_.empty(); }
  /// Whether it matches the whole of `topic`, in time linear in its length.
  bool Matches(std::string_view topic) const;

 private:
  std::string text_;
  std::shared_ptr<const re2::RE2> compiled_;
};

}  // namespace framespool::config
