#pragma once

#include <bit>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include <framespool/data.h>
#include <framespool/transform.h>

namespace framespool::converters {

/// A number of a fixed width, its highest byte first, as Kafka's serializers write it.
template <class Number, DataType kType>
class NumberConverter final : public Converter {
 public:
  struct Config {};
  static const ConfigDef<Config>& Describe() {
    static const ConfigDef<Config> def;
    return def;
  }
  explicit NumberConverter(const Config& /*config*/) {}

  RecordValue FromData(const std::string& /*topic*/, const Headers& /*headers*/, RecordValue value) override {
    const auto data = value.data();
    if (!data) return value;
    if (data->value.is_null()) return {};
    const auto* number = std::get_if<Number>(&data->value.is);
    if (number == nullptr) {
      throw std::invalid_argument("must be " + std::string(NameOf(kType)) + ", but is " +
                                  std::string(NameOf(*data->value.type())) +
                                  "; a Cast before it makes one of the other");
    }
    const auto bits = std::bit_cast<Bits>(*number);
    std::vector<std::byte> bytes(sizeof(Number));
    for (std::size_t i = 0; i < sizeof(Number); ++i)
      bytes[i] = static_cast<std::byte>(bits >> (8 * (sizeof(Number) - 1 - i)) & 0xff);
    return Payload(std::move(bytes));
  }
  RecordValue ToData(const std::string& /*topic*/, const Headers& /*headers*/, RecordValue value) override {
    const Payload payload = value.payload();
    const auto bytes = payload.bytes();
    if (bytes.size() != sizeof(Number)) {
      throw std::invalid_argument("must be " + std::to_string(sizeof(Number)) + " bytes, an " +
                                  std::string(NameOf(kType)) + ", but has " + std::to_string(bytes.size()));
    }
    Bits bits = 0;
    for (const std::byte byte : bytes) bits = static_cast<Bits>(bits << 8 | static_cast<Bits>(byte));
    static const auto schema = std::make_shared<const Schema>(Schema{.type = kType, .optional = true});
    return std::make_shared<const Data>(Data{schema, Datum(std::bit_cast<Number>(bits))});
  }

 private:
  // Wide enough to shift a byte into.
  using Bits = std::conditional_t<sizeof(Number) == 8, std::uint64_t,
                                  std::conditional_t<sizeof(Number) == 4, std::uint32_t, std::uint16_t>>;
};

using ShortConverter = NumberConverter<std::int16_t, DataType::kInt16>;
using IntegerConverter = NumberConverter<std::int32_t, DataType::kInt32>;
using LongConverter = NumberConverter<std::int64_t, DataType::kInt64>;
using FloatConverter = NumberConverter<float, DataType::kFloat32>;
using DoubleConverter = NumberConverter<double, DataType::kFloat64>;

/// One byte, 0 or 1.
class BooleanConverter final : public Converter {
 public:
  struct Config {};
  static const ConfigDef<Config>& Describe();
  explicit BooleanConverter(const Config& /*config*/) {}
  RecordValue FromData(const std::string& topic, const Headers& headers, RecordValue value) override;
  RecordValue ToData(const std::string& topic, const Headers& headers, RecordValue value) override;
};

}  // namespace framespool::converters
