// The text of a manifest: it is refused by a PluginError, or it is written and read again as the same.
#include <cstddef>
#include <cstdint>
#include <string>

#include <plugins/manifest.h>
#include <plugins/plugin_library.h>

#include "expect.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace framespool::plugins;
  Manifest manifest;
  try {
    manifest = ParseManifest({reinterpret_cast<const char*>(data), size});
  } catch (const PluginError&) {
    return 0;
  }
  const std::string text = ToText(manifest);
  framespool::fuzz::Expect(ToText(ParseManifest(text)) == text, "a manifest that was written reads as the same");
  for (const PluginClass& plugin : manifest.classes) {
    JsonSchema(plugin);
    MarkdownTable(plugin);
    MetricsTable(plugin);
  }
  return 0;
}
