#pragma once

#include <cstdint>
#include <iterator>
#include <memory>

#include "framespool/connector.h"

// Bump on any change to the SDK headers that alters a layout or a virtual table.
#define FRAMESPOOL_ABI_VERSION 4

#define FRAMESPOOL_TEXT_(x) #x
#define FRAMESPOOL_TEXT(x) FRAMESPOOL_TEXT_(x)
#if defined(__SANITIZE_ADDRESS__)
#define FRAMESPOOL_SANITIZER "asan"
#elif defined(__SANITIZE_THREAD__)
#define FRAMESPOOL_SANITIZER "tsan"
#else
#define FRAMESPOOL_SANITIZER "none"
#endif

/// Two binaries may share C++ objects if and only if their stamps are equal.
#define FRAMESPOOL_ABI_STAMP \
  "framespool-abi " FRAMESPOOL_TEXT(FRAMESPOOL_ABI_VERSION) ", gcc " FRAMESPOOL_TEXT(__GNUC__)           \
  ", libstdc++ " FRAMESPOOL_TEXT(_GLIBCXX_RELEASE) ", cxx11 " FRAMESPOOL_TEXT(_GLIBCXX_USE_CXX11_ABI) \
  ", c++ " FRAMESPOOL_TEXT(__cplusplus) ", sanitizer " FRAMESPOOL_SANITIZER

namespace framespool {

/// One connector type. Exactly one of the two makers is set. `check`, `sample` and
/// `check_offset` are null where the type has none.
struct ConnectorEntry {
  const char* name;     // as in "connector.class": "VideoFileSource"
  const char* summary;  // one line, for the plugin list
  const ConfigSchema& (*describe)();
  std::vector<FieldError> (*check)(const RawConfig&, const std::string& connector);
  std::unique_ptr<SourceTask> (*make_source)(const RawConfig&, SourceTaskContext&);
  std::unique_ptr<SinkTask> (*make_sink)(const RawConfig&, SinkTaskContext&);
  std::optional<RecordSample> (*sample)(const RawConfig&);
  std::optional<std::string> (*check_offset)(const RawConfig&, const std::string& connector, const Fields& partition,
                                             const Fields& offset);
};

/// What a connector library exports, under the name `framespool_plugin`. Plain data: the host reads `abi_stamp`, whose
/// place never changes, before it calls anything in the library.
struct PluginDescriptor {
  const char* abi_stamp;
  const char* version;
  const ConnectorEntry* connectors;
  std::size_t connector_count;
};

namespace detail {

template <class T>
constexpr auto CheckOf() -> std::vector<FieldError> (*)(const RawConfig&, const std::string&) {
  if constexpr (Checks<T>) {
    return [](const RawConfig& raw, const std::string& connector) {
      return T::Check(T::Describe().Parse(raw), connector);
    };
  } else {
    return nullptr;
  }
}

template <class T>
constexpr auto SampleOf() -> std::optional<RecordSample> (*)(const RawConfig&) {
  if constexpr (Samples<T>) {
    return [](const RawConfig& raw) { return T::Sample(T::Describe().Parse(raw)); };
  } else {
    return nullptr;
  }
}

template <class T>
constexpr auto CheckOffsetOf()
    -> std::optional<std::string> (*)(const RawConfig&, const std::string&, const Fields&, const Fields&) {
  if constexpr (ChecksOffsets<T>) {
    return [](const RawConfig& raw, const std::string& connector, const Fields& partition, const Fields& offset) {
      return T::CheckOffset(T::Describe().Parse(raw), connector, partition, offset);
    };
  } else {
    return nullptr;
  }
}

}  // namespace detail

template <TaskType<SourceTask, SourceTaskContext> T>
constexpr ConnectorEntry Source(const char* name, const char* summary) {
  return {name,
          summary,
          []() -> const ConfigSchema& { return T::Describe(); },
          detail::CheckOf<T>(),
          [](const RawConfig& raw, SourceTaskContext& context) -> std::unique_ptr<SourceTask> {
            return std::make_unique<T>(T::Describe().Parse(raw), context);
          },
          nullptr,
          detail::SampleOf<T>(),
          detail::CheckOffsetOf<T>()};
}

template <TaskType<SinkTask, SinkTaskContext> T>
constexpr ConnectorEntry Sink(const char* name, const char* summary) {
  return {name,
          summary,
          []() -> const ConfigSchema& { return T::Describe(); },
          detail::CheckOf<T>(),
          nullptr,
          [](const RawConfig& raw, SinkTaskContext& context) -> std::unique_ptr<SinkTask> {
            return std::make_unique<T>(T::Describe().Parse(raw), context);
          },
          nullptr,
          nullptr};
}

}  // namespace framespool

/// The last line of a connector library: FRAMESPOOL_PLUGIN("1.0.0", framespool::Source<T>("Name", "summary"))
#define FRAMESPOOL_PLUGIN(version, ...)                                                \
  static constexpr ::framespool::ConnectorEntry framespool_entries[] = {__VA_ARGS__};  \
  extern "C" FRAMESPOOL_EXPORT const ::framespool::PluginDescriptor framespool_plugin; \
  extern "C" constexpr ::framespool::PluginDescriptor framespool_plugin = {            \
      FRAMESPOOL_ABI_STAMP, version, framespool_entries, std::size(framespool_entries)};
