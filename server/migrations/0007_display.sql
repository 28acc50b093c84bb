-- What other machines post of themselves, for displays: kept apart by source, and never part of any sum.
CREATE TABLE display_post (
    source TEXT PRIMARY KEY,
    at     INTEGER NOT NULL,            -- when it came
    body   TEXT NOT NULL                -- the flat object, as far as it is known
) WITHOUT ROWID;

-- The same at the end of each five minutes in which something came, for a day.
CREATE TABLE display_point (
    source TEXT NOT NULL,
    slot   INTEGER NOT NULL,            -- time / 300,000
    body   TEXT NOT NULL,
    PRIMARY KEY (source, slot)
) WITHOUT ROWID;

-- How posting to each address of the settings goes.
CREATE TABLE push_state (
    url      TEXT PRIMARY KEY,
    tried_at INTEGER NOT NULL,
    done_at  INTEGER,                   -- when it last succeeded
    failures INTEGER NOT NULL,          -- in a row
    error    TEXT                       -- what the last one was
) WITHOUT ROWID;
