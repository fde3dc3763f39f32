#pragma once

#include "route.h"

/// The handlers of routes.cpp.
namespace framespool::rest {

Response GetRoot(const Reads& worker, const Call& call);
Response GetOpenApi(const Reads& worker, const Call& call);
Response GetHealth(const Reads& worker, const Call& call);

Response GetSession(const Reads& worker, const Call& call);
Response EndSession(const Reads& worker, const Call& call);
base::Outcome<Change> MakeLink(const Call& call);
Response ListLinks(const Reads& worker, const Call& call);
base::Outcome<Change> RemoveLink(const Call& call);

/// What who calls may read of `config`: all of it, or no passwords where he is no admin. `also` as
/// config::WithoutPasswords() has it.
RawConfig ShownTo(const AccessAnswer& who, const herder::PluginReads& plugins, const RawConfig& config,
                  const RawConfig& also = {});
Response ListConnectors(const Reads& worker, const Call& call);
base::Outcome<Change> CreateConnector(const Call& call);
Response GetConnector(const Reads& worker, const Call& call);
base::Outcome<Change> DeleteConnector(const Call& call);
base::Outcome<Change> ApplyConnectors(const Call& call);
base::Outcome<Change> GetHistory(const Call& call);
Response GetActiveTopics(const Reads& worker, const Call& call);
base::Outcome<Change> ResetActiveTopics(const Call& call);
Response GetConnectorConfig(const Reads& worker, const Call& call);
base::Outcome<Change> PutConnectorConfig(const Call& call);
Response GetConnectorStatus(const Reads& worker, const Call& call);
base::Outcome<Change> PauseConnector(const Call& call);
base::Outcome<Change> ResumeConnector(const Call& call);
base::Outcome<Change> StopConnector(const Call& call);
base::Outcome<Change> RestartConnector(const Call& call);
Response ListTasks(const Reads& worker, const Call& call);
Response GetTaskStatus(const Reads& worker, const Call& call);
base::Outcome<Change> RestartTask(const Call& call);
base::Outcome<Change> PatchConnectorConfig(const Call& call);
Response GetTasksConfig(const Reads& worker, const Call& call);

base::Outcome<Change> GetOffsets(const Call& call);
base::Outcome<Change> AlterOffsets(const Call& call);
base::Outcome<Change> ResetOffsets(const Call& call);

Response ListLoggers(const Reads& worker, const Call& call);
Response GetLogger(const Reads& worker, const Call& call);
Response PutLogger(const Reads& worker, const Call& call);

Response GetWorker(const Reads& worker, const Call& call);
Response GetCluster(const Reads& worker, const Call& call);
Response GetLogs(const Reads& worker, const Call& call);
Response GetEvents(const Reads& worker, const Call& call);
Response GetMetrics(const Reads& worker, const Call& call);
Response GetMetricsHistory(const Reads& worker, const Call& call);
base::Outcome<Change> ListTopics(const Call& call);
base::Outcome<Change> GetTopic(const Call& call);
base::Outcome<Change> DeleteTopic(const Call& call);
base::Outcome<Change> GetRecords(const Call& call);
base::Outcome<Change> WriteRecord(const Call& call);
base::Outcome<Change> GetDeadLetters(const Call& call);

Response ListPlugins(const Reads& worker, const Call& call);
Response GetPluginMetrics(const Reads& worker, const Call& call);
Response GetPluginConfig(const Reads& worker, const Call& call);
base::Outcome<Change> ValidatePluginConfig(const Call& call);
base::Outcome<Change> ProbePlugin(const Call& call);

}  // namespace framespool::rest
