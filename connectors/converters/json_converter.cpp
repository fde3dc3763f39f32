#include "json_converter.h"

#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "json_schema.h"

namespace framespool::converters {

namespace {

using Json = nlohmann::ordered_json;

/// JSON nested deeper than that is refused before it is built: destroying it would need as much stack.
constexpr int kDeepestText = 200;

Json Parsed(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted) {
      if (c == '\\') ++at;
      quoted = c != '"';
      continue;
    }
    quoted = c == '"';
    depth += c == '[' || c == '{' ? 1 : c == ']' || c == '}' ? -1 : 0;
    if (depth > kDeepestText) throw std::invalid_argument("is JSON that is nested more than 200 deep");
  }
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    // Without what was read: it may be anything.
    throw std::invalid_argument("must be JSON, but is not, from byte " + std::to_string(error.byte) + " on");
  }
}

}  // namespace

const ConfigDef<JsonConverter::Config>& JsonConverter::Describe() {
  static const auto def =
      ConfigDef<Config>()
          .Field("schemas.enable", &Config::schemas_enable,
                 "Whether the JSON is an envelope {\"schema\", \"payload\"} that says what types the payload has.")
          .DisplayName("Schemas")
          .Group("Converter")
          .Field("schemas.cache.size", &Config::schemas_cache_size,
                 "Kept for Kafka Connect's clients: the last schema is kept here.")
          .AtLeast(0)
          .Importance(Importance::kLow)
          .DisplayName("Cache size")
          .Group("Converter")
          .Field("decimal.format", &Config::decimal_format,
                 "How decimal numbers are written; here they stay the bytes that they are, as base64.")
          .OneOf({"BASE64"})
          .Importance(Importance::kLow)
          .DisplayName("Decimals")
          .Group("Converter");
  return def;
}

RecordValue JsonConverter::FromData(const std::string& /*topic*/, const Headers& /*headers*/, RecordValue value) {
  const auto data = value.data();
  if (!data) return value;
  if (!data->schema && data->value.is_null()) return {};
  if (data->schema) {
    if (std::string problem = SchemaProblem(*data->schema, data->value); !problem.empty())
      throw std::invalid_argument(problem);
  }
  Json json = DatumToJson(data->value, data->schema.get());
  if (with_schemas_) {
    json = Json{{"schema", data->schema ? SchemaToJson(*data->schema) : Json()}, {"payload", std::move(json)}};
  }
  return TextPayload(json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

RecordValue JsonConverter::ToData(const std::string& /*topic*/, const Headers& /*headers*/, RecordValue value) {
  const Payload bytes = value.payload();
  if (bytes.size() == 0 && !with_schemas_) return {};
  const Json json = Parsed(bytes.text());
  if (!with_schemas_) return std::make_shared<const Data>(Data{nullptr, DatumFromJson(json, nullptr, "the value")});
  if (!json.is_object() || json.size() != 2 || !json.contains("schema") || !json.contains("payload")) {
    throw std::invalid_argument(
        "must be an object with \"schema\" and \"payload\" and nothing else, but is not; for JSON without schemas set "
        "schemas.enable = false");
  }
  const Json& described = json["schema"];
  std::string text = described.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (!schema_ || text != schema_text_) {
    schema_ = SchemaFromJson(described);
    schema_text_ = std::move(text);
  }
  Datum datum = DatumFromJson(json["payload"], schema_, "the payload");
  if (!schema_ && datum.is_null()) return {};
  return std::make_shared<const Data>(Data{schema_, std::move(datum)});
}

}  // namespace framespool::converters
