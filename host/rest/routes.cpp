#include "resources.h"
#include "route.h"

namespace framespool::rest {

namespace {

constexpr Route kRoutes[] = {
    {.method = "GET", .path = "/", .read = GetRoot, .for_browsers = true},
    {.method = "GET", .path = "/health", .read = GetHealth},
    {.method = "GET", .path = "/openapi.yaml", .read = GetOpenApi, .for_browsers = true},
    {.method = "GET", .path = "/connectors", .read = ListConnectors},
    {.method = "POST", .path = "/connectors", .change = CreateConnector, .takes_body = true},
    {.method = "PUT", .path = "/connectors", .change = ApplyConnectors, .takes_body = true},
    {.method = "GET", .path = "/connectors/{connector}", .read = GetConnector},
    {.method = "DELETE", .path = "/connectors/{connector}", .change = DeleteConnector},
    {.method = "GET", .path = "/connectors/{connector}/config", .read = GetConnectorConfig},
    {.method = "PUT", .path = "/connectors/{connector}/config", .change = PutConnectorConfig, .takes_body = true},
    {.method = "PATCH", .path = "/connectors/{connector}/config", .change = PatchConnectorConfig, .takes_body = true},
    {.method = "GET", .path = "/connectors/{connector}/tasks-config", .read = GetTasksConfig},
    {.method = "GET", .path = "/connectors/{connector}/offsets", .inspect = GetOffsets},
    {.method = "PATCH", .path = "/connectors/{connector}/offsets", .change = AlterOffsets, .takes_body = true},
    {.method = "DELETE", .path = "/connectors/{connector}/offsets", .change = ResetOffsets},
    {.method = "GET", .path = "/connectors/{connector}/dead-letters", .inspect = GetDeadLetters},
    {.method = "GET", .path = "/connectors/{connector}/status", .read = GetConnectorStatus},
    {.method = "GET", .path = "/connectors/{connector}/topics", .read = GetActiveTopics},
    {.method = "PUT", .path = "/connectors/{connector}/topics/reset", .change = ResetActiveTopics},
    {.method = "GET", .path = "/connectors/{connector}/history", .inspect = GetHistory},
    {.method = "PUT", .path = "/connectors/{connector}/pause", .change = PauseConnector},
    {.method = "PUT", .path = "/connectors/{connector}/resume", .change = ResumeConnector},
    {.method = "PUT", .path = "/connectors/{connector}/stop", .change = StopConnector},
    {.method = "POST", .path = "/connectors/{connector}/restart", .change = RestartConnector},
    {.method = "GET", .path = "/connectors/{connector}/tasks", .read = ListTasks},
    {.method = "GET", .path = "/connectors/{connector}/tasks/{task}/status", .read = GetTaskStatus},
    {.method = "POST", .path = "/connectors/{connector}/tasks/{task}/restart", .change = RestartTask},
    {.method = "GET", .path = "/connector-plugins", .read = ListPlugins},
    {.method = "GET", .path = "/connector-plugins/{plugin}/config", .read = GetPluginConfig},
    {.method = "GET", .path = "/connector-plugins/{plugin}/metrics", .read = GetPluginMetrics},
    {.method = "PUT",
     .path = "/connector-plugins/{plugin}/config/validate",
     .check = ValidatePluginConfig,
     .takes_body = true},
    {.method = "PUT", .path = "/connector-plugins/{plugin}/probe", .probe = ProbePlugin, .takes_body = true},
    {.method = "GET", .path = "/admin/loggers", .read = ListLoggers},
    {.method = "GET", .path = "/admin/loggers/{logger}", .read = GetLogger},
    {.method = "PUT", .path = "/admin/loggers/{logger}", .read = PutLogger, .takes_body = true},
    {.method = "GET", .path = "/worker", .read = GetWorker},
    {.method = "GET", .path = "/logs", .read = GetLogs},
    {.method = "GET", .path = "/events", .read = GetEvents},
    {.method = "GET", .path = "/metrics", .read = GetMetrics, .for_browsers = true},
    {.method = "GET", .path = "/metrics/history", .read = GetMetricsHistory},
    {.method = "GET", .path = "/topics", .inspect = ListTopics},
    {.method = "GET", .path = "/topics/{topic}", .inspect = GetTopic},
    {.method = "DELETE", .path = "/topics/{topic}", .change = DeleteTopic},
};

}  // namespace

std::span<const Route> Routes() { return kRoutes; }

}  // namespace framespool::rest
