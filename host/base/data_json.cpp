#include "base/data_json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include <nlohmann/json.hpp>

namespace framespool {

namespace {

// In the order of the schema, as a person wrote it.
using OrderedJson = nlohmann::ordered_json;

std::string Base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t have = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < have ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) text += k <= have ? kDigits[group >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

struct DataWriter {
  OrderedJson operator()(std::monostate) const { return nullptr; }
  OrderedJson operator()(const Payload& bytes) const { return Base64(bytes.text()); }
  // JSON has no numbers for the others: they are text, as JsonConverter writes them.
  OrderedJson operator()(double value) const {
    if (std::isfinite(value)) return value;
    return std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  }
  // The shortest text of a float, not that of the double next to it.
  OrderedJson operator()(float value) const {
    if (!std::isfinite(value)) return (*this)(double{value});
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, value).ptr;
    return std::strtod(std::string(text, end).c_str(), nullptr);
  }
  OrderedJson operator()(const Array& array) const {
    OrderedJson list = OrderedJson::array();
    for (const Datum& item : array) list.push_back(Write(item));
    return list;
  }
  OrderedJson operator()(const Map& map) const {
    const bool is_object = std::all_of(
        map.begin(), map.end(), [](const auto& entry) { return std::holds_alternative<std::string>(entry.first.is); });
    OrderedJson json = is_object ? OrderedJson::object() : OrderedJson::array();
    for (const auto& [key, value] : map) {
      if (is_object) {
        json[std::get<std::string>(key.is)] = Write(value);
      } else {
        json.push_back(OrderedJson::array({Write(key), Write(value)}));
      }
    }
    return json;
  }
  OrderedJson operator()(const Struct& record) const {
    OrderedJson json = OrderedJson::object();
    for (std::size_t i = 0; i < record.values.size(); ++i) {
      json[record.schema->fields.at(i).name] = Write(record.values[i]);
    }
    return json;
  }
  template <class T>
  OrderedJson operator()(const T& plain) const {
    return plain;
  }

  static OrderedJson Write(const Datum& datum) { return std::visit(DataWriter(), datum.is); }
};

}  // namespace

std::string ToJson(const Data& data) {
  return DataWriter::Write(data.value).dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

}  // namespace framespool
