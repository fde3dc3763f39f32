// A connector whose ConfigDef cannot even be made, and which throws no std::exception.
#include <framespool/plugin.h>

namespace {

const framespool::ConfigSchema& Describe() { throw 42; }

constexpr framespool::PluginEntry kEntries[] = {{.kind = framespool::PluginKind::kSource,
                                                 .name = "UndescribedSource",
                                                 .summary = "Cannot say what it is.",
                                                 .describe = Describe}};

}  // namespace

extern "C" FRAMESPOOL_EXPORT const framespool::PluginDescriptor framespool_plugin;
extern "C" constexpr framespool::PluginDescriptor framespool_plugin = {FRAMESPOOL_ABI_STAMP, "0.1", kEntries, 1};
