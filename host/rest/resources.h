#pragma once

#include "route.h"

/// The handlers of routes.cpp.
namespace framespool::rest {

Response GetRoot(const worker::Herder& herder, const Call& call);
Response GetHealth(const worker::Herder& herder, const Call& call);

Response ListConnectors(const worker::Herder& herder, const Call& call);
worker::Outcome<Change> CreateConnector(const Call& call);
Response GetConnector(const worker::Herder& herder, const Call& call);
worker::Outcome<Change> DeleteConnector(const Call& call);
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

Response ListPlugins(const worker::Herder& herder, const Call& call);
Response GetPluginConfig(const worker::Herder& herder, const Call& call);
Response ValidatePluginConfig(const worker::Herder& herder, const Call& call);

}  // namespace framespool::rest
