// A connector's config as JSON, as far as it is checked without its plugin: an answer for each key, never an exception.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <base/fields_json.h>
#include <config/common_config.h>
#include <config/connector_config.h>
#include <plugins/manifest.h>

#include "expect.h"

namespace {

using framespool::FieldSpec;
using framespool::FieldType;
using framespool::PluginKind;
using framespool::RawConfig;
using framespool::Role;
using framespool::plugins::PluginClass;

/// With a field of every type and role.
PluginClass Plugin(PluginKind kind) {
  PluginClass plugin;
  plugin.class_name = std::string("Fuzzed");
  plugin.kind = kind;
  plugin.version = std::string("1.0");
  const auto add = [&](const char* name, FieldType type, std::optional<std::string> default_value) -> FieldSpec& {
    FieldSpec& field = plugin.fields.emplace_back();
    field.name = name;
    field.type = type;
    field.default_value = std::move(default_value);
    return field;
  };
  add("flag", FieldType::kBoolean, "false");
  FieldSpec& port = add("int", FieldType::kInt, "5");
  port.role = Role::kPort;
  port.min = 0;
  port.max = 65535;
  add("long", FieldType::kLong, "-1").min = -1;
  add("double", FieldType::kDouble, std::nullopt).min = 0.5;
  add("text", FieldType::kString, std::nullopt).role = Role::kUrlPath;
  add("choice", FieldType::kString, "a").choices = {"a", "b"};
  add("list", FieldType::kList, "").role = Role::kPath;
  add("password", FieldType::kPassword, "");
  add("topic", FieldType::kString, "t").role = Role::kTopic;
  return plugin;
}

void Check(const PluginClass& plugin, const RawConfig& config) {
  using namespace framespool::config;
  const auto report = CheckKeys(plugin, config);
  if (const auto complaint = Complaint(report)) {
    framespool::fuzz::Expect(!complaint->message.empty(), "what is refused is refused with a reason");
  }
  const CommonConfig common = CommonConfigOf(config);
  framespool::fuzz::Expect(common.tasks_max >= 1, "what is wrong in a common key is its default");
  const NamedTopics topics = TopicsOf(TypeOf(plugin), common);
  topics.Hold("camera.1");
  NameProblem(common.name);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const PluginClass source = Plugin(PluginKind::kSource);
  static const PluginClass sink = Plugin(PluginKind::kSink);
  RawConfig config;
  try {
    config = framespool::ConfigFromJson({reinterpret_cast<const char*>(data), size});
  } catch (const std::invalid_argument&) {
    return 0;
  }
  Check(source, config);
  Check(sink, config);
  return 0;
}
