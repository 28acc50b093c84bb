-- What other processes record through the inbox: each record once, by its id, whatever its kind.
CREATE TABLE record (
    id      TEXT PRIMARY KEY,           -- in the order of recording
    kind    TEXT NOT NULL,
    taken   INTEGER NOT NULL,           -- 0: kept for a newer program, which understands it
    cancels TEXT,                       -- the record that it takes back
    body    TEXT NOT NULL               -- the line, as it was written
) WITHOUT ROWID;
CREATE INDEX record_by_cancelled ON record (cancels) WHERE cancels IS NOT NULL;
CREATE INDEX record_kept ON record (id) WHERE taken = 0;

-- The inbox's files and how far each is read.
CREATE TABLE inbox (
    name     TEXT PRIMARY KEY,
    "offset" INTEGER NOT NULL,
    size     INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    head     INTEGER NOT NULL,
    tail     INTEGER NOT NULL
) WITHOUT ROWID;

-- Name of what recorded a response; 0: a transcript. One that was recorded has the key `record <id>` and no file (0).
ALTER TABLE response ADD COLUMN source_id INTEGER NOT NULL DEFAULT 0;
