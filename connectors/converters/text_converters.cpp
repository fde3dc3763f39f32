#include "text_converters.h"

#include <memory>
#include <stdexcept>

#include "number_converters.h"

namespace framespool::converters {

namespace {

SchemaPtr Optional(DataType type) { return std::make_shared<const Schema>(Schema{.type = type, .optional = true}); }

/// Whether `text` is UTF-8 as RFC 3629 has it.
bool IsUtf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    const unsigned first = byte(at);
    const std::size_t more = first < 0x80                    ? 0
                             : first >= 0xc2 && first < 0xe0 ? 1
                             : first >= 0xe0 && first < 0xf0 ? 2
                             : first >= 0xf0 && first < 0xf5 ? 3
                                                             : 4;
    if (more == 4) return false;
    for (std::size_t i = 1; i <= more; ++i) {
      if ((byte(at + i) & 0xc0) != 0x80) return false;
    }
    const unsigned second = byte(at + 1);
    if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) || (first == 0xf0 && second < 0x90) ||
        (first == 0xf4 && second > 0x8f)) {
      return false;
    }
    at += more + 1;
  }
  return true;
}

}  // namespace

const ConfigDef<ByteArrayConverter::Config>& ByteArrayConverter::Describe() {
  static const ConfigDef<Config> def;
  return def;
}

RecordValue ByteArrayConverter::FromData(const std::string& /*topic*/, const Headers& /*headers*/, RecordValue value) {
  const auto data = value.data();
  if (!data) return value;
  if (data->value.is_null()) return {};
  if (const auto* bytes = std::get_if<Payload>(&data->value.is)) return *bytes;
  throw std::invalid_argument("must be bytes, but is " + std::string(NameOf(*data->value.type())) +
                              "; JsonConverter writes it as JSON");
}

RecordValue ByteArrayConverter::ToData(const std::string& /*topic*/, const Headers& /*headers*/, RecordValue value) {
  return value;
}

const ConfigDef<StringConverter::Config>& StringConverter::Describe() {
  static const auto def = ConfigDef<Config>()
                              .Field("encoding", &Config::encoding, "The encoding of the text; here it is UTF-8.")
                              .OneOf({"UTF-8", "UTF8", "utf-8"})
                              .DisplayName("Encoding")
                              .Group("Converter");
  return def;
}

RecordValue StringConverter::FromData(const std::string& /*topic*/, const Headers& /*headers*/, RecordValue value) {
  const auto data = value.data();
  if (!data) return value;
  if (data->value.is_null()) return {};
  if (const auto* text = std::get_if<std::string>(&data->value.is)) return TextPayload(*text);
  throw std::invalid_argument("must be text, but is " + std::string(NameOf(*data->value.type())) +
                              "; a Cast to string before it makes text, JsonConverter writes it as JSON");
}

RecordValue StringConverter::ToData(const std::string& /*topic*/, const Headers& /*headers*/, RecordValue value) {
  static const SchemaPtr schema = Optional(DataType::kString);
  const Payload bytes = value.payload();
  if (!IsUtf8(bytes.text())) throw std::invalid_argument("must be text in UTF-8, but is not");
  return std::make_shared<const Data>(Data{schema, Datum(bytes.text())});
}

const ConfigDef<BooleanConverter::Config>& BooleanConverter::Describe() {
  static const ConfigDef<Config> def;
  return def;
}

RecordValue BooleanConverter::FromData(const std::string& /*topic*/, const Headers& /*headers*/, RecordValue value) {
  const auto data = value.data();
  if (!data) return value;
  if (data->value.is_null()) return {};
  if (const auto* truth = std::get_if<bool>(&data->value.is))
    return Payload(std::vector<std::byte>{*truth ? std::byte{1} : std::byte{0}});
  throw std::invalid_argument("must be boolean, but is " + std::string(NameOf(*data->value.type())));
}

RecordValue BooleanConverter::ToData(const std::string& /*topic*/, const Headers& /*headers*/, RecordValue value) {
  static const SchemaPtr schema = Optional(DataType::kBoolean);
  const Payload bytes = value.payload();
  if (bytes.size() != 1 || bytes.bytes()[0] > std::byte{1})
    throw std::invalid_argument("must be one byte, 0 or 1, but is not");
  return std::make_shared<const Data>(Data{schema, Datum(bytes.bytes()[0] == std::byte{1})});
}

}  // namespace framespool::converters
