#pragma once

#include "route.h"

/// The handlers of routes.cpp.
namespace framespool::rest {

Response GetRoot(const herder::Herder& herder, const Call& call);
Response GetOpenApi(const herder::Herder& herder, const Call& call);
Response GetHealth(const herder::Herder& herder, const Call& call);

Response ListConnectors(const herder::Herder& herder, const Call& call);
base::Outcome<Change> CreateConnector(const Call& call);
Response GetConnector(const herder::Herder& herder, const Call& call);
base::Outcome<Change> DeleteConnector(const Call& call);
base::Outcome<Change> ApplyConnectors(const Call& call);
base::Outcome<Change> GetHistory(const Call& call);
Response GetActiveTopics(const herder::Herder& herder, const Call& call);
base::Outcome<Change> ResetActiveTopics(const Call& call);
Response GetConnectorConfig(const herder::Herder& herder, const Call& call);
base::Outcome<Change> PutConnectorConfig(const Call& call);
Response GetConnectorStatus(const herder::Herder& herder, const Call& call);
base::Outcome<Change> PauseConnector(const Call& call);
base::Outcome<Change> ResumeConnector(const Call& call);
base::Outcome<Change> StopConnector(const Call& call);
base::Outcome<Change> RestartConnector(const Call& call);
Response ListTasks(const herder::Herder& herder, const Call& call);
Response GetTaskStatus(const herder::Herder& herder, const Call& call);
base::Outcome<Change> RestartTask(const Call& call);
base::Outcome<Change> PatchConnectorConfig(const Call& call);
Response GetTasksConfig(const herder::Herder& herder, const Call& call);

base::Outcome<Change> GetOffsets(const Call& call);
base::Outcome<Change> AlterOffsets(const Call& call);
base::Outcome<Change> ResetOffsets(const Call& call);

Response ListLoggers(const herder::Herder& herder, const Call& call);
Response GetLogger(const herder::Herder& herder, const Call& call);
Response PutLogger(const herder::Herder& herder, const Call& call);

Response GetWorker(const herder::Herder& herder, const Call& call);
Response GetLogs(const herder::Herder& herder, const Call& call);
Response GetEvents(const herder::Herder& herder, const Call& call);
Response GetMetricsHistory(const herder::Herder& herder, const Call& call);
base::Outcome<Change> ListTopics(const Call& call);
base::Outcome<Change> GetTopic(const Call& call);
base::Outcome<Change> DeleteTopic(const Call& call);

Response ListPlugins(const herder::Herder& herder, const Call& call);
Response GetPluginConfig(const herder::Herder& herder, const Call& call);
base::Outcome<Change> ValidatePluginConfig(const Call& call);
base::Outcome<Change> ProbePlugin(const Call& call);

}  // namespace framespool::rest
