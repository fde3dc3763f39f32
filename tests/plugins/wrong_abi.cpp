// A connector of another age. Its stamp must be read before anything in it is called: whatever is called ends the
// process.
#include <framespool/plugin.h>

#include <cstdlib>

namespace {

const framespool::ConfigSchema& Describe() { std::abort(); }

constexpr framespool::PluginEntry kEntries[] = {{.kind = framespool::PluginKind::kSource,
                                                 .name = "OldSource",
                                                 .summary = "From another age.",
                                                 .describe = Describe}};

}  // namespace

extern "C" FRAMESPOOL_EXPORT const framespool::PluginDescriptor framespool_plugin;
extern "C" constexpr framespool::PluginDescriptor framespool_plugin = {"framespool-abi 0, gcc 4", "0.1", kEntries, 1};
