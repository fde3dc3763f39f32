#pragma once

#include <string>

#include <runtime/task_status.h>

namespace framespool::rest {

/// Appends what Dump(ToJson(status)) is, in a tenth of the time: the list of all connectors with their states is what
/// people's pages and monitors ask for again and again.
void AppendStatus(std::string& text, const runtime::ConnectorStatus& status);
/// The same of a string.
void AppendQuoted(std::string& text, std::string_view value);

}  // namespace framespool::rest
