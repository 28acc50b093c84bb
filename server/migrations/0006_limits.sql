-- Plan limits as they were reported: the newest of each window and source, and before it no more than a forecast needs.
CREATE TABLE limit_report (
    "window"  TEXT NOT NULL,            -- fiveHour, sevenDay, sevenDayOpus, spend …
    source    TEXT NOT NULL,            -- statusline, transcript or claudeJson
    at        INTEGER NOT NULL,
    used      INTEGER NOT NULL,         -- hundredths of a percent
    resets_at INTEGER,
    PRIMARY KEY ("window", source, at)
) WITHOUT ROWID;

-- What Claude Code's status line and its hooks said last of a session, by its id: a transcript may tell of it later, or never.
CREATE TABLE session_report (
    session        TEXT PRIMARY KEY,
    at             INTEGER,             -- when the status line spoke
    model          TEXT,
    context_tokens INTEGER,             -- null: not known since a compaction
    context_window INTEGER,
    cost           INTEGER,             -- Claude Code's own total
    cache_at       INTEGER,             -- when the status line spoke of the prompt cache
    cache_until    INTEGER,
    cache_hour     INTEGER,             -- 1: what is written is kept for an hour
    cache_tokens   INTEGER,             -- what the next turn writes anew once it is cold
    hook_at        INTEGER,             -- when a hook spoke
    mode           TEXT,
    ended_at       INTEGER,             -- null: not since it was begun or resumed
    end_reason     TEXT
) WITHOUT ROWID;

-- What a hook measured of a tool's use.
ALTER TABLE tool_use ADD COLUMN duration_ms INTEGER;
ALTER TABLE tool_use ADD COLUMN estimated_tokens INTEGER; -- of what went in and came out, by its length
