#pragma once

#include "route.h"

/// The handlers of routes.cpp.
namespace framespool::rest {

Response GetRoot(const worker::Herder& herder, const Call& call);
Response GetOpenApi(const worker::Herder& herder, const Call& call);
Response GetHealth(const worker::Herder& herder, const Call& call);

Response ListConnectors(const worker::Herder& herder, const Call& call);
worker::Outcome<Change> CreateConnector(const Call& call);
Response GetConnector(const worker::Herder& herder, const Call& call);
worker::Outcome<Change> DeleteConnector(const Call& call);
worker::Outcome<Change> ApplyConnectors(const Call& call);
worker::Outcome<Change> GetHistory(const Call& call);
Response GetActiveTopics(const worker::Herder& herder, const Call& call);
worker::Outcome<Change> ResetActiveTopics(const Call& call);
Response GetConnectorConfig(const worker::Herder& herder, const Call& call);
worker::Outcome<Change> PutConnectorConfig(const Call& call);
Response GetConnectorStatus(const worker::Herder& herder, const Call& call);
worker::Outcome<Change> PauseConnector(const Call& call);
worker::Outcome<Change> ResumeConnector(const Call& call);
worker::Outcome<Change> StopConnector(const Call& call);
worker::Outcome<Change> RestartConnector(const Call& call);
Response ListTasks(const worker::Herder& herder, const Call& call);
Response GetTaskStatus(const worker::Herder& herder, const Call& call);
worker::Outcome<Change> RestartTask(const Call& call);
worker::Outcome<Change> PatchConnectorConfig(const Call& call);
Response GetTasksConfig(const worker::Herder& herder, const Call& call);

worker::Outcome<Change> GetOffsets(const Call& call);
worker::Outcome<Change> AlterOffsets(const Call& call);
worker::Outcome<Change> ResetOffsets(const Call& call);

Response ListLoggers(const worker::Herder& herder, const Call& call);
Response GetLogger(const worker::Herder& herder, const Call& call);
Response PutLogger(const worker::Herder& herder, const Call& call);

Response GetWorker(const worker::Herder& herder, const Call& call);
Response GetLogs(const worker::Herder& herder, const Call& call);
Response GetEvents(const worker::Herder& herder, const Call& call);
Response GetMetricsHistory(const worker::Herder& herder, const Call& call);
worker::Outcome<Change> ListTopics(const Call& call);
worker::Outcome<Change> GetTopic(const Call& call);
worker::Outcome<Change> DeleteTopic(const Call& call);

Response ListPlugins(const worker::Herder& herder, const Call& call);
Response GetPluginConfig(const worker::Herder& herder, const Call& call);
worker::Outcome<Change> ValidatePluginConfig(const Call& call);
worker::Outcome<Change> ProbePlugin(const Call& call);

}  // namespace framespool::rest
