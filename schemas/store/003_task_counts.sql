-- Connect's task count record, with exactly-once on Kafka: how many tasks of a source connector may have producers that
-- still write. It outlives the connector, as such a producer may.
CREATE TABLE task_counts (
  connector TEXT PRIMARY KEY,
  tasks     INTEGER NOT NULL
) WITHOUT ROWID;
