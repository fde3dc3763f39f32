// The examples of the README: what a converter makes of a topic's bytes, and of that again.
#include <base/data_json.h>
#include <fakes/pages.h>
#include <framespool/plugin.h>
#include <gmock/gmock.h>

#include <charconv>
#include <set>
#include <span>

extern "C" const framespool::PluginDescriptor framespool_plugin;

namespace framespool::converters {
namespace {

using fakes::PageJson;

const std::string kKey = "value.converter";

const PluginEntry& EntryOf(const std::string& type) {
  for (const PluginEntry& entry : std::span(framespool_plugin.entries, framespool_plugin.entry_count)) {
    if (type.ends_with(std::string(".").append(entry.name))) return entry;
  }
  throw std::runtime_error("there is no " + type);
}

/// "ff d8" or text.
std::string BytesOf(const PageJson& example) {
  if (example.contains("text")) return example["text"];
  const std::string hex = example.at("hex");
  std::string bytes;
  for (std::size_t at = 0; at < hex.size(); at += 3) {
    unsigned byte = 0;
    std::from_chars(hex.data() + at, hex.data() + at + 2, byte, 16);
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

TEST(Readme, EachClassHasAnExampleThatDoesWhatItSays) {
  std::set<std::string> shown;
  for (const std::string& block : fakes::BlocksOf(fakes::PageText(README), "json")) {
    const PageJson example = PageJson::parse(block);
    SCOPED_TRACE(block);
    RawConfig config;
    for (const auto& [key, value] : fakes::ConfigOf(example.at("config"))) {
      if (key != kKey) config[key.substr(kKey.size() + 1)] = value;
    }
    const PluginEntry& entry = EntryOf(example["config"][kKey]);
    shown.insert(entry.name);
    const auto converter = entry.make_converter(config, nullptr);
    const std::string bytes = BytesOf(example);
    const Value read = converter->ToData("t", {}, TextPayload(bytes));
    ASSERT_EQ(read.data() != nullptr, example.contains("data"));
    if (read.data()) {
      EXPECT_EQ(PageJson::parse(ToJson(*read.data())), example["data"]);
    }
    EXPECT_EQ(converter->FromData("t", {}, read).text(), bytes);
  }
  std::set<std::string> all;
  for (const PluginEntry& entry : std::span(framespool_plugin.entries, framespool_plugin.entry_count))
    all.insert(entry.name);
  EXPECT_EQ(shown, all);
}

}  // namespace
}  // namespace framespool::converters
