#pragma once

#include <algorithm>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "framespool/errors.h"

namespace framespool {

/// A configuration as it is stored and sent: names and values, all text.
using RawConfig = std::map<std::string, std::string>;

/// Kafka Connect's config types, as far as they are used here.
enum class FieldType { kBoolean, kInt, kLong, kDouble, kString, kList, kPassword };
enum class Importance { kHigh, kMedium, kLow };
enum class Width { kNone, kShort, kMedium, kLong };
/// What a value stands for beyond its type. The worker checks what follows from it, for every connector in the same
/// way: that a topic may be called so, that a file lies where connectors may open files (file.roots), that no two
/// connectors answer at the same place (the address kHost, the port kPort and the path kUrlPath of it; a connector
/// without a path has the whole port). Of a list: each item.
enum class Role { kNone, kTopic, kPath, kUrl, kPort, kHost, kUrlPath };

/// All there is to know of one field. Validation, REST, the JSON Schema, the README's table and the admin form are made
/// from this, so they cannot disagree.
struct FieldSpec {
  std::string name;
  FieldType type = FieldType::kString;
  std::string doc;                           // one or two sentences
  std::optional<std::string> default_value;  // nullopt: the field is required
  Importance importance = Importance::kMedium;
  std::string display_name;  // empty: the name
  std::string group;
  Width width = Width::kMedium;
  Role role = Role::kNone;
  std::string unit;  // "ms", "bytes", "fps", "px"; empty: none
  std::optional<double> min;
  std::optional<double> max;
  std::vector<std::string> choices;     // the only values allowed; empty: any
  std::vector<std::string> dependents;  // fields that mean something only with this one
};

/// One problem with one field; the message is a sentence without the field's name.
struct FieldError {
  std::string field;
  std::string message;
};

/// What Validate() says of one field. Bad input is an answer, not an exception.
struct FieldResult {
  std::string name;
  std::optional<std::string> value;
  std::vector<std::string> errors;
};

/// The type-erased side of ConfigDef, the only one the host sees.
class FRAMESPOOL_EXPORT ConfigSchema {
 public:
  virtual ~ConfigSchema() = default;
  virtual std::span<const FieldSpec> fields() const noexcept = 0;
  /// One result for each field, in the order of declaration. No I/O.
  virtual std::vector<FieldResult> Validate(const RawConfig& raw) const = 0;
};

namespace detail {

inline std::string_view Trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

inline std::string ToText(const std::string& v) { return v; }
inline std::string ToText(bool v) { return v ? "true" : "false"; }
inline std::string ToText(const std::vector<std::string>& v) {
  std::string text;
  for (const std::string& item : v) text += (text.empty() ? "" : ",") + item;
  return text;
}
template <class N>
requires(!std::same_as<N, bool> && (std::integral<N> || std::floating_point<N>)) std::string ToText(N v) {
  char text[32];
  auto [end, ec] = std::to_chars(text, text + sizeof text, v);
  return std::string(text, end);
}

inline bool FromText(std::string_view text, std::string& out) {
  out = text;
  return true;
}
inline bool FromText(std::string_view text, bool& out) {
  const auto is = [&](std::string_view word) {
    return std::equal(text.begin(), text.end(), word.begin(), word.end(),
                      [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
  };
  out = is("true");
  return out || is("false");
}
inline bool FromText(std::string_view text, std::vector<std::string>& out) {
  out.clear();
  while (!text.empty()) {
    const auto comma = text.find(',');
    if (const auto item = Trim(text.substr(0, comma)); !item.empty()) out.emplace_back(item);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return true;
}
template <class N>
requires(!std::same_as<N, bool> && (std::integral<N> || std::floating_point<N>)) bool FromText(std::string_view text,
                                                                                               N& out) {
  auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
  return ec == std::errc{} && end == text.data() + text.size();
}

template <class T>
constexpr FieldType TypeOf() {
  if constexpr (std::same_as<T, bool>)
    return FieldType::kBoolean;
  else if constexpr (std::same_as<T, std::int32_t>)
    return FieldType::kInt;
  else if constexpr (std::same_as<T, std::int64_t>)
    return FieldType::kLong;
  else if constexpr (std::same_as<T, double>)
    return FieldType::kDouble;
  else if constexpr (std::same_as<T, std::vector<std::string>>)
    return FieldType::kList;
  else
    return FieldType::kString;
}

inline std::string Number(double v) {
  return v == static_cast<double>(static_cast<std::int64_t>(v)) ? ToText(static_cast<std::int64_t>(v)) : ToText(v);
}

}  // namespace detail

/// What is wrong with `text` as the value of `spec`, or nothing. Text comes trimmed, as Kafka's config parser does.
/// Used by the host on a manifest's fields and by ConfigDef on its own, so both say the same.
inline std::optional<std::string> FieldProblem(const FieldSpec& spec, std::string_view text) {
  const auto found = [&](std::string wanted) {
    return "must be " + std::move(wanted) + ", but is \"" +
           (spec.type == FieldType::kPassword ? "[hidden]" : std::string(text)) + "\"";
  };
  const auto range = [&] {
    if (spec.min && spec.max) return " between " + detail::Number(*spec.min) + " and " + detail::Number(*spec.max);
    if (spec.min) return " of at least " + detail::Number(*spec.min);
    if (spec.max) return " of at most " + detail::Number(*spec.max);
    return std::string();
  };
  double number = 0;
  switch (spec.type) {
    case FieldType::kBoolean: {
      bool value = false;
      if (!detail::FromText(text, value)) return found("true or false");
      break;
    }
    case FieldType::kInt:
    case FieldType::kLong: {
      std::int64_t value = 0;
      std::int32_t narrow = 0;
      if (spec.type == FieldType::kInt ? !detail::FromText(text, narrow) : !detail::FromText(text, value)) {
        return found("a whole number" + range());
      }
      number = spec.type == FieldType::kInt ? narrow : static_cast<double>(value);
      break;
    }
    case FieldType::kDouble:
      if (!detail::FromText(text, number) || number != number) return found("a number" + range());
      break;
    case FieldType::kString:
    case FieldType::kPassword:
    case FieldType::kList:
      if (!spec.default_value && detail::Trim(text).empty()) return "must not be empty";
      break;
  }
  if ((spec.min && number < *spec.min) || (spec.max && number > *spec.max)) {
    return found((spec.type == FieldType::kDouble ? "a number" : "a whole number") + range());
  }
  if (!spec.choices.empty() && std::find(spec.choices.begin(), spec.choices.end(), text) == spec.choices.end()) {
    std::string allowed;
    for (const std::string& choice : spec.choices) allowed += (allowed.empty() ? "" : ", ") + choice;
    return found("one of " + allowed);
  }
  return std::nullopt;
}

/// FieldProblem for each of `fields`, in order; the values are defaults where `raw` has none.
inline std::vector<FieldResult> ValidateFields(std::span<const FieldSpec> fields, const RawConfig& raw) {
  std::vector<FieldResult> results;
  results.reserve(fields.size());
  for (const FieldSpec& spec : fields) {
    FieldResult result{.name = spec.name, .value = spec.default_value, .errors = {}};
    if (const auto given = raw.find(spec.name); given != raw.end()) result.value = detail::Trim(given->second);
    if (!result.value) {
      result.errors.push_back("is required and has no default");
    } else if (auto problem = FieldProblem(spec, *result.value)) {
      result.errors.push_back(std::move(*problem));
    }
    results.push_back(std::move(result));
  }
  return results;
}

template <class T>
concept FieldValue = std::same_as<T, std::string> || std::same_as<T, bool> || std::same_as<T, std::int32_t> ||
    std::same_as<T, std::int64_t> || std::same_as<T, double> || std::same_as<T, std::vector<std::string>>;

/// Declares each field of `Config` once: its name, the member that holds it, and what it means. The type comes from the
/// member, the default from the member's initialiser. Build it once, in a function-local static; then it is immutable.
template <class Config>
class ConfigDef final : public ConfigSchema {
 public:
  /// Declares a field; the calls that follow refine it.
  template <FieldValue T>
  ConfigDef& Field(std::string name, T Config::*member, std::string doc) {
    FieldSpec spec;
    spec.name = std::move(name);
    spec.type = detail::TypeOf<T>();
    spec.doc = std::move(doc);
    spec.default_value = detail::ToText(Config{}.*member);
    specs_.push_back(std::move(spec));
    setters_.push_back(
        [member](Config& config, std::string_view text) { return detail::FromText(text, config.*member); });
    return *this;
  }
  ConfigDef& Required() {
    specs_.back().default_value.reset();
    return Importance(framespool::Importance::kHigh);
  }
  ConfigDef& Importance(framespool::Importance importance) { return specs_.back().importance = importance, *this; }
  ConfigDef& Range(double min, double max) { return specs_.back().min = min, specs_.back().max = max, *this; }
  ConfigDef& AtLeast(double min) { return specs_.back().min = min, *this; }
  ConfigDef& OneOf(std::vector<std::string> choices) { return specs_.back().choices = std::move(choices), *this; }
  ConfigDef& DisplayName(std::string name) { return specs_.back().display_name = std::move(name), *this; }
  ConfigDef& Group(std::string group) { return specs_.back().group = std::move(group), *this; }
  ConfigDef& Unit(std::string unit) { return specs_.back().unit = std::move(unit), *this; }
  ConfigDef& Width(framespool::Width width) { return specs_.back().width = width, *this; }
  ConfigDef& Role(framespool::Role role) { return specs_.back().role = role, *this; }
  ConfigDef& Dependents(std::vector<std::string> names) { return specs_.back().dependents = std::move(names), *this; }
  /// A secret: REST takes it, no log shows it.
  ConfigDef& Secret() { return specs_.back().type = FieldType::kPassword, *this; }

  /// A rule over several fields, without I/O. Returns the error for `field`, or nothing. Asked only when every field by
  /// itself is good.
  ConfigDef& Rule(std::string field, std::function<std::optional<std::string>(const Config&)> rule) {
    rules_.emplace_back(std::move(field), std::move(rule));
    return *this;
  }

  std::span<const FieldSpec> fields() const noexcept override { return specs_; }

  std::vector<FieldResult> Validate(const RawConfig& raw) const override {
    Config unused;
    return Read(raw, unused);
  }

  /// Throws ConfigError naming every bad field.
  Config Parse(const RawConfig& raw) const {
    Config config;
    std::string problems;
    for (const FieldResult& result : Read(raw, config)) {
      for (const std::string& error : result.errors)
        problems += (problems.empty() ? "" : "; ") + result.name + " " + error;
    }
    if (!problems.empty()) throw ConfigError(problems);
    return config;
  }

 private:
  std::vector<FieldResult> Read(const RawConfig& raw, Config& config) const {
    std::vector<FieldResult> results = ValidateFields(specs_, raw);
    bool readable = true;
    for (std::size_t i = 0; i < specs_.size(); ++i) {
      readable &= results[i].errors.empty();
      if (results[i].errors.empty()) setters_[i](config, *results[i].value);
    }
    if (!readable) return results;
    for (const auto& [field, rule] : rules_) {
      if (auto error = rule(config)) {
        for (FieldResult& result : results) {
          if (result.name == field) result.errors.push_back(*error);
        }
      }
    }
    return results;
  }

  std::vector<FieldSpec> specs_;
  std::vector<std::function<bool(Config&, std::string_view)>> setters_;
  std::vector<std::pair<std::string, std::function<std::optional<std::string>(const Config&)>>> rules_;
};

}  // namespace framespool
