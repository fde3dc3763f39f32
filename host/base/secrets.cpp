#include "base/secrets.h"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <unordered_set>
#include <utility>
#include <variant>

#include <base/escape.h>
#include <framespool/config_value.h>
#include <nlohmann/json.hpp>

namespace framespool::base {

namespace {

constexpr std::size_t kRun = 8;       // bytes of a long value that are hidden wherever they stand
constexpr std::size_t kShortest = 4;  // of a value that is hidden also within a word
using Marks = std::vector<bool>;      // of each byte of a text: whether it is hidden

bool IsWord(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

std::string PercentEncoded(std::string_view text) {
  constexpr const char* kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (IsWord(c) || std::string_view("-._~").find(c) != std::string_view::npos)
      encoded += c;
    else
      encoded.append("%").append(1, kDigits[byte >> 4]).append(1, kDigits[byte & 15]);
  }
  return encoded;
}

std::string JsonEscaped(std::string_view text) {
  const std::string quoted =
      nlohmann::json(std::string(text)).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return quoted.substr(1, quoted.size() - 2);
}

/// What of `value` may stand alone in a message: items of a list, the password of a URL.
std::vector<std::string> PartsOf(const std::string& value) {
  std::vector<std::string> parts;
  ParseValue(value, parts);
  const auto scheme = value.find("://");
  if (scheme == std::string::npos) return parts;
  const auto user = scheme + 3;
  const auto at = value.rfind('@', value.find_first_of("/?#", user));
  const auto colon = value.find(':', user);
  if (at != std::string::npos && at > user && colon < at) parts.push_back(value.substr(colon + 1, at - colon - 1));
  return parts;
}

std::uint64_t RunAt(std::string_view text, std::size_t at) {
  std::uint64_t run = 0;
  std::memcpy(&run, text.data() + at, kRun);
  return run;
}

void Mark(Marks& marks, std::size_t at, std::size_t length) {
  std::fill_n(marks.begin() + static_cast<std::ptrdiff_t>(at), length, true);
}

std::string Written(std::string_view text, const Marks& marks) {
  std::string written;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!marks[i])
      written += text[i];
    else if (i == 0 || !marks[i - 1])
      written += Secrets::kHidden;
  }
  return written;
}

}  // namespace

struct Secrets::Known {
  std::set<std::string> given;
  std::set<std::string> forms;  // the given ones, their parts, and each as it may be written
  std::unordered_set<std::uint64_t> runs;
};

Secrets::Secrets(const std::set<std::string>& values) {
  auto known = std::make_shared<Known>();
  for (const std::string& value : values) {
    const std::string trimmed(Trim(value));
    if (trimmed.empty()) continue;
    known->given.insert(trimmed);
    std::vector<std::string> parts = PartsOf(trimmed);
    parts.push_back(trimmed);
    for (const std::string& part : parts) {
      for (std::string form : {part, log::Escaped(part), JsonEscaped(part), PercentEncoded(part)})
        known->forms.insert(std::move(form));
    }
    std::int64_t number = 0;
    if (ParseValue(trimmed, number)) known->forms.insert(FormatValue(number));
  }
  for (const std::string& form : known->forms) {
    for (std::size_t at = 0; at + kRun <= form.size(); ++at) known->runs.insert(RunAt(form, at));
  }
  if (!known->given.empty()) known_ = std::move(known);
}

Secrets Secrets::With(const Secrets& others) const {
  if (empty() || known_ == others.known_) return others;
  if (others.empty()) return *this;
  std::set<std::string> all = known_->given;
  all.insert(others.known_->given.begin(), others.known_->given.end());
  return Secrets(all);
}

std::string Secrets::Hidden(std::string_view text) const {
  if (empty()) return std::string(text);
  Marks marks(text.size(), false);
  for (const std::string& form : known_->forms) {
    if (form.size() >= kRun) continue;
    for (std::size_t at = 0; (at = text.find(form, at)) != std::string_view::npos; ++at) {
      const std::size_t end = at + form.size();
      const bool alone = (at == 0 || !IsWord(text[at - 1])) && (end == text.size() || !IsWord(text[end]));
      if (alone || form.size() >= kShortest) Mark(marks, at, form.size());
    }
  }
  for (std::size_t at = 0; at + kRun <= text.size(); ++at) {
    if (known_->runs.contains(RunAt(text, at))) Mark(marks, at, kRun);
  }
  return Written(text, marks);
}

std::string Secrets::HiddenWhole(std::string_view text) const {
  if (empty()) return std::string(text);
  Marks marks(text.size(), false);
  for (const std::string& form : known_->forms) {
    if (form.size() < kRun) continue;
    for (std::size_t at = 0; (at = text.find(form, at)) != std::string_view::npos; ++at) Mark(marks, at, form.size());
  }
  return Written(text, marks);
}

Problem Secrets::Hidden(Problem problem) const {
  if (empty()) return problem;
  problem.message = Hidden(problem.message);
  problem.facts = Hidden(std::move(problem.facts));
  return problem;
}

std::vector<Problem> Secrets::Hidden(std::vector<Problem> problems) const {
  for (Problem& problem : problems) problem = Hidden(std::move(problem));
  return problems;
}

Fields Secrets::Hidden(Fields fields) const {
  if (empty()) return fields;
  for (auto& [name, value] : fields) {
    if (auto* text = std::get_if<std::string>(&value)) {
      *text = Hidden(*text);
      continue;
    }
    if (std::holds_alternative<bool>(value)) continue;
    const std::string number = std::visit(
        [](const auto& each) {
          if constexpr (std::is_arithmetic_v<std::decay_t<decltype(each)>>) return FormatValue(each);
          return std::string();
        },
        value);
    if (number.size() >= kShortest && known_->forms.contains(number)) value = std::string(kHidden);
  }
  return fields;
}

namespace {

struct Hiding {
  std::string owner;
  Secrets secrets;

  bool Owns(std::string_view logger) const {
    return owner == "root" || logger == owner ||
           (logger.size() > owner.size() && logger.starts_with(owner) && logger[owner.size()] == '|');
  }
};
using Hidings = std::vector<std::shared_ptr<const Hiding>>;

/// What is hidden at the moment. The list is replaced, never changed: who writes a line only takes it.
struct Curtain {
  std::mutex mutex;
  std::shared_ptr<const Hidings> hidings = std::make_shared<const Hidings>();
  std::atomic<bool> used = false;

  std::shared_ptr<const Hidings> Get() {
    const std::lock_guard lock(mutex);
    return hidings;
  }
  template <class F>
  void Change(F change) {
    const std::lock_guard lock(mutex);
    auto changed = std::make_shared<Hidings>(*hidings);
    change(*changed);
    used = !changed->empty();
    hidings = std::move(changed);
  }
};

// Never destroyed: a task that was left behind may still log while the process ends.
Curtain& TheCurtain() {
  static Curtain& curtain = *new Curtain;
  return curtain;
}

}  // namespace

std::shared_ptr<const void> HideInLog(std::string owner, Secrets secrets) {
  if (secrets.empty()) return nullptr;
  auto hiding = std::make_shared<const Hiding>(Hiding{std::move(owner), std::move(secrets)});
  TheCurtain().Change([&](Hidings& all) { all.push_back(hiding); });
  return {hiding.get(), [hiding](const void*) { TheCurtain().Change([&](Hidings& all) { std::erase(all, hiding); }); }};
}

std::string WithoutSecrets(std::string_view logger, std::string_view message) {
  std::string text(message);
  if (!TheCurtain().used) return text;
  for (const auto& hiding : *TheCurtain().Get())
    text = hiding->Owns(logger) ? hiding->secrets.Hidden(text) : hiding->secrets.HiddenWhole(text);
  return text;
}

std::vector<Problem> WithoutSecrets(std::string_view logger, std::vector<Problem> problems) {
  if (!TheCurtain().used) return problems;
  for (const auto& hiding : *TheCurtain().Get()) {
    if (hiding->Owns(logger)) {
      problems = hiding->secrets.Hidden(std::move(problems));
      continue;
    }
    for (Problem& problem : problems) {
      problem.message = hiding->secrets.HiddenWhole(problem.message);
      for (auto& [name, fact] : problem.facts) {
        if (auto* text = std::get_if<std::string>(&fact)) *text = hiding->secrets.HiddenWhole(*text);
      }
    }
  }
  return problems;
}

}  // namespace framespool::base
