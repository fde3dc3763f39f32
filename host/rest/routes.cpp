#include "resources.h"
#include "route.h"

namespace framespool::rest {

namespace {

constexpr Route kRoutes[] = {
    {.method = "GET", .path = "/", .read = GetRoot, .for_browsers = true},
    {.method = "GET", .path = "/health", .read = GetHealth},
    {.method = "GET", .path = "/connectors", .read = ListConnectors},
    {.method = "POST", .path = "/connectors", .change = CreateConnector, .takes_body = true},
    {.method = "GET", .path = "/connectors/{connector}", .read = GetConnector},
    {.method = "DELETE", .path = "/connectors/{connector}", .change = DeleteConnector},
    {.method = "GET", .path = "/connectors/{connector}/config", .read = GetConnectorConfig},
    {.method = "PUT", .path = "/connectors/{connector}/config", .change = PutConnectorConfig, .takes_body = true},
    {.method = "GET", .path = "/connectors/{connector}/status", .read = GetConnectorStatus},
    {.method = "PUT", .path = "/connectors/{connector}/pause", .change = PauseConnector},
    {.method = "PUT", .path = "/connectors/{connector}/resume", .change = ResumeConnector},
    {.method = "PUT", .path = "/connectors/{connector}/stop", .change = StopConnector},
    {.method = "POST", .path = "/connectors/{connector}/restart", .change = RestartConnector},
    {.method = "GET", .path = "/connectors/{connector}/tasks", .read = ListTasks},
    {.method = "GET", .path = "/connectors/{connector}/tasks/{task}/status", .read = GetTaskStatus},
    {.method = "POST", .path = "/connectors/{connector}/tasks/{task}/restart", .change = RestartTask},
    {.method = "GET", .path = "/connector-plugins", .read = ListPlugins},
    {.method = "GET", .path = "/connector-plugins/{plugin}/config", .read = GetPluginConfig},
    {.method = "PUT",
     .path = "/connector-plugins/{plugin}/config/validate",
     .read = ValidatePluginConfig,
     .takes_body = true},
};

}  // namespace

std::span<const Route> Routes() { return kRoutes; }

}  // namespace framespool::rest
