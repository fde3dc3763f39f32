#include "record_body.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include <framespool/value.h>

#include "http.h"
#include "json_body.h"

namespace framespool::rest {

namespace {

using base::Outcome;

constexpr const char* kWantedRecord = "a record, {\"key\": \"door\", \"value\": \"open\", \"headers\": [], …}";
constexpr const char* kWantedBytes = "a text, {\"json\": …}, {\"base64\": \"…\"} or null";
constexpr std::size_t kMostHeaders = 1000;
/// In ms since 1970: what is later than the year 9999 is no time.
constexpr std::int64_t kLatestTimestamp = 253'402'300'799'999;

/// C0, C1 and DEL: what no terminal and no table shows.
bool HasControlCharacter(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return true;
    if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) return true;
  }
  return false;
}

/// Reads the members of one record, and keeps all that is wrong with them.
class RecordBody {
 public:
  void Complain(std::string field, std::string message, ProblemKind kind) {
    problems_.push_back({.field = std::move(field), .message = std::move(message), .kind = kind});
  }
  void ComplainOfType(std::string field, const std::string& wanted, const Body& found) {
    Complain(std::move(field), "must be " + wanted + ", but is " + TypeName(found), kind::kWrongType);
  }
  std::vector<Problem> TakeProblems() { return std::move(problems_); }

  enum class Texts { kAny, kPlain };
  /// Nothing for null, and for what is wrong.
  std::optional<std::string> Bytes(const std::string& field, const Body& json, Texts texts) {
    if (json.is_null()) return std::nullopt;
    if (json.is_string()) {
      auto text = json.get<std::string>();
      if (texts == Texts::kPlain && HasControlCharacter(text)) {
        Complain(field, "has control characters; if it is to have them, send it as {\"base64\": \"…\"}",
                 kind::kNotAllowed);
      }
      return text;
    }
    if (!json.is_object() || json.size() != 1 || !(json.contains("json") || json.contains("base64"))) {
      const std::string found = json.is_object() ? "an object that has not just one of the two" : TypeName(json);
      Complain(field, "must be " + std::string(kWantedBytes) + ", but is " + found, kind::kWrongType);
      return std::nullopt;
    }
    if (const auto data = json.find("json"); data != json.end()) return data->dump();
    const Body& coded = json.at("base64");
    if (!coded.is_string()) {
      ComplainOfType(field + ".base64", "a text", coded);
      return std::nullopt;
    }
    auto bytes = http::FromBase64(coded.get_ref<const std::string&>());
    if (!bytes) {
      Complain(field + ".base64", "is no base64 (RFC 4648: A-Z, a-z, 0-9, + and /, padded with =, without line breaks)",
               kind::kInvalidValue);
    }
    return bytes;
  }

  std::optional<std::int64_t> Number(const std::string& field, const Body& json, std::int64_t most) {
    if (json.is_null()) return std::nullopt;
    const bool is_above = json.is_number_unsigned() && json.get<std::uint64_t>() > static_cast<std::uint64_t>(most);
    if (json.is_number_integer() && !is_above && json.get<std::int64_t>() >= 0) return json.get<std::int64_t>();
    const std::string wanted = "must be a whole number from 0 to " + std::to_string(most) + ", but is ";
    if (json.is_number())
      Complain(field, wanted + json.dump(), kind::kOutOfRange);
    else
      Complain(field, wanted + TypeName(json), kind::kWrongType);
    return std::nullopt;
  }

  std::optional<SyncPoint> Mark(const Body& json) {
    if (json.is_null()) return std::nullopt;
    const std::string text = json.is_string() ? json.get<std::string>() : "";
    if (text == "each") return SyncPoint::kEach;
    if (text == "here") return SyncPoint::kHere;
    if (text == "before") return SyncPoint::kBefore;
    if (json.is_string())
      Complain("sync_point", "must be one of each, here and before, but is \"" + text + "\"", kind::kNotAllowed);
    else
      ComplainOfType("sync_point", "one of each, here and before", json);
    return std::nullopt;
  }

  Headers HeadersOf(const Body& json) {
    if (json.is_null()) return {};
    if (!json.is_array()) {
      ComplainOfType("headers", "a list of {\"key\": \"…\", \"value\": …}", json);
      return {};
    }
    if (json.size() > kMostHeaders) {
      Complain("headers",
               "must be at most " + std::to_string(kMostHeaders) + ", but are " + std::to_string(json.size()),
               kind::kOutOfRange);
      return {};
    }
    Headers headers;
    for (std::size_t i = 0; i < json.size(); ++i)
      headers.push_back(HeaderOf("headers[" + std::to_string(i) + "]", json[i]));
    return headers;
  }

 private:
  Header HeaderOf(const std::string& field, const Body& json) {
    if (!json.is_object()) {
      ComplainOfType(field, "{\"key\": \"…\", \"value\": …}", json);
      return {};
    }
    Header header;
    bool has_key = false;
    bool has_value = false;
    for (const auto& [name, value] : json.items()) {
      if (name == "key") {
        has_key = true;
        header.key = NameOf(field + ".key", value);
      } else if (name == "value") {
        has_value = true;
        // There is no null among the values of headers here: Kafka's null is read as an empty one.
        if (value.is_null())
          ComplainOfType(field + ".value", "a text, {\"json\": …} or {\"base64\": \"…\"}", value);
        else
          header.value = Bytes(field + ".value", value, Texts::kPlain).value_or("");
      } else {
        Complain(field + "." + name, "is no member of a header; it has key and value", kind::kNotAllowed);
      }
    }
    if (!has_key) Complain(field + ".key", "is missing: each header has a name", kind::kRequired);
    if (!has_value) Complain(field + ".value", "is missing; an empty one is \"\"", kind::kRequired);
    return header;
  }

  std::string NameOf(const std::string& field, const Body& json) {
    if (!json.is_string()) {
      ComplainOfType(field, "a text", json);
      return "";
    }
    auto name = json.get<std::string>();
    if (name.empty()) Complain(field, "must not be empty", kind::kInvalidValue);
    if (HasControlCharacter(name)) Complain(field, "must not have control characters", kind::kNotAllowed);
    return name;
  }

  std::vector<Problem> problems_;
};

}  // namespace

Outcome<produce::NewRecord> ParseNewRecord(std::string topic, std::string_view body) {
  const auto json = ParseObject(body, kWantedRecord);
  if (!json) return base::PassOn(json);
  RecordBody reader;
  produce::NewRecord record{.topic = std::move(topic)};
  for (const auto& [name, member] : json->items()) {
    if (name == "key") {
      record.key = reader.Bytes(name, member, RecordBody::Texts::kPlain);
    } else if (name == "value") {
      if (const auto bytes = reader.Bytes(name, member, RecordBody::Texts::kAny)) record.value = TextPayload(*bytes);
    } else if (name == "headers") {
      record.headers = reader.HeadersOf(member);
    } else if (name == "partition") {
      const auto number = reader.Number(name, member, std::numeric_limits<std::int32_t>::max());
      if (number) record.partition = static_cast<std::int32_t>(*number);
    } else if (name == "timestamp") {
      if (const auto time = reader.Number(name, member, kLatestTimestamp))
        record.timestamp = Timestamp(std::chrono::milliseconds(*time));
    } else if (name == "sync_point") {
      record.sync_point = reader.Mark(member);
    } else {
      reader.Complain(name, "is no member of a record; it has key, value, headers, partition, timestamp and sync_point",
                      kind::kNotAllowed);
    }
  }
  if (!json->contains("value"))
    reader.Complain("value", "is missing: it is " + std::string(kWantedBytes) + ", and null is a tombstone",
                    kind::kRequired);
  if (auto problems = reader.TakeProblems(); !problems.empty())
    return base::RefuseAll(base::Reason::kInvalid, std::move(problems));
  return record;
}

}  // namespace framespool::rest
