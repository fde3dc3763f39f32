// A connector whose ConfigDef cannot even be made, and which throws no std::exception.
#include <framespool/plugin.h>

namespace {

const framespool::ConfigSchema& Describe() { throw 42; }

constexpr framespool::ConnectorEntry kEntries[] = {
    {"UndescribedSource", "Cannot say what it is.", Describe, nullptr, nullptr, nullptr, nullptr, nullptr}};

}  // namespace

extern "C" FRAMESPOOL_EXPORT const framespool::PluginDescriptor framespool_plugin;
extern "C" constexpr framespool::PluginDescriptor framespool_plugin = {FRAMESPOOL_ABI_STAMP, "0.1", kEntries, 1};
