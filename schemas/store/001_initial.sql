-- The store of a worker: data.dir/framespool.db. Files of this folder are applied in the order of their numbers, each in
-- one transaction; PRAGMA user_version is the number of the last one. A file that has been released is never changed.

CREATE TABLE connectors (
  name       TEXT PRIMARY KEY,
  config     TEXT NOT NULL,              -- a JSON object of texts
  target     TEXT NOT NULL CHECK (target IN ('RUNNING', 'PAUSED', 'STOPPED')),
  updated_ms INTEGER NOT NULL            -- ms since the epoch, as every *_ms
) WITHOUT ROWID;

-- The last state seen of each task: for a look at the database after a crash, never read back by the worker.
CREATE TABLE task_status (
  connector  TEXT NOT NULL,
  task       INTEGER NOT NULL,
  state      TEXT NOT NULL,
  trace      TEXT NOT NULL,
  updated_ms INTEGER NOT NULL,
  PRIMARY KEY (connector, task)
) WITHOUT ROWID;

-- Where each source stands. With the embedded broker, a newer offset may stand in the topic behind broker_checkpoint.
CREATE TABLE source_offsets (
  connector  TEXT NOT NULL,
  partition  TEXT NOT NULL,              -- JSON, keys sorted
  offset     TEXT,                       -- JSON; NULL: reset by hand
  sequence   INTEGER NOT NULL,           -- orders the offsets of one partition, in the store and in the topics
  updated_ms INTEGER NOT NULL,
  PRIMARY KEY (connector, partition)
) WITHOUT ROWID;

CREATE TABLE broker_checkpoint (
  topic      TEXT NOT NULL,
  partition  INTEGER NOT NULL,
  end_offset INTEGER NOT NULL,           -- synced up to here when source_offsets was last written
  PRIMARY KEY (topic, partition)
) WITHOUT ROWID;

CREATE TABLE consumer_offsets (
  group_name TEXT NOT NULL,
  topic      TEXT NOT NULL,
  partition  INTEGER NOT NULL,
  offset     INTEGER NOT NULL,           -- of the next record to deliver
  updated_ms INTEGER NOT NULL,
  PRIMARY KEY (group_name, topic, partition)
) WITHOUT ROWID;

CREATE TABLE numbers (
  name  TEXT PRIMARY KEY,                -- 'sequence': the highest one when broker_checkpoint was written
  value INTEGER NOT NULL
) WITHOUT ROWID;
