-- Who changed what, when: newest last. It outlives the connector, so that its end can be looked up too.
CREATE TABLE history (
  id         INTEGER PRIMARY KEY,
  connector  TEXT NOT NULL,
  time_ms    INTEGER NOT NULL,
  by         TEXT NOT NULL,              -- the client's address and what it calls itself
  action     TEXT NOT NULL,              -- CREATED, CHANGED, PAUSED, RUNNING, STOPPED, DELETED, …
  before     TEXT NOT NULL,              -- JSON, the old values of the keys that changed; passwords hidden
  after      TEXT NOT NULL               -- JSON, their new values
);
CREATE INDEX history_of_connector ON history (connector, id);

-- The topics that a connector has written to or read from since it was created or reset.
CREATE TABLE active_topics (
  connector  TEXT NOT NULL,
  topic      TEXT NOT NULL,
  PRIMARY KEY (connector, topic)
) WITHOUT ROWID;
