#pragma once

#include <herder/herder.h>
#include <inspect/inspection.h>
#include <produce/record_writing.h>

namespace framespool::rest {

/// What a REST thread may use of a worker: nothing that waits, nothing that changes.
struct Reads {
  const herder::ConnectorReads& connectors;
  const herder::PluginReads& plugins;
  const inspect::Inspection& inspection;
};

/// The worker behind the API, by what each part is for; each says on which threads. All of it outlives the server.
struct Worker {
  Worker(herder::ConnectorReads& of_connectors, herder::PluginReads& of_plugins, herder::StoredReads& of_the_store,
         herder::ConnectorChanges& all_changes, inspect::Inspection& all_inspection,
         produce::RecordWriting& all_records)
      : connectors(of_connectors),
        plugins(of_plugins),
        stored(of_the_store),
        changes(all_changes),
        inspection(all_inspection),
        records(all_records) {}
  Worker(herder::Herder& herder, inspect::Inspection& all_inspection, produce::RecordWriting& all_records)
      : Worker(herder, herder, herder, herder, all_inspection, all_records) {}

  Reads reads() const { return {connectors, plugins, inspection}; }

  herder::ConnectorReads& connectors;
  herder::PluginReads& plugins;
  herder::StoredReads& stored;
  herder::ConnectorChanges& changes;
  inspect::Inspection& inspection;
  produce::RecordWriting& records;
};

}  // namespace framespool::rest
