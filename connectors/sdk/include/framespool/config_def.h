#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <ratio>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "framespool/config_value.h"
#include "framespool/errors.h"

namespace framespool {

/// A configuration as it is stored and sent: names and values, all text.
using RawConfig = std::map<std::string, std::string>;

/// Kafka Connect's config types, as far as they are used here.
enum class FieldType { kBoolean, kInt, kLong, kDouble, kString, kList, kPassword };
enum class Importance { kHigh, kMedium, kLow };
enum class Width { kNone, kShort, kMedium, kLong };
/// What a value stands for beyond its type. The worker checks what follows from it, for every connector in the same
/// way: that a topic may be called so, that a pattern of names of topics is a regular expression (RE2), that a file
/// lies where connectors may open files (file.roots), that no two connectors answer at the same place (the address
/// kHost, the port kPort and the path kUrlPath of it; a connector without a path has the whole port), and that nobody
/// listens beyond this machine who asks nobody who he is: where the worker has no users, a kHost like 0.0.0.0 needs a
/// kCredential that is set. Of a list: each item.
enum class Role { kNone, kTopic, kPath, kUrl, kPort, kHost, kUrlPath, kCredential, kTopicPattern };

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

/// What Validate() says of one field. Bad input is an answer, not an exception.
struct FieldResult {
  std::string name;
  std::optional<std::string> value;
  std::vector<Problem> errors;  // each with its field
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

template <class T>
struct DurationOf : std::false_type {};
template <class Rep, class Period>
struct DurationOf<std::chrono::duration<Rep, Period>> : std::true_type {
  using Count = Rep;
  static std::string Unit() {
    if constexpr (std::same_as<Period, std::milli>)
      return "ms";
    else if constexpr (std::same_as<Period, std::ratio<1>>)
      return "s";
    else
      return "";
  }
};

template <class T>
constexpr FieldType TypeOf() {
  if constexpr (DurationOf<T>::value)
    return TypeOf<typename DurationOf<T>::Count>();
  else if constexpr (std::same_as<T, Bytes> || std::same_as<T, std::int64_t>)
    return FieldType::kLong;
  else if constexpr (std::same_as<T, bool>)
    return FieldType::kBoolean;
  else if constexpr (std::same_as<T, std::int32_t>)
    return FieldType::kInt;
  else if constexpr (std::same_as<T, double>)
    return FieldType::kDouble;
  else if constexpr (std::same_as<T, std::vector<std::string>>)
    return FieldType::kList;
  else
    return FieldType::kString;
}

}  // namespace detail

/// A bound of a field: as a whole number where it is one.
inline std::string FormatBound(double v) {
  return v == static_cast<double>(static_cast<std::int64_t>(v)) ? FormatValue(static_cast<std::int64_t>(v))
                                                                : FormatValue(v);
}

/// What is wrong with `text` as the value of `spec`, or nothing. Text comes trimmed, as Kafka's config parser does.
/// Used by the host on a manifest's fields and by ConfigDef on its own, so both say the same.
inline std::optional<Problem> FieldProblem(const FieldSpec& spec, std::string_view text) {
  const auto found = [&](ProblemKind kind, std::string wanted) {
    const bool secret = spec.type == FieldType::kPassword;
    Problem problem{
        .field = spec.name,
        .message = "must be " + std::move(wanted) + ", but is \"" + (secret ? "[hidden]" : std::string(text)) + "\"",
        .kind = kind};
    if (!secret) problem.facts["value"] = std::string(text);
    if (spec.min) problem.facts["min"] = *spec.min;
    if (spec.max) problem.facts["max"] = *spec.max;
    return problem;
  };
  const auto range = [&] {
    if (spec.min && spec.max) return " between " + FormatBound(*spec.min) + " and " + FormatBound(*spec.max);
    if (spec.min) return " of at least " + FormatBound(*spec.min);
    if (spec.max) return " of at most " + FormatBound(*spec.max);
    return std::string();
  };
  double number = 0;
  switch (spec.type) {
    case FieldType::kBoolean: {
      bool value = false;
      if (!ParseValue(text, value)) return found(kind::kWrongType, "true or false");
      break;
    }
    case FieldType::kInt:
    case FieldType::kLong: {
      std::int64_t value = 0;
      std::int32_t narrow = 0;
      if (spec.type == FieldType::kInt ? !ParseValue(text, narrow) : !ParseValue(text, value)) {
        return found(kind::kWrongType, "a whole number" + range());
      }
      number = spec.type == FieldType::kInt ? narrow : static_cast<double>(value);
      break;
    }
    case FieldType::kDouble:
      if (!ParseValue(text, number) || number != number) return found(kind::kWrongType, "a number" + range());
      break;
    case FieldType::kString:
    case FieldType::kPassword:
    case FieldType::kList:
      if (!spec.default_value && Trim(text).empty())
        return Problem{.field = spec.name, .message = "must not be empty", .kind = kind::kRequired};
      break;
  }
  if ((spec.min && number < *spec.min) || (spec.max && number > *spec.max)) {
    return found(kind::kOutOfRange, (spec.type == FieldType::kDouble ? "a number" : "a whole number") + range());
  }
  if (!spec.choices.empty() && std::find(spec.choices.begin(), spec.choices.end(), text) == spec.choices.end()) {
    std::string allowed;
    for (const std::string& choice : spec.choices) allowed += (allowed.empty() ? "" : ", ") + choice;
    return found(kind::kNotAllowed, "one of " + allowed);
  }
  return std::nullopt;
}

/// FieldProblem for each of `fields`, in order; the values are defaults where `raw` has none.
inline std::vector<FieldResult> ValidateFields(std::span<const FieldSpec> fields, const RawConfig& raw) {
  std::vector<FieldResult> results;
  results.reserve(fields.size());
  for (const FieldSpec& spec : fields) {
    FieldResult result{.name = spec.name, .value = spec.default_value, .errors = {}};
    if (const auto given = raw.find(spec.name); given != raw.end()) result.value = Trim(given->second);
    if (!result.value) {
      result.errors.push_back(
          {.field = spec.name, .message = "is required and has no default", .kind = kind::kRequired});
    } else if (auto problem = FieldProblem(spec, *result.value)) {
      result.errors.push_back(std::move(*problem));
    }
    results.push_back(std::move(result));
  }
  return results;
}

template <class T>
concept FieldValue = std::same_as<T, std::string> || std::same_as<T, bool> || std::same_as<T, std::int32_t> ||
    std::same_as<T, std::int64_t> || std::same_as<T, double> || std::same_as<T, std::vector<std::string>> ||
    std::same_as<T, Bytes> || detail::DurationOf<T>::value;

/// Declares each field of `Config` once: its name, the member that holds it, and what it means. The type comes from the
/// member, the default from the member's initialiser. Build it once, in a function-local static; then it is immutable.
///
/// To REST and to tools a std::chrono duration and Bytes are the whole numbers that they count, with a unit; an enum is
/// a STRING of which only its names are allowed.
template <class Config>
class ConfigDef final : public ConfigSchema {
 public:
  /// Declares a field; the calls that follow refine it.
  template <FieldValue T>
  ConfigDef& Field(std::string name, T Config::*member, std::string doc) {
    FieldSpec& spec = Add(std::move(name), detail::TypeOf<T>(), std::move(doc), FormatValue(Config{}.*member));
    if constexpr (std::same_as<T, Bytes>) spec.unit = "bytes";
    if constexpr (detail::DurationOf<T>::value) spec.unit = detail::DurationOf<T>::Unit();
    setters_.push_back([member](Config& config, std::string_view text) { ParseValue(text, config.*member); });
    return *this;
  }
  /// A field with one of a few values, each by its name in configs: {{"realtime", Pace::kRealtime}, …}.
  template <class E>
  requires std::is_enum_v<E> ConfigDef& Field(std::string name, E Config::*member, std::string doc,
                                              std::type_identity_t<std::vector<std::pair<std::string, E>>> names) {
    const auto usual = std::find_if(names.begin(), names.end(),
                                    [value = Config{}.*member](const auto& each) { return each.second == value; });
    FieldSpec& spec = Add(std::move(name), FieldType::kString, std::move(doc), usual->first);
    for (const auto& each : names) spec.choices.push_back(each.first);
    setters_.push_back([member, names = std::move(names)](Config& config, std::string_view text) {
      for (const auto& [word, value] : names) {
        if (word == text) config.*member = value;
      }
    });
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

  /// A rule over several fields, without I/O. Returns what is wrong, of which `field` is filled in, or nothing. Asked
  /// only when every field by itself is good.
  ConfigDef& Rule(std::string field, std::function<std::optional<Problem>(const Config&)> rule) {
    rules_.emplace_back(std::move(field), std::move(rule));
    return *this;
  }

  std::span<const FieldSpec> fields() const noexcept override { return specs_; }

  std::vector<FieldResult> Validate(const RawConfig& raw) const override {
    Config unused;
    return Read(raw, unused);
  }

  /// Throws ConfigError with a problem for every bad field.
  Config Parse(const RawConfig& raw) const {
    Config config;
    std::vector<Problem> problems;
    for (FieldResult& result : Read(raw, config)) {
      for (Problem& problem : result.errors) problems.push_back(std::move(problem));
    }
    if (!problems.empty()) throw ConfigError(std::move(problems));
    return config;
  }

  /// What can be read of `raw`: a field whose value is missing or bad has its default. For who asks before the config
  /// is checked, or of one that an earlier release has let through. Never throws.
  Config ReadGood(const RawConfig& raw) const {
    Config config;
    Read(raw, config);
    return config;
  }

 private:
  FieldSpec& Add(std::string name, FieldType type, std::string doc, std::string usual) {
    FieldSpec& spec = specs_.emplace_back();
    spec.name = std::move(name);
    spec.type = type;
    spec.doc = std::move(doc);
    spec.default_value = std::move(usual);
    return spec;
  }

  std::vector<FieldResult> Read(const RawConfig& raw, Config& config) const {
    std::vector<FieldResult> results = ValidateFields(specs_, raw);
    bool readable = true;
    for (std::size_t i = 0; i < specs_.size(); ++i) {
      readable &= results[i].errors.empty();
      if (results[i].errors.empty()) setters_[i](config, *results[i].value);
    }
    if (!readable) return results;
    for (const auto& [field, rule] : rules_) {
      if (auto problem = rule(config)) {
        problem->field = field;
        for (FieldResult& result : results) {
          if (result.name == field) result.errors.push_back(*problem);
        }
      }
    }
    return results;
  }

  std::vector<FieldSpec> specs_;
  std::vector<std::function<void(Config&, std::string_view)>> setters_;
  std::vector<std::pair<std::string, std::function<std::optional<Problem>(const Config&)>>> rules_;
};

}  // namespace framespool
