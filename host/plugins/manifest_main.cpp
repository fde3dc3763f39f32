// framespool-manifest [--output FILE | --json-schema CLASS | --markdown CLASS | --metrics CLASS] LIBRARY
// Opens a connector library and prints what it says of itself: its manifest (the default), the JSON Schema of one
// class's config, or one of its README tables. Run by the build; also for a connector built elsewhere.
#include <cstring>
#include <exception>
#include <fstream>
#include <iostream>
#include <string>

#include "plugins/manifest.h"
#include "plugins/plugin_library.h"

namespace {

using framespool::plugins::Manifest;

const framespool::plugins::PluginClass& Class(const Manifest& manifest, const std::string& name) {
  for (const auto& plugin : manifest.classes) {
    if (plugin.class_name == name) return plugin;
  }
  throw framespool::plugins::PluginError("there is no connector class " + name + " in this library");
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 2 && argc != 4) {
      std::cerr << "usage: framespool-manifest [--output FILE | --json-schema CLASS | --markdown CLASS | --metrics "
                   "CLASS] LIBRARY\n";
      return 2;
    }
    const Manifest manifest = framespool::plugins::Describe(framespool::plugins::OpenLibrary(argv[argc - 1]));
    const std::string option = argc == 4 ? argv[1] : "";
    if (option == "--json-schema") {
      std::cout << JsonSchema(Class(manifest, argv[2]));
    } else if (option == "--markdown") {
      std::cout << MarkdownTable(Class(manifest, argv[2]));
    } else if (option == "--metrics") {
      std::cout << MetricsTable(Class(manifest, argv[2]));
    } else if (option == "--output") {
      std::ofstream file(argv[2]);
      file << ToText(manifest);
      if (!file.flush()) throw std::runtime_error(std::string(argv[2]) + ": cannot write: " + std::strerror(errno));
    } else {
      std::cout << ToText(manifest);
    }
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "framespool-manifest: " << error.what() << "\n";
    return 1;
  }
}
