#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <span>
#include <utility>

#include "framespool/connector.h"
#include "framespool/transform.h"

// Bump on any change to the SDK headers that alters a layout or a virtual table.
#define FRAMESPOOL_ABI_VERSION 10

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

enum class PluginKind : std::uint8_t { kSource, kSink, kView, kTransform, kPredicate, kConverter, kConfigProvider };

/// One class of a library, whatever its kind: how it is described, and how one of it is made. Of the makers the one of
/// its kind is set. What a class does not have is null. `library` is what make_library() made, or null without it.
struct PluginEntry {
  PluginKind kind = PluginKind::kSource;
  const char* name = nullptr;     // as in "connector.class": "VideoFileSource"
  const char* summary = nullptr;  // one line, for the plugin list
  const ConfigSchema& (*describe)() = nullptr;
  std::shared_ptr<void> (*make_library)() = nullptr;

  bool wants_data = false;    // of a transform: kWantsData
  bool stateless = false;     // of a transform or a predicate: kStateless
  bool reads_topics = false;  // of a source: kReadsTopics
  // Of a transform, with a config that Validate() accepts.
  bool (*withholds)(const RawConfig&) = nullptr;

  // Of connectors (sources, sinks, views).
  const std::vector<MetricSpec>& (*metrics)() = nullptr;
  std::span<const char* const> smaller_by{};
  // Of any kind; `connector` is empty where a part of one is asked.
  std::vector<Problem> (*check)(const RawConfig&, const std::string& connector, void* library) = nullptr;
  std::optional<RecordSample> (*sample)(const RawConfig&) = nullptr;
  RecordFacts (*describe_record)(const SourceRecord&) = nullptr;
  std::optional<Problem> (*check_offset)(const RawConfig&, const std::string& connector, const Fields& partition,
                                         const Fields& offset) = nullptr;
  std::vector<RawConfig> (*task_configs)(const RawConfig&, ConnectorContext&, int max_tasks) = nullptr;
  std::unique_ptr<ConnectorWatch> (*watch)(const RawConfig&, ConnectorContext&) = nullptr;

  std::unique_ptr<SourceTask> (*make_source)(const RawConfig&, SourceTaskContext&, void* library) = nullptr;
  std::unique_ptr<SinkTask> (*make_sink)(const RawConfig&, SinkTaskContext&, void* library) = nullptr;
  std::unique_ptr<View> (*make_view)(const RawConfig&, ViewContext&, void* library) = nullptr;
  std::unique_ptr<Transform> (*make_transform)(const RawConfig&, TransformContext&, void* library) = nullptr;
  std::unique_ptr<Predicate> (*make_predicate)(const RawConfig&, void* library) = nullptr;
  std::unique_ptr<Converter> (*make_converter)(const RawConfig&, void* library) = nullptr;
  std::unique_ptr<ConfigProvider> (*make_config_provider)(const RawConfig&, void* library) = nullptr;
};

/// What a plugin library exports, under the name `framespool_plugin`. Plain data: the host reads `abi_stamp`, whose
/// place never changes, before it calls anything in the library.
struct PluginDescriptor {
  const char* abi_stamp;
  const char* version;
  const PluginEntry* entries;
  std::size_t entry_count;
};

namespace detail {

/// One function for each type of library object, so that two classes that share one name the same.
template <class Library>
std::shared_ptr<void> MakeLibrary() {
  return std::make_shared<Library>();
}

/// A T of a config, whatever stands between the two in its constructor, and its Library where it has one.
template <class T, class... Context>
std::unique_ptr<T> Make(const RawConfig& raw, void* library, Context&... context) {
  if constexpr (HasLibrary<T>) {
    return std::make_unique<T>(T::Describe().Parse(raw), context..., *static_cast<typename T::Library*>(library));
  } else {
    static_cast<void>(library);
    return std::make_unique<T>(T::Describe().Parse(raw), context...);
  }
}

/// What a class of any kind says of itself.
template <Configured T>
constexpr PluginEntry EntryOf(PluginKind kind, const char* name, const char* summary) {
  PluginEntry entry;
  entry.kind = kind;
  entry.name = name;
  entry.summary = summary;
  entry.describe = []() -> const ConfigSchema& { return T::Describe(); };
  if constexpr (HasLibrary<T>) entry.make_library = MakeLibrary<typename T::Library>;
  if constexpr (ChecksInLibrary<T>) {
    entry.check = [](const RawConfig& raw, const std::string& connector, void* library) {
      return T::Check(T::Describe().Parse(raw), connector, *static_cast<typename T::Library*>(library));
    };
  } else if constexpr (Checks<T>) {
    entry.check = [](const RawConfig& raw, const std::string& connector, void* /*library*/) {
      return T::Check(T::Describe().Parse(raw), connector);
    };
  }
  return entry;
}

/// And a connector besides: its optional parts.
template <Configured T>
constexpr PluginEntry ConnectorOf(PluginKind kind, const char* name, const char* summary) {
  PluginEntry entry = EntryOf<T>(kind, name, summary);
  if constexpr (DeclaresMetrics<T>) {
    entry.metrics = []() -> const std::vector<MetricSpec>& { return T::Metrics(); };
  }
  if constexpr (Splits<T>) {
    entry.task_configs = [](const RawConfig& raw, ConnectorContext& context, int max_tasks) {
      return T::TaskConfigs(T::Describe().Parse(raw), context, max_tasks);
    };
  }
  if constexpr (Watches<T>) {
    entry.watch = [](const RawConfig& raw, ConnectorContext& context) {
      return T::Watch(T::Describe().Parse(raw), context);
    };
  }
  return entry;
}

}  // namespace detail

template <TaskType<SourceTask, SourceTaskContext> T>
constexpr PluginEntry Source(const char* name, const char* summary) {
  PluginEntry entry = detail::ConnectorOf<T>(PluginKind::kSource, name, summary);
  if constexpr (MakesRecordsSmaller<T>) entry.smaller_by = T::kSmallerBy;
  entry.reads_topics = ReadsTopics<T>;
  if constexpr (Samples<T>) {
    entry.sample = [](const RawConfig& raw) { return T::Sample(T::Describe().Parse(raw)); };
  }
  if constexpr (DescribesRecords<T>) {
    entry.describe_record = [](const SourceRecord& record) { return T::DescribeRecord(record); };
  }
  if constexpr (ChecksOffsets<T>) {
    entry.check_offset = [](const RawConfig& raw, const std::string& connector, const Fields& partition,
                            const Fields& offset) {
      return T::CheckOffset(T::Describe().Parse(raw), connector, partition, offset);
    };
  }
  entry.make_source = [](const RawConfig& raw, SourceTaskContext& context,
                         void* library) -> std::unique_ptr<SourceTask> {
    return detail::Make<T>(raw, library, context);
  };
  return entry;
}

template <TaskType<SinkTask, SinkTaskContext> T>
constexpr PluginEntry Sink(const char* name, const char* summary) {
  PluginEntry entry = detail::ConnectorOf<T>(PluginKind::kSink, name, summary);
  entry.make_sink = [](const RawConfig& raw, SinkTaskContext& context, void* library) -> std::unique_ptr<SinkTask> {
    return detail::Make<T>(raw, library, context);
  };
  return entry;
}

/// A sink that reads for itself.
template <TaskType<View, ViewContext> T>
constexpr PluginEntry ViewOf(const char* name, const char* summary) {
  PluginEntry entry = detail::ConnectorOf<T>(PluginKind::kView, name, summary);
  entry.make_view = [](const RawConfig& raw, ViewContext& context, void* library) -> std::unique_ptr<View> {
    return detail::Make<T>(raw, library, context);
  };
  return entry;
}

template <TaskType<Transform, TransformContext> T>
constexpr PluginEntry TransformOf(const char* name, const char* summary) {
  PluginEntry entry = detail::EntryOf<T>(PluginKind::kTransform, name, summary);
  entry.wants_data = WantsData<T>;
  entry.stateless = Stateless<T>;
  if constexpr (MayWithhold<T>) {
    entry.withholds = [](const RawConfig& raw) { return T::Withholds(T::Describe().Parse(raw)); };
  } else if constexpr (std::derived_from<T, Withholding>) {
    entry.withholds = [](const RawConfig& /*raw*/) { return true; };
  }
  entry.make_transform = [](const RawConfig& raw, TransformContext& context,
                            void* library) -> std::unique_ptr<Transform> {
    return detail::Make<T>(raw, library, context);
  };
  return entry;
}

/// A type with a nested Config, its ConfigDef, and a constructor that takes it (and its Library).
template <class T, class Base>
concept PartType = std::derived_from<T, Base> && Configured<T> && detail::MadeFrom<T, typename T::Config>();

template <PartType<Predicate> T>
constexpr PluginEntry PredicateOf(const char* name, const char* summary) {
  PluginEntry entry = detail::EntryOf<T>(PluginKind::kPredicate, name, summary);
  entry.stateless = Stateless<T>;
  entry.make_predicate = [](const RawConfig& raw, void* library) -> std::unique_ptr<Predicate> {
    return detail::Make<T>(raw, library);
  };
  return entry;
}

template <PartType<Converter> T>
constexpr PluginEntry ConverterOf(const char* name, const char* summary) {
  PluginEntry entry = detail::EntryOf<T>(PluginKind::kConverter, name, summary);
  entry.make_converter = [](const RawConfig& raw, void* library) -> std::unique_ptr<Converter> {
    return detail::Make<T>(raw, library);
  };
  return entry;
}

template <PartType<ConfigProvider> T>
constexpr PluginEntry ConfigProviderOf(const char* name, const char* summary) {
  PluginEntry entry = detail::EntryOf<T>(PluginKind::kConfigProvider, name, summary);
  entry.make_config_provider = [](const RawConfig& raw, void* library) -> std::unique_ptr<ConfigProvider> {
    return detail::Make<T>(raw, library);
  };
  return entry;
}

}  // namespace framespool

/// The last line of a plugin library: FRAMESPOOL_PLUGIN("1.0.0", framespool::Source<T>("Name", "summary"))
#define FRAMESPOOL_PLUGIN(version, ...)                                                \
  static constexpr ::framespool::PluginEntry framespool_entries[] = {__VA_ARGS__};     \
  extern "C" FRAMESPOOL_EXPORT const ::framespool::PluginDescriptor framespool_plugin; \
  extern "C" constexpr ::framespool::PluginDescriptor framespool_plugin = {            \
      FRAMESPOOL_ABI_STAMP, version, framespool_entries, std::size(framespool_entries)};
